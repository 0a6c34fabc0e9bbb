"""One symbol that brings harm to its unit stands alone in the end; all others are rated."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from technic.errors import ApiError, CacheError, SystemFault, TimeoutExceeded, Unusable, WorkerDied
from technic.scanner.cutting import CUT_CODES, alone, halves, probes, without
from technic.scanner.plan import open_plan
from technic.scanner.request import ScanRequest
from technic.scanner.terms import Terms
from technic.scanner.trials import ROUNDS
from technic.scanner.units import FetchResult, FetchUnit, RateUnit, SegmentRef
from tests.support.blocks import SPEC, FakeView, make_listings
from tests.support.plan_runs import Perils, canonical, counted, drive, failed, rated

LISTINGS = 21
NAMES = [f"S{number}" for number in range(1, LISTINGS + 1)]
few = st.frozensets(st.sampled_from(NAMES), max_size=3)
DIED = WorkerDied("worker 7 ended under its unit: signal 11").failure()


def segments(*sizes):
    names = iter(range(1, sum(sizes) + 1))
    return tuple(
        SegmentRef(f"/panel/{at}", f"v{at}", tuple(f"S{next(names)}" for _ in range(size)))
        for at, size in enumerate(sizes)
    )


def one_block(symbols=8, wanted=None):
    view = FakeView(make_listings(symbols), there=range((symbols + 1) // 2))
    plan = open_plan(ScanRequest(symbols=wanted), view)
    (unit,) = plan.start().units
    return plan, unit


def one_group(symbols=4):
    view = FakeView(make_listings(symbols), group_size=symbols)
    plan = open_plan(ScanRequest(), view)
    (unit,) = plan.start().units
    return plan, view, unit


@settings(max_examples=150, deadline=None)
@given(
    deadly_to_read=few,
    deadly_to_rate=few,
    unreadable=few,
    group_size=st.sampled_from([1, 2, 3, 8, 64]),
    block_symbols=st.sampled_from([2, 8, 64]),
    piecemeal=st.booleans(),
    kills=st.sampled_from([0, 10, 40]),
    seed=st.integers(0, 2**32),
)
def test_whoever_does_harm_fails_alone_and_all_others_have_the_rows_of_an_undisturbed_scan(
    *, deadly_to_read, deadly_to_rate, unreadable, group_size, block_symbols, piecemeal, kills, seed
):
    def scan(perils, symbols=None):
        view = FakeView(make_listings(LISTINGS), group_size=group_size)
        request = ScanRequest(symbols=symbols, min_tech_rating=-1)
        plan = open_plan(request, view, Terms(block_symbols=block_symbols, piecemeal=piecemeal))
        steps = drive(plan, view, Random(seed), perils)
        assert counted(steps) == (plan.total, plan.total)
        return plan.result()

    deadly = deadly_to_read | deadly_to_rate
    disturbed = scan(Perils(unreadable - deadly, frozenset(), deadly_to_read, deadly_to_rate, kills))
    others = [name for name in NAMES if name not in deadly]
    calm = scan(Perils(unreadable - deadly), others)
    assert canonical(disturbed) == canonical(calm)
    assert failed(disturbed) == failed(calm) | dict.fromkeys(deadly, "worker_died")
    for failure in disturbed.failures:
        assert not failure.recoverable
        if failure.code == "worker_died":
            assert "alone" in failure.detail


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (DIED, "system_error"),
        (SystemFault("ZeroDivisionError: 1 / 0").failure(), "system_error"),
        (replace(TimeoutExceeded("it ran for 60 s").failure(), code="unit_overran"), "timeout_error"),
    ],
    ids=["died", "raised", "overran"],
)
def test_a_unit_of_rating_is_cut_in_two_down_to_one_symbol(failure, kind):
    plan, unit = one_block()
    step = plan.failed(unit, failure)
    assert [half.symbols for half in step.units] == [("S1", "S2", "S3", "S4"), ("S5", "S6", "S7", "S8")]
    assert (step.fetched, step.scanned, step.failures, step.last_symbol) == (0, 0, (), None)
    quarter, _ = plan.failed(step.units[0], failure).units
    first, second = plan.failed(quarter, failure).units
    assert [half.cuts for half in (unit, step.units[0], quarter, first)] == [0, 1, 2, 3]
    assert plan.rated(second, rated(second)).rated == ("S2",)
    (own,) = plan.failed(first, failure).failures
    assert (own.error_type, own.code, own.affected_symbols) == (kind, failure.code, ("S1",))
    assert not own.recoverable
    assert own.detail.startswith("S1 was tried alone")
    assert failure.detail in own.detail


@pytest.mark.parametrize(
    "failure",
    [Unusable("no room").failure(), ApiError("busy").failure(), TimeoutExceeded("late").failure()],
    ids=["disk", "source", "deadline"],
)
def test_a_failure_that_is_no_symbols_doing_is_not_cut(failure):
    plan, unit = one_block(4)
    step = plan.failed(unit, failure)
    assert (step.units, step.scanned, len(step.failures)) == ((), 4, 4)
    plan, _, unit = one_group()
    step = plan.failed(unit, failure)
    assert (step.units, step.fetched, len(step.failures)) == ((), 4, 4)
    assert failure.code not in CUT_CODES


def test_halves_without_a_wanted_symbol_are_not_rated():
    plan, unit = one_block(wanted=("S7",))
    (half,) = plan.failed(unit, DIED).units
    assert half.symbols == ("S5", "S6", "S7", "S8")


def test_halves_take_no_more_segments_than_they_need_and_have_keys_of_their_own():
    unit = RateUnit(segments(3, 3, 3), date(2024, 1, 1), 300, history=True)
    first, second = halves(unit)
    assert [[ref.version for ref in half.segments] for half in (first, second)] == [
        ["v0", "v1"],
        ["v1", "v2"],
    ]
    assert (first.symbols, second.symbols) == (unit.symbols[:4], unit.symbols[4:])
    assert (first.part, second.part) == ((0, 4), (1, 6))
    inner, outer = halves(second)
    assert (inner.symbols, outer.symbols) == (("S5", "S6"), ("S7", "S8", "S9"))
    assert (inner.part, outer.part) == ((1, 3), None), "whole segments are what others ask for"
    assert outer.key == RateUnit(segments(3, 3, 3)[2:], date(2024, 1, 1), 300, history=True).key
    assert len({each.key for each in (unit, first, second, inner, outer)}) == 5


def test_cuts_are_no_part_of_a_key():
    (half, _), part = halves(RateUnit(segments(4), None, 0)), RateUnit(segments(4), None, 0, part=(0, 2))
    assert (half.cuts, part.cuts, half == part, half.key == part.key) == (1, 0, True, True)
    probe, _ = probes(FetchUnit(SPEC, ("A", "B"), "/panel"))
    assert probe.key == FetchUnit(SPEC, ("A",), "").key
    assert probe.key != FetchUnit(SPEC, ("A",), "/panel").key


def test_a_group_is_tried_apart_and_then_fetched_without_the_symbol_that_failed_alone():
    plan, view, unit = one_group()
    first, second = plan.failed(unit, DIED).units
    assert (first.symbols, second.symbols, first.is_probe) == (("S1", "S2"), ("S3", "S4"), True)
    assert plan.fetched(second, view.fetched(second)).units == ()
    one, two = plan.failed(first, DIED).units
    assert plan.failed(one, DIED).units == ()
    (last,) = plan.fetched(two, view.fetched(two)).units
    assert (last.symbols, last.group, last.cuts) == (("S2", "S3", "S4"), unit.symbols, 0)
    assert [failure.affected_symbols for failure in last.given_up] == [("S1",)]
    assert view.kept == []
    step = plan.fetched(last, view.fetched(last))
    assert (step.fetched, [f.code for f in step.failures], len(step.units)) == (4, ["worker_died"], 1)
    later = open_plan(ScanRequest(), view).start()
    assert [failure.affected_symbols for failure in later.failures] == [("S1",)]
    assert view.fetch_unit(0).symbols == ("S2", "S3", "S4"), "nor is it tried where its segment is gone"


def test_where_no_symbol_fails_alone_the_whole_group_is_fetched_again():
    plan, view, unit = one_group()
    for probe in plan.failed(unit, DIED).units:
        last = plan.fetched(probe, view.fetched(probe)).units
    assert last == (unit,)
    assert last[0].key == unit.key
    assert plan.fetched(last[0], view.fetched(last[0])).failures == ()


def test_where_every_symbol_fails_alone_nothing_is_kept_for_it_is_not_theirs():
    plan, view, unit = one_group(2)
    first, second = plan.failed(unit, DIED).units
    plan.failed(first, DIED)
    step = plan.failed(second, DIED)
    assert (step.units, step.fetched) == ((), 2)
    assert [f.detail[:8] for f in step.failures] == ["S1 was t", "S2 was t"]
    assert view.kept == []
    assert view.fetch_unit(0).symbols == ("S1", "S2")


def test_a_group_is_tried_apart_no_more_often_than_it_may_be():
    plan, view, unit = one_group(2)
    for _ in range(ROUNDS):
        units = plan.failed(unit, DIED).units
        for probe in units:
            last = plan.fetched(probe, view.fetched(probe)).units
        assert last == (unit,)
    step = plan.failed(unit, DIED)
    assert (step.units, step.fetched, len(step.failures)) == ((), 2, 2)


def test_a_probe_that_meets_another_trouble_leaves_it_to_the_whole_group():
    plan, view, unit = one_group(2)
    first, second = plan.failed(unit, DIED).units
    plan.failed(first, Unusable("no room").failure())
    (last,) = plan.fetched(second, view.fetched(second)).units
    assert last == unit
    step = plan.failed(last, Unusable("no room").failure())
    assert {failure.code for failure in step.failures} == {"unusable"}


def test_probes_are_kept_by_nobody_and_end_at_once_where_another_scan_has_brought_the_group():
    plan, view, unit = one_group(2)
    first, second = plan.failed(unit, DIED).units
    assert plan.at_hand(first) is None
    plan.keep(first, view.fetched(first))
    assert view.kept == []
    view.keep(unit, view.fetched(unit))
    assert plan.at_hand(first) == FetchResult(None, ())
    plan.fetched(first, FetchResult(None, ()))
    (last,) = plan.fetched(second, FetchResult(None, ())).units
    assert plan.at_hand(last) == FetchResult(view.segment(0), ())


def test_arrivals_that_were_counted_before_a_cut_are_not_counted_again():
    plan, view, unit = one_group()
    assert plan.wanted_among(unit, 3) == 3
    first, second = plan.failed(unit, DIED).units
    assert plan.wanted_among(first, 2) == 0
    plan.fetched(first, view.fetched(first))
    (last,) = plan.fetched(second, view.fetched(second)).units
    assert plan.wanted_among(last, 4) == 0
    assert plan.fetched(last, view.fetched(last)).fetched == 1


def test_two_units_that_meet_the_same_damage_wait_for_one_repair():
    plan, unit = one_block(8)
    first, second = plan.failed(unit, DIED).units
    again = plan.failed(first, CacheError("torn").failure()).units
    more = plan.failed(second, CacheError("torn").failure()).units
    assert [fetch.symbols for fetch in (*again, *more)] == [(f"S{n}", f"S{n + 1}") for n in (1, 3, 5, 7)]
    view = plan._view
    assert plan.fetched(again[0], view.fetched(again[0])).units == ()
    (rating,) = plan.fetched(again[1], view.fetched(again[1])).units
    assert rating.symbols == ("S1", "S2", "S3", "S4")
    half, _ = plan.failed(rating, DIED).units
    plan.failed(half, CacheError("torn again").failure())
    assert failed(plan.result()) == {"S1": "panel_damaged", "S2": "panel_damaged"}


def test_damage_that_two_units_met_in_one_group_is_repaired_once_and_rated_once():
    view = FakeView(make_listings(4), there=[0], group_size=4)
    plan = open_plan(ScanRequest(), view)
    (unit,) = plan.start().units
    first, second = plan.failed(unit, DIED).units
    (fetch,) = plan.failed(first, CacheError("torn").failure()).units
    assert plan.failed(second, CacheError("torn").failure()).units == ()
    (rating,) = plan.fetched(fetch, view.fetched(fetch)).units
    assert plan.rated(rating, rated(rating)).rated == ("S1", "S2", "S3", "S4")


def test_nobody_is_given_up_in_a_unit_that_is_whole():
    unit = FetchUnit(SPEC, ("A", "B"), "/panel")
    assert without(unit, ()) is unit
    assert without(unit, (alone("A", DIED),)).symbols == ("B",)


def test_a_poison_among_many_is_found_in_few_units():
    plan, unit = one_block(512)
    steps = drive_from(plan, unit, Random(3))
    assert failed(plan.result()) == {"S300": "worker_died"}
    assert sum(len(step.units) for step in steps) == 18


def drive_from(plan, unit, random):
    queue, steps = [unit], []
    while queue:
        each = queue.pop(random.randrange(len(queue)))
        deadly = "S300" in each.symbols
        steps.append(plan.failed(each, DIED) if deadly else plan.rated(each, rated(each)))
        queue += steps[-1].units
    return steps
