"""The dispatcher: fair, shared, and every unit answered exactly once."""

from __future__ import annotations

import asyncio

import pytest

from technic.engine.scan.messages import UnitAdvanced, UnitDone, UnitFailed
from technic.errors import ApiError
from technic.scanner.units import FetchResult
from tests.support.desk import Arrivals, block, fetch, opened_desk, rate
from tests.support.waiting import until


@pytest.fixture
async def desk():
    return await opened_desk()


async def test_a_unit_is_bound_to_a_worker_only_when_one_is_free(desk):
    desk.ask("one", rate("a"), rate("b"))
    assert [r.unit for r in desk.pool.running] == [rate("a")]
    desk.end(rate("a"), block(rate("a")))
    assert [r.unit for r in desk.pool.running] == [rate("b")]


async def test_two_scans_that_ask_for_the_same_unit_share_one_computation(desk):
    desk.ask("one", rate("a"))
    desk.ask("two", rate("a"))
    desk.end(rate("a"), block(rate("a")))
    assert len(desk.pool.started) == 1
    (first,), (second,) = desk.told["one"], desk.told["two"]
    assert (first.origin, second.origin) == ("computed", "shared")
    assert first.result is second.result


async def test_a_finished_block_comes_from_the_cache_and_fresh_goes_round_it(desk):
    desk.ask("one", rate("a"))
    desk.end(rate("a"), block(rate("a")))
    desk.ask("two", rate("a"))
    await asyncio.sleep(0)
    assert [report.origin for report in desk.told["two"]] == ["cache"]
    desk.ask("three", rate("a"), fresh=True)
    assert len(desk.pool.running) == 1


async def test_fresh_does_not_join_a_unit_in_flight_and_bars_are_shared_all_the_same():
    desk = await opened_desk(slots=4)
    desk.ask("one", rate("a"), fetch("f"))
    desk.ask("two", rate("a"), fetch("f"), fresh=True)
    assert sorted(type(r.unit).__name__ for r in desk.pool.running) == ["FetchUnit", "RateUnit", "RateUnit"]


async def test_a_small_scan_is_not_kept_waiting_by_a_large_one(desk):
    desk.ask("large", *(rate(f"l{n}") for n in range(50)))
    desk.ask("small", rate("s0"), rate("s1"))
    for _ in range(4):
        running = desk.pool.running[0]
        running.end(block(running.unit))
    assert len(desk.told["small"]) == 2


async def test_withdrawing_returns_what_has_not_begun_and_cancels_what_runs(desk):
    desk.ask("one", rate("a"), rate("b"))
    assert desk.dispatcher.withdraw("one") == (rate("b"),)
    (running,) = desk.pool.running
    assert running.cancelled
    assert running.grace_seconds == 0.5
    await asyncio.sleep(0)
    (report,) = desk.told["one"]
    assert isinstance(report, UnitFailed)
    assert report.failure.code == "unit_cancelled"
    assert desk.pool.running == []


async def test_withdrawing_leaves_a_shared_unit_to_the_others(desk):
    desk.ask("one", rate("a"))
    desk.ask("two", rate("a"))
    assert desk.dispatcher.withdraw("one") == (rate("a"),)
    assert not desk.pool.running[0].cancelled
    desk.end(rate("a"), block(rate("a")))
    assert desk.told["one"] == []
    assert len(desk.told["two"]) == 1


async def test_a_waiting_unit_that_another_scan_wants_survives_its_first_asker(desk):
    desk.ask("one", rate("a"), rate("b"))
    desk.ask("two", rate("b"))
    desk.dispatcher.withdraw("one")
    await asyncio.sleep(0)
    assert [r.unit for r in desk.pool.running] == [rate("b")]
    desk.end(rate("b"), block(rate("b")))
    assert isinstance(desk.told["two"][0], UnitDone)


async def test_a_unit_that_is_being_stopped_is_not_joined_by_a_newcomer():
    desk = await opened_desk(slots=2)
    desk.pool.obeys = False
    desk.ask("one", rate("a"))
    desk.dispatcher.withdraw("one")
    desk.ask("two", rate("a"))
    assert len(desk.pool.running) == 2


async def test_a_unit_that_waits_is_hurried_by_whoever_joins_it_in_more_of_a_hurry(desk):
    desk.ask("before", rate("x"))
    desk.ask("slow", *(rate(name) for name in "abcd"), weight=0.25)
    desk.ask("other", *(rate(name) for name in "efgh"), weight=1.0)
    desk.ask("urgent", rate("d"), weight=4.0)
    for _ in range(4):
        running = desk.pool.running[0]
        running.end(block(running.unit))
    assert [type(report) for report in desk.told["urgent"]] == [UnitDone]
    assert rate("d") in [report.unit for report in desk.told["slow"]]


