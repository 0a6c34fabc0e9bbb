"""A scan's way through its stages, driven by hand over a market in memory."""

from __future__ import annotations

import numpy as np
import pytest

from technic.errors import ApiError, CacheError, Failure, InvalidRequest, NothingToScan, UnreadableBars
from technic.scanner.plan import PlanStep, ScanPlan, open_plan
from technic.scanner.request import ScanRequest
from technic.scanner.terms import Terms
from technic.scanner.units import FetchUnit, RatedBlock, RateUnit
from tests.support.blocks import FakeView, make_block, make_listings


def unreadable(*symbols: str) -> tuple[Failure, ...]:
    return tuple(UnreadableBars(f"{s} is broken", affected_symbols=(s,)).failure() for s in symbols)


def rate(unit: RateUnit, **columns: list[float]) -> RatedBlock:
    """A block of all the unit's symbols, rated by their own numbers: S7 has 7."""
    ratings = [float(symbol[1:]) for symbol in unit.symbols]
    return make_block(unit.symbols, {"tech_rating": ratings, **columns})


def finish(plan: ScanPlan, view: FakeView) -> list[PlanStep]:
    """Do every unit, fetching first in, first out."""
    steps = [plan.start()]
    queue = list(steps[0].units)
    while queue:
        unit = queue.pop(0)
        is_fetch = isinstance(unit, FetchUnit)
        steps.append(plan.fetched(unit, view.fetched(unit)) if is_fetch else plan.rated(unit, rate(unit)))
        queue.extend(steps[-1].units)
    return steps


def test_a_plan_fetches_what_is_missing_and_rates_a_block_when_its_groups_have_ended():
    view = FakeView(make_listings(8), there=[0])
    plan = open_plan(ScanRequest(), view, Terms(block_symbols=4))
    assert (plan.total, plan.missing) == (8, 6)
    start = plan.start()
    assert [unit.symbols for unit in start.units] == [("S3", "S4"), ("S5", "S6"), ("S7", "S8")]
    assert (start.fetched, start.scanned, start.failures) == (2, 0, ())
    third = plan.fetched(start.units[2], view.fetched(start.units[2]))
    assert (third.units, third.fetched, third.last_symbol) == ((), 2, "S8")
    second = plan.fetched(start.units[1], view.fetched(start.units[1]))
    assert [unit.symbols for unit in second.units] == [("S5", "S6", "S7", "S8")]
    rated = plan.rated(second.units[0], rate(second.units[0]))
    assert rated.scanned == 4
    assert rated.rows is not None
    assert rated.rows.symbols == ["S5", "S6", "S7", "S8"]
    assert view.kept == [start.units[2], start.units[1]]


def test_a_warm_market_is_rated_at_once():
    view = FakeView(make_listings(4), there=[0, 1])
    start = open_plan(ScanRequest(), view, Terms(block_symbols=4)).start()
    assert [type(unit) for unit in start.units] == [RateUnit]
    assert start.fetched == 4


def test_every_wanted_symbol_is_fetched_once_and_scanned_once():
    view = FakeView(make_listings(11))
    steps = finish(open_plan(ScanRequest(), view, Terms(block_symbols=4)), view)
    assert sum(step.fetched for step in steps) == 11
    assert sum(step.scanned for step in steps) == 11


def test_the_rows_of_all_blocks_are_ranked_and_limited():
    view = FakeView(make_listings(11))
    plan = open_plan(ScanRequest(limit=3), view, Terms(block_symbols=4))
    finish(plan, view)
    result = plan.result()
    assert result.rows.symbols == ["S11", "S10", "S9"]
    assert result.performance_metrics["scan_stats"]["kept"] == 11
    assert result.performance_metrics["symbols_returned"] == result.total == 3


def test_ties_are_in_the_natural_order_of_the_symbols_whatever_order_the_blocks_ended_in():
    view = FakeView(make_listings(12), there=range(6))
    plan = open_plan(ScanRequest(), view, Terms(block_symbols=4))
    for unit in reversed(plan.start().units):
        plan.rated(unit, rate(unit, tech_rating=[5.0] * 4))
    assert plan.result().rows.symbols == [f"S{n}" for n in range(1, 13)]


