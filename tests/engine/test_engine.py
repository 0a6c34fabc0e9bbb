"""Scans through the whole engine, on the built-in market."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Event

import pytest

from technic.clock import SystemClock
from technic.engine.inspection import Look
from technic.engine.scan.events import Status
from technic.errors import InvalidRequest, QueueFull, ScanUnfinished, Stopping, UnknownScan, UnknownSymbol
from technic.scanner.request import ScanRequest
from technic.scanner.units import FetchUnit, RateUnit
from technic.scanner.work import perform
from tests.engine.conftest import make_settings, watch
from tests.support.hand_fed import HandFedSource
from tests.support.manual_pool import HELD
from tests.support.waiting import GUARD_SECONDS, until

pytestmark = pytest.mark.filterwarnings("error")


def held_rating(unit, cancelled):
    """Bars come, ratings wait for the test."""
    return HELD if isinstance(unit, RateUnit) else perform(unit, cancelled)


async def rating_started(pool):
    """The rating unit that runs, once one does."""
    return await until(lambda: next((r for r in pool.running if isinstance(r.unit, RateUnit)), None))


def snapshot_of(engine, scan, holds):
    """A fact for `until`: the scan's snapshot, once it is as it should be."""

    async def fact():
        snapshot = await engine.snapshot(scan.scan_id)
        return snapshot if holds(snapshot) else None

    return fact


async def test_a_scan_goes_through_its_stages_and_ends_with_its_rows(start):
    async with start() as (engine, _):
        first = await engine.submit(ScanRequest())
        assert (first.status, first.seq, first.percentage) == (Status.PENDING, 0, 0.0)
        seen = await watch(engine, first.scan_id)
        outcome = await engine.result(first.scan_id)
    assert [s.percentage for s in seen] == sorted(s.percentage for s in seen)
    assert [s.seq for s in seen] == sorted({s.seq for s in seen})
    assert (seen[-1].status, seen[-1].percentage, seen[-1].matches) == (Status.COMPLETED, 100.0, 70)
    assert len(outcome.result.rows) == 70
    assert outcome.result.performance_metrics["units"] == 3
    order = [stage.name for stage in seen[-1].stages]
    assert [s.stage for s in seen] == sorted((s.stage for s in seen), key=order.index)


async def test_a_scan_cancelled_while_pending_never_runs(start):
    async with start(inline=held_rating, engine={"max_running_scans": 1}) as (engine, pool):
        await engine.submit(ScanRequest())
        await rating_started(pool)
        waiting = await engine.submit(ScanRequest())
        assert (await engine.cancel(waiting.scan_id, reason="seen enough"))[0] == "cancelled"
        last = await engine.wait(waiting.scan_id)
        assert (last.status, last.started_at) == (Status.CANCELLED, None)
        assert len([unit for unit in pool.started if isinstance(unit.unit, RateUnit)]) == 1


async def test_a_cancel_stops_the_work_and_keeps_what_was_found(start):
    async with start(inline=held_rating) as (engine, pool):
        scan = await engine.submit(ScanRequest(max_symbols=40))
        running = await rating_started(pool)
        assert (await engine.cancel(scan.scan_id, reason="seen enough"))[0] == "cancelling"
        last = await engine.wait(scan.scan_id)
        assert running.cancelled
        assert last.status is Status.CANCELLED
        assert (await engine.result(scan.scan_id)).result.total == 0
        status, message = await engine.cancel(scan.scan_id, reason="again")
    assert status == "cancelled"
    assert "already" in message


async def test_a_cancelled_scan_returns_the_rows_of_the_blocks_that_were_rated(start):
    async with start(inline=held_rating, symbols=200, engine={"unit_symbols": 64}) as (engine, pool):
        scan = await engine.submit(ScanRequest())
        rated = await rating_started(pool)
        count = len(rated.unit.symbols)
        rated.end(perform(rated.unit, lambda: False))
        await until(snapshot_of(engine, scan, lambda s: s.matches > 0))
        partial = await engine.result(scan.scan_id, partial=True)
        assert partial.result.total == count
        await engine.cancel(scan.scan_id, reason="seen enough")
        await engine.wait(scan.scan_id)
        assert (await engine.result(scan.scan_id)).result.total == count