async def test_a_shared_unit_is_paid_for_by_the_scan_whose_turn_it_was(desk):
    desk.ask("before", rate("x"))
    desk.ask("first", rate("a"), rate("shared"), rate("b"))
    desk.ask("second", rate("shared"), *(rate(f"s{n}") for n in range(3)))
    desk.end(rate("x"), block(rate("x")))
    desk.end(rate("a"), block(rate("a")))
    (running,) = desk.pool.running
    assert running.unit == rate("shared")  # it was the second's turn
    running.end(block(running.unit), seconds=60.0)  # far more than was expected
    for _ in range(2):
        (running,) = desk.pool.running
        running.end(block(running.unit))
    assert [report.unit for report in desk.told["first"]] == [rate("a"), rate("shared"), rate("b")]


async def test_who_is_told_of_a_shared_unit_that_failed_may_each_ask_for_it_again(desk):
    for flow in ("one", "two"):
        desk.ask(flow, rate("a"))
    desk.pool.running[0].fail(ApiError("the disk is away").failure())
    assert [type(report) for flow in ("one", "two") for report in desk.told[flow]] == [UnitFailed] * 2
    desk.ask("one", rate("a"))
    desk.ask("two", rate("a"))
    desk.end(rate("a"), block(rate("a")))
    assert [desk.told[flow][1].origin for flow in ("one", "two")] == ["computed", "shared"]
    assert len(desk.pool.started) == 2


async def test_a_dead_worker_is_told_to_everyone_who_waits_and_the_slot_goes_on(desk):
    desk.ask("one", rate("a"), rate("b"))
    desk.ask("two", rate("a"))
    desk.pool.running[0].die()
    assert [type(told[0]) for told in desk.told.values()] == [UnitFailed, UnitFailed]
    assert [r.unit for r in desk.pool.running] == [rate("b")]


async def test_symbols_arrive_on_the_loop_before_a_worker_is_taken():
    desk = await opened_desk(source=Arrivals(connections=1))
    desk.ask("one", fetch("f"))
    desk.ask("two", fetch("f"))
    await asyncio.sleep(0)
    assert desk.pool.running == []
    assert desk.told["one"] == [UnitAdvanced(fetch("f"), 1)]
    desk.source.released.set()
    (running,) = await desk.pool.has_started(1)
    running.end(FetchResult(None, ()))
    assert [type(r).__name__ for r in desk.told["two"]] == ["UnitAdvanced", "UnitAdvanced", "UnitDone"]


async def test_a_source_that_fails_fails_the_unit_with_its_own_reason():
    desk = await opened_desk(source=Arrivals(connections=1, error=ApiError("no answer")))
    desk.source.released.set()
    desk.ask("one", fetch("f"))
    await until(lambda: any(isinstance(report, UnitFailed) for report in desk.told["one"]))
    assert desk.told["one"][-1].failure.error_type == "api_error"


async def test_withdrawing_while_symbols_arrive_ends_the_arrival_and_frees_the_connection():
    desk = await opened_desk(source=Arrivals(connections=1))
    desk.ask("one", fetch("f"))
    await asyncio.sleep(0)
    assert desk.dispatcher.withdraw("one") == (fetch("f"),)
    desk.source.released.set()
    desk.ask("two", fetch("g"))
    async with asyncio.timeout(5):
        (running,) = await desk.pool.has_started(1)
    assert running.unit == fetch("g")


async def test_what_has_arrived_for_many_is_not_fetched_again_for_each():
    desk = await opened_desk(slots=1, source=Arrivals(connections=1))
    desk.ask("busy", rate("x"))
    for flow in ("one", "two", "three"):
        desk.ask(flow, fetch("f"), fetch("g"))
    desk.source.released.set()
    await until(lambda: sum(isinstance(r, UnitAdvanced) for r in desk.told["three"]) >= 4)
    await until(lambda: desk.dispatcher.stats()["arriving"] == 0)
    assert [report.count for report in desk.told["three"]] == [1, 2, 1, 2]


async def test_an_arrival_that_is_cancelled_before_it_began_gives_its_place_back():
    desk = await opened_desk(source=Arrivals(connections=1))
    for name in "abc":
        desk.ask("one", fetch(name))
        assert desk.dispatcher.withdraw("one") == (fetch(name),)
    await until(lambda: desk.dispatcher.stats()["arriving"] == 0)
    desk.source.released.set()
    desk.ask("two", fetch("g"))
    async with asyncio.timeout(5):
        await desk.pool.has_started(1)