def test_a_unit_takes_all_segments_of_its_block_and_counts_the_wanted_symbols_only():
    view = FakeView(make_listings(6), there=[0, 1, 2])
    plan = open_plan(ScanRequest(symbols=["s2"]), view, Terms(block_symbols=6))
    start = plan.start()
    (unit,) = start.units
    assert unit.symbols == ("S1", "S2", "S3", "S4", "S5", "S6")
    step = plan.rated(unit, rate(unit))
    assert (step.scanned, step.last_symbol) == (1, "S2")
    assert plan.result().rows.symbols == ["S2"]


def test_a_scan_does_not_wait_for_groups_that_it_does_not_need():
    view = FakeView(make_listings(6), there=[0])
    (unit,) = open_plan(ScanRequest(max_symbols=1), view, Terms(block_symbols=6)).start().units
    assert unit.symbols == ("S1", "S2")


def test_two_scans_with_different_selections_ask_for_the_same_unit():
    view = FakeView(make_listings(6), there=[0, 1, 2])
    keys = {
        open_plan(request, view, Terms(block_symbols=6)).start().units[0].key
        for request in (ScanRequest(), ScanRequest(symbols=["S5"]), ScanRequest(sectors=["energy"], limit=1))
    }
    assert len(keys) == 1


def test_history_is_asked_for_only_where_a_filter_looks_back():
    view = FakeView(make_listings(2), there=[0])
    for preset, history in (("golden_cross", True), ("oversold", False)):
        (unit,) = open_plan(ScanRequest(preset=preset), view).start().units
        assert unit.history is history


def test_unknown_symbols_are_failures_of_their_own():
    view = FakeView(make_listings(2), there=[0])
    plan = open_plan(ScanRequest(symbols=["S1", "NOPE", "nada"]), view)
    start = plan.start()
    assert plan.total == 3
    assert start.fetched == 3
    assert [(f.code, f.affected_symbols) for f in start.failures] == [
        ("unknown_symbol", ("NOPE",)),
        ("unknown_symbol", ("nada",)),
    ]


@pytest.mark.parametrize(
    ("listings", "request_", "says"),
    [
        (0, ScanRequest(), "no symbols"),
        (2, ScanRequest(symbols=["S1"], sectors=["Energy"]), "selected"),
    ],
)
def test_nothing_to_scan_is_an_error_that_says_why(listings, request_, says):
    with pytest.raises(NothingToScan, match=says):
        open_plan(request_, FakeView(make_listings(listings)))


def test_unknown_symbols_alone_are_a_plan_of_failures_without_work():
    plan = open_plan(ScanRequest(symbols=["X", "Y"]), FakeView(make_listings(2)))
    start = plan.start()
    assert (plan.known, plan.total, start.units, start.fetched) == (0, 2, (), 2)
    assert [failure.affected_symbols for failure in plan.result().failures] == [("X",), ("Y",)]


def test_where_bars_come_slowly_each_group_is_rated_when_it_has_come():
    view = FakeView(make_listings(6), there=[0])
    plan = open_plan(ScanRequest(), view, Terms(block_symbols=6, piecemeal=True))
    second, third, rate = plan.start().units
    assert list(rate.symbols) == ["S1", "S2"]
    (piece,) = plan.fetched(third, view.fetched(third)).units
    assert list(piece.symbols) == ["S5", "S6"]
    (other,) = plan.fetched(second, view.fetched(second)).units
    assert list(other.symbols) == ["S3", "S4"]
    for unit in (piece, rate, other):
        assert plan.rated(unit, make_block(unit.symbols, {"tech_rating": [1.0, 1.0]})).scanned == 2
    assert plan.result().rows.symbols == ["S1", "S2", "S3", "S4", "S5", "S6"]