async def test_a_deadline_fails_the_scan_and_keeps_its_partial_result(start):
    async with start(inline=held_rating) as (engine, _):
        scan = await engine.submit(ScanRequest(deadline_seconds=0.05))
        last = await engine.wait(scan.scan_id)
    assert last.status is Status.FAILED
    assert last.error is not None
    assert last.error.error_type == "timeout_error"


async def test_the_hundred_scans_of_one_market_fetch_and_rate_each_symbol_once(start):
    async with start() as (engine, pool):
        scans = [await engine.submit(ScanRequest()) for _ in range(100)]
        ends = [await engine.wait(scan.scan_id) for scan in scans]
        assert {end.status for end in ends} == {Status.COMPLETED}
        fetched = [u.unit.symbols for u in pool.started if isinstance(u.unit, FetchUnit)]
        assert len(fetched) == len(set(fetched)) == 2
        assert len([u for u in pool.started if isinstance(u.unit, RateUnit)]) == 1


async def test_a_unit_whose_worker_dies_is_cut_and_no_symbol_of_it_is_lost(start):
    async with start(inline=held_rating, engine={"retry_base_seconds": 0.001}) as (engine, pool):
        scan = await engine.submit(ScanRequest())
        whole = await rating_started(pool)
        whole.die()
        rated = []
        while len(rated) < len(whole.unit.symbols):
            half = await rating_started(pool)
            rated += half.unit.symbols
            half.end(perform(half.unit, lambda: False))
        last = await engine.wait(scan.scan_id)
        metrics = (await engine.result(scan.scan_id)).result.performance_metrics
    assert (last.status, last.failures) == (Status.COMPLETED, 0)
    assert sorted(rated) == sorted(whole.unit.symbols)
    assert [(a["code"], a["symbols"]) for a in metrics["attempts"]] == [("worker_died", len(rated))]


async def test_a_unit_that_keeps_dying_makes_its_symbols_failures_and_the_scan_fails_where_none_is_left(
    start,
):
    def dying(unit, cancelled):
        if isinstance(unit, RateUnit):
            raise ArithmeticError("out of cheese")  # noqa: TRY004 - what a fault of ours might be
        return perform(unit, cancelled)

    async with start(inline=dying) as (engine, _):
        scan = await engine.submit(ScanRequest(max_symbols=3))
        last = await engine.wait(scan.scan_id)
        outcome = await engine.result(scan.scan_id)
    assert (last.status, last.failures) == (Status.FAILED, 3)
    assert [f.affected_symbols for f in outcome.result.failures] == [("SIM0001",), ("SIM0002",), ("SIM0003",)]
    assert "out of cheese" in outcome.result.failures[0].detail


async def test_unknown_symbols_are_failures_and_all_unknown_fails_the_scan(start):
    async with start() as (engine, _):
        some = await engine.submit(ScanRequest(symbols=("SIM0001", "NOPE")))
        last = await engine.wait(some.scan_id)
        assert (last.status, last.failures, last.matches) == (Status.COMPLETED, 1, 1)
        none = await engine.submit(ScanRequest(symbols=("NOPE", "NADA")))
        last = await engine.wait(none.scan_id)
        assert (last.status, last.failures) == (Status.FAILED, 2)
        assert last.error is not None
        assert (last.error.error_type, last.error.code) == ("data_error", "unknown_symbol")
        failures = (await engine.result(none.scan_id)).result.failures
        assert [failure.affected_symbols for failure in failures] == [("NADA",), ("NOPE",)]


async def test_matches_come_while_a_slow_source_still_brings_symbols_and_a_cancel_keeps_them(start):
    """With the default size of a block, in which the whole universe fits."""
    parts = {"source": HandFedSource(make_settings(Path(), symbols=70).sources.simulated, SystemClock())}
    async with start(parts=parts) as (engine, _):
        scan = await engine.submit(
            ScanRequest(symbols=("SIM0001", "NOPE", *(f"SIM{n:04}" for n in range(60, 71))))
        )
        source = parts["source"]
        await until(lambda: set(source.arrivals) == {64, 6})
        source.feed(6, 6)
        found = await until(snapshot_of(engine, scan, lambda s: s.matches > 0))
        assert (found.stage, found.matches) == ("data_fetching", 6)
        partial = (await engine.result(scan.scan_id, partial=True)).result
        assert (partial.total, partial.performance_metrics["workers"]) == (6, 2)
        assert [failure.code for failure in partial.failures] == ["unknown_symbol"]
        await engine.cancel(scan.scan_id, reason="seen enough")
        assert (await engine.wait(scan.scan_id)).status is Status.CANCELLED
        assert (await engine.result(scan.scan_id)).result.total == 6


