"""A plan goes on from what another has done: nothing is lost, nothing is done twice."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from technic.errors import NothingToScan, UnknownSymbol
from technic.scanner.checkpoint import Checkpoint, merged
from technic.scanner.plan import open_plan
from technic.scanner.request import ScanRequest
from technic.scanner.terms import Terms
from technic.scanner.units import FetchUnit, RateUnit
from tests.support.blocks import FakeView, make_block, make_listings
from tests.support.plan_runs import Perils, canonical, counted, drive, failed, rated

LISTINGS = 23
NAMES = [f"S{number}" for number in range(1, LISTINGS + 1)]
some = st.frozensets(st.sampled_from(NAMES), max_size=6)
requests = st.builds(
    ScanRequest,
    symbols=st.none() | st.lists(st.sampled_from([*NAMES, "NOPE", "nada"]), min_size=1, max_size=15),
    sectors=st.sampled_from([(), ("Energy",)]),
    max_symbols=st.none() | st.integers(1, LISTINGS),
    min_tech_rating=st.none() | st.integers(-2, 2),
    filters=st.sampled_from([(), ({"field": "rsi", "op": "<", "value": 60},)]),
    sort_by=st.sampled_from(["symbol", "close", "tech_rating"]),
    limit=st.none() | st.integers(1, 5),
)


def opened(request, view, draw, done=()):
    block_symbols, piecemeal = draw(st.sampled_from([2, 4, 8, 64])), draw(st.booleans())
    return open_plan(request, view, Terms(block_symbols=block_symbols, piecemeal=piecemeal), done=done)


def summary(plan):
    result = plan.result()
    stats = result.performance_metrics["scan_stats"]
    return canonical(result), failed(result), stats, result.warnings


@settings(max_examples=150, deadline=None)
@given(st.data(), requests, some, some, st.randoms(use_true_random=False))
def test_the_result_is_that_of_a_plan_that_was_never_disturbed(data, request, unreadable, short, random):
    perils = Perils(unreadable, short - unreadable)
    try:
        whole = opened(request, view := FakeView(make_listings(LISTINGS)), data.draw)
    except NothingToScan:
        return
    steps = drive(whole, view, random, perils)
    done = [step.checkpoint for step in steps if step.checkpoint and data.draw(st.booleans())]
    random.shuffle(done)
    there = data.draw(st.frozensets(st.integers(0, LISTINGS // 2)))
    known = {group: view.failures(group) for group in there}
    other = FakeView(make_listings(LISTINGS), there=there, failures=known)
    plan = opened(request, other, data.draw, done)
    following = drive(plan, other, Random(1), perils)
    assert summary(plan) == summary(whole)
    assert counted([plan.restored, *following]) == counted(steps) == (plan.total, plan.total)
    assert (plan.restored.rated, plan.restored.failures) == (merged(done).rated, merged(done).failures)
    touched = [symbol for step in following for symbol in step.rated]
    assert set(touched).isdisjoint(plan.restored.rated)


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False), some)
def test_the_checkpoints_of_all_steps_are_the_whole_scan(random, short):
    view = FakeView(make_listings(LISTINGS))
    plan = open_plan(ScanRequest(symbols=[*NAMES, "NOPE"], min_tech_rating=0), view, Terms(block_symbols=8))
    steps = drive(plan, view, random, Perils(short=short))
    again = open_plan(plan.request, FakeView(make_listings(LISTINGS)), done=[s.checkpoint for s in steps])
    assert again.start().units == ()
    assert again.start().failures == ()
    assert summary(again) == summary(plan)


def test_only_groups_and_blocks_with_an_open_symbol_are_left():
    view = FakeView(make_listings(8), there=[2])
    done = Checkpoint(rated=("S1", "S2", "S3", "S5", "S6"), rejected={"min_tech_rating": 5})
    plan = open_plan(ScanRequest(min_tech_rating=99), view, Terms(block_symbols=4), done=[done])
    start = plan.start()
    assert [unit.symbols for unit in start.units] == [("S3", "S4"), ("S7", "S8")]
    assert all(isinstance(unit, FetchUnit) for unit in start.units)
    assert (plan.restored.fetched, start.fetched, plan.missing) == (5, 0, 3)
    (unit,) = plan.fetched(start.units[0], view.fetched(start.units[0])).units
    step = plan.rated(unit, rated(unit))
    assert (step.rated, step.scanned) == (("S4",), 1)
    assert plan.result().performance_metrics["scan_stats"]["rejected"] == {"min_tech_rating": 6}


def test_a_block_of_which_one_symbol_is_open_is_the_unit_that_others_ask_for():
    view = FakeView(make_listings(6), there=[0, 1, 2])
    done = Checkpoint(rated=("S1", "S2", "S3", "S4", "S5"))
    (unit,) = open_plan(ScanRequest(), view, done=[done]).start().units
    (other,) = open_plan(ScanRequest(), view).start().units
    assert isinstance(unit, RateUnit)
    assert unit.key == other.key


def test_an_unknown_symbol_that_failed_before_does_not_fail_again():
    known = Checkpoint(failures=(UnknownSymbol("no NOPE", affected_symbols=("NOPE",)).failure(),))
    plan = open_plan(ScanRequest(symbols=["S1", "NOPE"]), FakeView(make_listings(2), there=[0]), done=[known])
    assert plan.start().failures == ()
    assert (plan.restored.fetched, plan.restored.scanned, plan.restored.last_symbol) == (1, 0, "NOPE")
    assert failed(plan.result()) == {"NOPE": "unknown_symbol"}


def test_the_first_plan_of_a_scan_has_nothing_restored():
    plan = open_plan(ScanRequest(), FakeView(make_listings(2)))
    assert not plan.restored.checkpoint
    assert (plan.restored.fetched, plan.restored.units) == (0, ())


def test_a_step_tells_whom_it_has_rated_and_why_rows_did_not_pass():
    view = FakeView(make_listings(4), there=[0, 1])
    plan = open_plan(ScanRequest(symbols=["S1", "S2", "S4"], min_tech_rating=2), view)
    (unit,) = plan.start().units
    step = plan.rated(unit, make_block(unit.symbols, {"tech_rating": [1, 2, 3, 4]}))
    assert (step.rated, step.rejected) == (("S1", "S2", "S4"), {"min_tech_rating": 1})
    assert step.rows is step.checkpoint.rows


def test_what_is_to_be_said_of_a_scan_comes_first_and_its_source_can_be_told():
    view = FakeView(make_listings(2), there=[0])
    plan = open_plan(
        ScanRequest(symbols=["S1", "NOPE"]), view, Terms(warnings=("Begun anew.",), failed_share=0.4)
    )
    plan.start()
    first, second, third = plan.result().warnings
    assert (first, second[:18]) == ("Begun anew.", "This list is short")
    assert "1 of 2" in third
    assert plan.source == view.spec
    quiet = open_plan(ScanRequest(symbols=["S1", "NOPE"]), view, Terms(failed_share=0.5))
    quiet.start()
    assert len(quiet.result().warnings) == 1