def test_a_block_that_is_there_is_rated_as_a_whole_however_slowly_others_come():
    plan = open_plan(
        ScanRequest(), FakeView(make_listings(4), there=[0, 1]), Terms(block_symbols=4, piecemeal=True)
    )
    (unit,) = plan.start().units
    assert list(unit.symbols) == ["S1", "S2", "S3", "S4"]


def test_an_unknown_sector_is_an_invalid_request():
    with pytest.raises(InvalidRequest) as caught:
        open_plan(ScanRequest(sectors=["Enrgy"]), FakeView(make_listings(2)))
    assert caught.value.faults[0].pointer == "/sectors/0"


def test_symbols_without_bars_fail_and_the_rest_is_rated():
    view = FakeView(make_listings(4))
    plan = open_plan(ScanRequest(), view, Terms(block_symbols=4))
    first, second = plan.start().units
    step = plan.fetched(first, view.fetched(first, unreadable("S2")))
    assert (step.fetched, step.failures[0].affected_symbols) == (2, ("S2",))
    (unit,) = plan.fetched(second, view.fetched(second)).units
    assert unit.symbols == ("S1", "S3", "S4")


def test_what_the_panel_knows_to_be_unreadable_fails_at_the_start():
    view = FakeView(make_listings(4), there=[0, 1], failures={1: unreadable("S3", "S4")})
    start = open_plan(ScanRequest(), view, Terms(block_symbols=4)).start()
    assert [failure.affected_symbols[0] for failure in start.failures] == ["S3", "S4"]
    assert start.fetched == 4
    assert [segment.symbols for segment in start.units[0].segments] == [("S1", "S2")]


def test_a_block_without_any_bars_is_not_rated():
    view = FakeView(make_listings(2), there=[0], failures={0: unreadable("S1", "S2")})
    plan = open_plan(ScanRequest(), view)
    assert plan.start().units == ()
    result = plan.result()
    assert len(result.rows) == 0
    assert result.warnings == ("None of the 2 symbols could be scanned: 2 unreadable_bars.",)


def test_a_symbol_that_its_source_forgot_is_a_failure_too():
    view = FakeView(make_listings(2))
    plan = open_plan(ScanRequest(), view)
    (unit,) = plan.start().units
    result = view.fetched(unit, unreadable("S2"))
    step = plan.fetched(unit, type(result)(result.segment, ()))
    assert [failure.affected_symbols for failure in step.failures] == [("S2",)]


def test_a_fetch_that_failed_for_good_fails_its_wanted_symbols_alone():
    view = FakeView(make_listings(4))
    plan = open_plan(ScanRequest(symbols=["S1", "S3", "S4"]), view, Terms(block_symbols=4))
    first, second = plan.start().units
    plan.fetched(second, view.fetched(second))
    step = plan.failed(first, ApiError("gone").failure())
    assert [(f.code, f.affected_symbols) for f in step.failures] == [("source_unavailable", ("S1",))]
    assert step.fetched == 1
    assert step.units[0].symbols == ("S3", "S4")


def test_a_group_that_failed_here_and_came_in_by_another_scan_is_not_counted_twice():
    view = FakeView(make_listings(4))
    plan = open_plan(ScanRequest(), view, Terms(block_symbols=4))
    first, second = plan.start().units
    plan.failed(first, ApiError("gone").failure())
    view.keep(first, view.fetched(first))
    (unit,) = plan.fetched(second, view.fetched(second)).units
    assert unit.symbols == ("S3", "S4")


def test_a_rating_that_failed_for_good_fails_its_wanted_symbols():
    view = FakeView(make_listings(4), there=[0, 1])
    plan = open_plan(ScanRequest(symbols=["S1", "S4"]), view, Terms(block_symbols=4))
    (unit,) = plan.start().units
    step = plan.failed(unit, ApiError("gone").failure())
    assert (step.scanned, step.last_symbol) == (2, "S4")
    assert [failure.affected_symbols for failure in step.failures] == [("S1",), ("S4",)]