async def test_a_scan_whose_universe_never_loads_can_be_cancelled_and_has_a_deadline(start, monkeypatch):
    hanging = Event()
    monkeypatch.setattr("technic.scanner.market.Market.view", lambda _: hanging.wait(GUARD_SECONDS))
    try:
        async with start() as (engine, _):
            scan = await engine.submit(ScanRequest())
            await until(snapshot_of(engine, scan, lambda s: s.status is Status.RUNNING))
            await engine.cancel(scan.scan_id, reason="seen enough")
            assert (await engine.wait(scan.scan_id)).status is Status.CANCELLED
            late = await engine.submit(ScanRequest(deadline_seconds=0.01))
            assert (await engine.wait(late.scan_id)).status is Status.FAILED
    finally:
        hanging.set()


async def test_an_engine_without_workers_is_not_ready(start):
    async with start() as (engine, pool):
        assert engine.health()["ready"]
        pool.stats = lambda: {"broken": True}
        assert not engine.health()["ready"]


async def test_an_unknown_sector_is_refused_at_once_with_the_nearest(start):
    async with start() as (engine, _):
        with pytest.raises(InvalidRequest, match="Energy"):
            await engine.submit(ScanRequest(sectors=("Enery",)))
        assert await engine.active() == []


async def test_higher_priority_begins_first_and_positions_are_told(start):
    async with start(inline=held_rating, engine={"max_running_scans": 1}) as (engine, pool):
        running = await engine.submit(ScanRequest())
        await rating_started(pool)
        low = await engine.submit(ScanRequest(priority=1))
        high = await engine.submit(ScanRequest(priority=9))
        await until(snapshot_of(engine, low, lambda s: s.queue_position == 2))
        assert (await engine.snapshot(high.scan_id)).queue_position == 1
        await engine.cancel(running.scan_id, reason="make room")
        await engine.wait(running.scan_id)
        await until(snapshot_of(engine, high, lambda s: s.status is Status.RUNNING))
        assert (await engine.snapshot(low.scan_id)).status is Status.PENDING


async def test_one_that_has_waited_for_long_goes_before_newcomers_of_higher_priority(start, monkeypatch):
    monkeypatch.setattr("technic.engine.supervisor.A_STEP", 4)
    async with start(inline=held_rating, engine={"max_running_scans": 1}) as (engine, _):
        await engine.submit(ScanRequest())
        low = await engine.submit(ScanRequest(priority=7))
        late = [await engine.submit(ScanRequest(priority=9)) for _ in range(20)]
        await until(snapshot_of(engine, low, lambda s: s.queue_position == 8))  # behind 2 * 4 - 1 newcomers
        await until(snapshot_of(engine, late[6], lambda s: s.queue_position == 7))
        await until(snapshot_of(engine, late[7], lambda s: s.queue_position == 9))


async def test_a_full_queue_refuses_with_a_time_to_come_back(start):
    async with start(inline=held_rating, engine={"max_running_scans": 1, "max_queued_scans": 1}) as (
        engine,
        _,
    ):
        await engine.submit(ScanRequest())
        await engine.submit(ScanRequest())
        with pytest.raises(QueueFull) as refused:
            await engine.submit(ScanRequest())
    assert refused.value.retry_after is not None
    assert refused.value.retry_after >= 1
    assert refused.value.detail == "as many scans run (1) and wait (1) as may"


async def test_a_submitter_that_leaves_still_leaves_an_owned_scan(start):
    async with start() as (engine, _):
        submission = asyncio.create_task(engine.submit(ScanRequest()))
        await asyncio.sleep(0)
        submission.cancel()
        with pytest.raises(asyncio.CancelledError):
            await submission
        active = await until(engine.active)
        assert (await engine.wait(active[0].scan_id)).status is Status.COMPLETED


