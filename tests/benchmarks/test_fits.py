"""By what law a cost grows: known laws are found again."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.support.fits import exponent, growth, line

SIZES = (1, 10, 100, 1000)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_exponent_of_a_power_law_is_its_power(power):
    assert exponent(SIZES, [3 * n**power for n in SIZES]) == pytest.approx(power)


def test_a_line_is_found_again():
    assert line(SIZES, [5 + 0.25 * n for n in SIZES]) == pytest.approx((5, 0.25))


def test_neither_part_of_a_line_is_below_zero():
    assert line(SIZES, [n**1.5 for n in SIZES])[0] == 0
    assert line(SIZES, [10 - n / 200 for n in SIZES])[1] == 0


def test_the_exponent_leaves_out_where_the_fixed_cost_dominates():
    found = growth(SIZES, [100 + n for n in SIZES])
    assert found["over"] == [100, 1000]
    assert found["linear"] is True


def test_what_grows_with_the_square_is_not_linear():
    assert growth(SIZES, [n**2.0 for n in SIZES])["linear"] is False


def test_noise_within_a_tenth_leaves_a_linear_cost_linear():
    rng = np.random.default_rng(3)
    costs = [n * (1 + share) for n, share in zip(SIZES, rng.uniform(-0.1, 0.1, len(SIZES)), strict=True)]
    assert growth(SIZES, costs)["linear"] is True


def test_a_cost_too_small_to_be_measured_counts_nowhere():
    assert growth(SIZES, [0.0, 10.0, 100.0, 1000.0])["over"] == [10, 100, 1000]
    assert growth(SIZES, [0.0, 0.0, 0.0, 2.0])["linear"] is None