def test_symbols_with_too_few_bars_fail_in_rating():
    view = FakeView(make_listings(2), there=[0])
    plan = open_plan(ScanRequest(), view)
    (unit,) = plan.start().units
    block = make_block(["S1"], {"tech_rating": [1.0]}, failures=unreadable("S2"))
    step = plan.rated(unit, block)
    assert (step.scanned, len(step.failures), step.rows.symbols) == (2, 1, ["S1"])


def test_damaged_bars_are_fetched_once_more_and_then_rated():
    view = FakeView(make_listings(4), there=[0, 1])
    plan = open_plan(ScanRequest(), view, Terms(block_symbols=4))
    (unit,) = plan.start().units
    again = plan.failed(unit, CacheError("torn").failure())
    assert [fetch.symbols for fetch in again.units] == [("S1", "S2"), ("S3", "S4")]
    assert (again.fetched, again.scanned, again.failures) == (0, 0, ())
    quiet = plan.fetched(again.units[0], view.fetched(again.units[0], unreadable("S2")))
    assert (quiet.fetched, quiet.scanned, len(quiet.failures)) == (0, 1, 1)
    (unit,) = plan.fetched(again.units[1], view.fetched(again.units[1])).units
    assert plan.failed(unit, CacheError("torn again").failure()).scanned == 3


def test_bars_that_are_fetched_once_more_do_not_fail_their_symbols_twice():
    view = FakeView(make_listings(2))
    plan = open_plan(ScanRequest(), view)
    (fetch,) = plan.start().units
    (unit,) = plan.fetched(fetch, view.fetched(fetch, unreadable("S2"))).units
    (again,) = plan.failed(unit, CacheError("torn").failure()).units
    step = plan.fetched(again, view.fetched(again, unreadable("S2")))
    assert (step.failures, step.scanned) == ((), 0)
    assert plan.wanted_among(again, 2) == 0
    plan.rated(step.units[0], rate(step.units[0]))
    assert [failure.affected_symbols for failure in plan.result().failures] == [("S2",)]


def test_what_has_arrived_of_a_unit_counts_where_the_scan_wants_it():
    view = FakeView(make_listings(4), group_size=4)
    plan = open_plan(ScanRequest(symbols=["S2", "S4"]), view)
    (fetch,) = plan.start().units
    assert [plan.wanted_among(fetch, count) for count in range(5)] == [0, 0, 1, 1, 2]


def test_what_another_scan_has_brought_meanwhile_is_at_hand():
    view = FakeView(make_listings(2))
    plan = open_plan(ScanRequest(), view)
    (fetch,) = plan.start().units
    assert plan.at_hand(fetch) is None
    view.keep(fetch, view.fetched(fetch))
    found = plan.at_hand(fetch)
    assert found is not None
    assert found.segment == view.segment(0)


def test_a_partial_result_can_be_had_at_any_time():
    view = FakeView(make_listings(8), there=range(4))
    plan = open_plan(ScanRequest(), view, Terms(block_symbols=4))
    units = plan.start().units
    assert plan.result().total == 0
    plan.rated(units[1], rate(units[1]))
    result = plan.result()
    assert result.rows.symbols == ["S8", "S7", "S6", "S5"]
    assert result.performance_metrics["symbols_scanned"] == 4
    assert result.warnings == ()


def test_rejections_are_counted_once_each_under_the_first_reason():
    view = FakeView(make_listings(4), there=[0, 1])
    filters = [{"field": "rsi", "op": "<", "value": 30}, {"field": "close", "op": ">", "value": 10}]
    plan = open_plan(ScanRequest(min_tech_rating=2, filters=filters), view, Terms(block_symbols=4))
    (unit,) = plan.start().units
    step = plan.rated(unit, rate(unit, rsi=[10, 50, np.nan, 20], close=[20, 5, 20, 5]))
    assert step.rows is None
    stats = plan.result().performance_metrics["scan_stats"]
    assert stats == {
        "attempted": 4,
        "kept": 0,
        "rejected": {"min_tech_rating": 1, "rsi < 30": 2, "close > 10": 1},
        "errors": 0,
    }
    assert "No symbol passed" in plan.result().warnings[0]
