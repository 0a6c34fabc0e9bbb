"""From votes to labels: integers decide, and exactly 0.1 and 0.5 belong to the milder side."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from technic.scanner.tally import SIGNALS, Fractions, label, tally
from technic.scanner.units import ABSENT
from tests.support.reference_rating import label as label_of
from tests.support.reference_rating import mean


def votes_of(averages: list[int], oscillators: list[int]) -> np.ndarray:
    column = averages + [ABSENT] * (15 - len(averages)) + oscillators + [ABSENT] * (11 - len(oscillators))
    return np.array(column, dtype=np.int8)[:, None]


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (-51, 100, "STRONG_SELL"),
        (-1, 2, "SELL"),
        (-11, 100, "SELL"),
        (-1, 10, "NEUTRAL"),
        (0, 7, "NEUTRAL"),
        (3, 30, "NEUTRAL"),
        (11, 100, "BUY"),
        (1, 2, "BUY"),
        (51, 100, "STRONG_BUY"),
        (1, 1, "STRONG_BUY"),
    ],
)
def test_labels_turn_at_a_tenth_and_a_half(numerator, denominator, expected):
    code = label(Fractions(np.array([numerator]), np.array([denominator])))
    assert SIGNALS[int(code[0])] == expected


def test_three_of_fifteen_averages_and_even_oscillators_are_exactly_a_tenth_and_neutral():
    found = tally(votes_of([1] * 9 + [-1] * 6, [0] * 11))
    assert found["tech_rating"][0] == 10.0
    assert SIGNALS[int(found["signal"][0])] == "NEUTRAL"


def test_the_rating_is_the_mean_of_the_groups_and_not_of_the_votes():
    found = tally(votes_of([1] * 15, [-1]))
    assert found["moving_average_rating"][0] == 100
    assert found["oscillator_rating"][0] == -100
    assert found["tech_rating"][0] == 0


def test_one_group_alone_is_the_rating():
    assert tally(votes_of([1, 0], []))["tech_rating"][0] == 50
    assert tally(votes_of([], [-1, 0, 0, 0]))["tech_rating"][0] == -25


def test_no_vote_at_all_is_no_rating():
    found = tally(votes_of([], []))
    for name in ("tech_rating", "moving_average_rating", "oscillator_rating", "signal"):
        assert np.isnan(found[name][0]), name


def test_every_pair_of_groups_gives_the_exact_fraction_and_label():
    for ones, present, sells, others in itertools.product(range(0, 16, 3), (5, 15), range(0, 12, 2), (1, 11)):
        averages = ([1] * min(ones, present) + [0] * 15)[:present]
        oscillators = ([-1] * min(sells, others) + [0] * 11)[:others]
        found = tally(votes_of(averages, oscillators))
        expected = (mean(averages) + mean(oscillators)) / 2
        numerator, denominator = (int(found[f"rating_{part}"][0]) for part in ("numerator", "denominator"))
        assert Fraction(numerator, denominator) == expected
        assert SIGNALS[int(found["signal"][0])] == label_of(expected)