async def test_an_actor_that_dies_of_a_fault_of_ours_ends_its_scan_as_failed(start, monkeypatch):
    monkeypatch.setattr("technic.scanner.plan.ScanPlan.fetched", lambda *_: 1 / 0)
    async with start() as (engine, _):
        scan = await engine.submit(ScanRequest())
        last = await engine.wait(scan.scan_id)
        assert engine.health()["scans"]["alive"] == 0
    assert last.status is Status.FAILED
    assert last.error is not None
    assert last.error.error_type == "system_error"


async def test_the_store_forgets_the_oldest_when_there_are_too_many(start):
    async with start(store={"max_scans": 2}) as (engine, _):
        scans = [await engine.submit(ScanRequest(max_symbols=1)) for _ in range(4)]
        await asyncio.gather(*(engine.wait(scan.scan_id) for scan in scans), return_exceptions=True)
        kept = [scan for scan in scans if not await forgotten(engine, scan)]
        assert len(kept) == 2
        assert (await engine.result(kept[0].scan_id)).result.total == 1


async def forgotten(engine, scan) -> bool:
    try:
        await engine.snapshot(scan.scan_id)
    except UnknownScan:
        return True
    return False


async def test_results_too_early_and_unknown_scans_are_told_apart(start):
    async with start(inline=held_rating) as (engine, pool):
        scan = await engine.submit(ScanRequest())
        await rating_started(pool)
        with pytest.raises(ScanUnfinished):
            await engine.result(scan.scan_id)
        with pytest.raises(UnknownScan):
            await engine.snapshot("nobody")
        with pytest.raises(UnknownScan):
            await engine.subscribe("nobody")


async def test_closing_cancels_what_runs_tells_the_readers_and_is_harmless_twice(start):
    async with start(inline=held_rating) as (engine, pool):
        scan = await engine.submit(ScanRequest())
        await rating_started(pool)
        reader = await engine.subscribe(scan.scan_id)
        await reader.take()
        await engine.close()
        assert (await engine.snapshot(scan.scan_id)).status is Status.CANCELLED
        with pytest.raises(Stopping):
            await reader.take()
        with pytest.raises(Stopping):
            await engine.submit(ScanRequest())
        await engine.close()


async def test_a_symbol_is_looked_at_closely_and_an_unknown_one_is_named(start):
    async with start() as (engine, _):
        report = await engine.inspect(Look("SIM0007", ScanRequest(lookback_bars=100)))
        assert report["symbol"] == "SIM0007"
        assert len(report["votes"]) == 26
        with pytest.raises(UnknownSymbol):
            await engine.inspect(Look("NOPE"))
        with pytest.raises(UnknownSymbol) as near:
            await engine.inspect(Look("SIM007"))
        assert near.value.metadata["nearest"][0] in near.value.advice


async def test_more_bars_can_be_shown_than_are_rated(start):
    async with start() as (engine, _):
        rated = await engine.inspect(Look("SIM0007", ScanRequest(lookback_bars=100)))
        more = await engine.inspect(Look("SIM0007", ScanRequest(lookback_bars=100), bars=130))
    assert (len(rated["bars"]), len(more["bars"])) == (100, 130)
    assert more["bars"][30:] == rated["bars"]
    assert more["row"] == rated["row"]


async def test_a_symbol_whose_kept_bars_are_damaged_is_fetched_anew_and_shown(start):
    async with start() as (engine, _):
        before = await engine.inspect(Look("SIM0007", ScanRequest(lookback_bars=100)))
        for kept in engine.settings.data_dir.rglob("*.segment"):
            kept.write_bytes(kept.read_bytes()[:-4096])
        assert await engine.inspect(Look("SIM0007", ScanRequest(lookback_bars=101))) | before == before


async def test_an_ended_scan_can_be_read_again_from_the_store_when_the_bus_has_forgotten_it(start):
    async with start() as (engine, _):
        scan = await engine.submit(ScanRequest())
        await engine.wait(scan.scan_id)
        engine.bus.forget(scan.scan_id)
        (last,) = await watch(engine, scan.scan_id)
    assert last.status is Status.COMPLETED
