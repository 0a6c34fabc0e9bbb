"""Shares, rates and ETAs follow from what has ended."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from technic.engine.scan.progress import Progress

UNIVERSE, FETCHING, SCANNING, FINALIZATION = range(4)


MEASURED = (0.05, 0.2, 0.7000001, 0.0499999)


def begun(total: int = 10, weights: tuple[float, ...] | None = None) -> Progress:
    progress = Progress()
    progress.begin(0.0)
    if weights:
        progress.weigh(weights)
    progress.expect(FETCHING, total, 0.0)
    progress.expect(SCANNING, total, 0.0)
    progress.expect(FINALIZATION, 1, 0.0)
    progress.advance(UNIVERSE, 1, 0.0)
    return progress


def test_the_percentage_is_the_weighted_share_of_what_has_ended():
    progress = begun()
    progress.advance(FETCHING, 5, 1.0)
    assert progress.percentage(completed=False) == 5.0 + 10.0


def test_a_stage_with_nothing_to_do_counts_as_done():
    progress = begun(total=0)
    assert progress.percentage(completed=False) == 95.0
    assert progress.stage is progress.stages[FINALIZATION]


def test_it_is_never_one_hundred_before_the_scan_has_completed():
    progress = begun(1)
    progress.advance(FETCHING, 1, 1.0)
    progress.advance(SCANNING, 1, 1.0)
    progress.advance(FINALIZATION, 1, 1.0)
    assert progress.percentage(completed=False) == 99.99
    assert progress.percentage(completed=True) == 100.0


def test_it_is_cut_and_not_rounded():
    progress = begun(3)
    progress.advance(FETCHING, 1, 1.0)
    assert progress.percentage(completed=False) == 11.66


@given(st.lists(st.tuples(st.sampled_from([FETCHING, SCANNING]), st.integers(0, 9), st.booleans())))
def test_it_never_goes_back_whatever_ends_or_is_lost(steps):
    progress = begun(50)
    shown = [progress.percentage(completed=False)]
    for now, (stage, count, lost) in enumerate(steps):
        if lost:
            progress.expect(SCANNING, -1, float(now), relative=True)
        progress.advance(stage, count, float(now))
        shown.append(progress.percentage(completed=False))
    assert shown == sorted(shown)
    assert shown[-1] <= 99.99


def test_the_stage_is_the_earliest_that_has_not_ended_though_a_later_one_is_under_way():
    progress = begun(10)
    progress.advance(SCANNING, 4, 1.0)
    assert progress.stage is progress.stages[FETCHING]
    progress.advance(FETCHING, 10, 2.0)
    assert progress.stage is progress.stages[SCANNING]


def test_there_is_no_eta_before_there_is_something_to_go_by_and_a_steady_scan_has_a_true_one():
    progress = begun(100, MEASURED)
    assert progress.eta_seconds(0.1) is None
    for second in range(1, 51):
        progress.advance(FETCHING, 2, float(second))
        progress.advance(SCANNING, 1, float(second))
        eta = progress.eta_seconds(float(second))
    assert eta is not None
    share = 0.05 + 0.20 + 0.35
    assert abs(eta - (1 - share) * 50 / (share - 0.05)) < 12


def test_shares_that_nobody_measured_are_not_taken_for_time():
    progress = begun(100)
    progress.advance(FETCHING, 50, 10.0)
    assert progress.eta_seconds(10.0) is None
    progress.advance(FETCHING, 50, 20.0)
    progress.advance(SCANNING, 25, 21.0)
    assert progress.eta_seconds(21.0) == 3.0


def test_the_rate_is_symbols_that_ended_over_seconds_of_the_stage():
    progress = begun(10)
    progress.advance(FETCHING, 5, 2.0)
    assert progress.rate(2.0) == 2.5
    assert progress.stage_eta_seconds(2.0) == 2.0


def test_an_ended_stage_keeps_its_seconds():
    progress = begun(4)
    progress.advance(FETCHING, 4, 3.0)
    assert progress.stages[FETCHING].seconds(100.0) == 3.0
