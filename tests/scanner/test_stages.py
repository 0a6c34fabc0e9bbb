"""What the stages of a scan are expected to cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from technic.scanner.stages import (
    DEFAULT_WEIGHTS,
    FETCHING,
    FINALIZATION,
    LEAST_WEIGHT,
    SCANNING,
    STAGES,
    UNIVERSE,
    StageCosts,
)


def test_where_nothing_is_known_the_weights_are_those_of_the_contract():
    assert STAGES == ("universe_loading", "data_fetching", "symbol_scanning", "finalization")
    assert StageCosts().weights(500, 500) == DEFAULT_WEIGHTS == (0.05, 0.20, 0.70, 0.05)
    assert StageCosts().weights(500, 0) == DEFAULT_WEIGHTS


def test_weights_follow_what_earlier_scans_took():
    costs = StageCosts()
    costs.observe(UNIVERSE, 1.0)
    costs.observe(FETCHING, 10.0, symbols=100)  # 0.1 seconds a symbol
    costs.observe(SCANNING, 1.0, symbols=100)  # 0.01 seconds a symbol
    costs.observe(FINALIZATION, 1.0)
    # 200 symbols, 60 of them missing: 1 + 6 + 2 + 1 seconds
    assert costs.weights(200, 60) == pytest.approx((0.1, 0.6, 0.2, 0.1))
    assert costs.weights(200, 0) == pytest.approx((0.25, 0, 0.5, 0.25))


def test_a_stage_that_was_not_seen_yet_is_to_the_seen_ones_as_the_defaults_have_it():
    costs = StageCosts()
    costs.observe(SCANNING, 0.7, symbols=100)
    assert costs.weights(100, 100) == pytest.approx(DEFAULT_WEIGHTS)


def test_the_newest_scan_moves_the_average_a_part_of_the_way():
    costs = StageCosts()
    for seconds in (1.0, 2.0):
        costs.observe(UNIVERSE, seconds)
    costs.observe(SCANNING, 1.3, symbols=1)
    universe, _, scanning, _ = costs.weights(1, 0)
    assert universe == pytest.approx(scanning)


def test_a_scan_of_nothing_teaches_nothing():
    costs = StageCosts()
    costs.observe(FETCHING, 5.0, symbols=0)
    assert costs.weights(10, 10) == DEFAULT_WEIGHTS


observations = st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1e6), st.integers(0, 20_000)), max_size=12)


@given(observations, st.integers(1, 20_000), st.floats(0, 1))
def test_weights_sum_to_one_and_no_stage_at_work_is_invisible(seen, total, share):
    costs = StageCosts()
    for stage, seconds, symbols in seen:
        costs.observe(stage, seconds, symbols)
    missing = int(total * share)
    weights = costs.weights(total, missing)
    assert sum(weights) == pytest.approx(1)
    at_work = [weight for stage, weight in enumerate(weights) if stage != FETCHING or missing]
    assert min(at_work) > LEAST_WEIGHT / 2
    assert all(weight >= 0 for weight in weights)
