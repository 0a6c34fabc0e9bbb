"""A scan can be stopped wherever it stands: by a cancel, which keeps what was found, or by its deadline.

Each place is a fixture of its own: a scan that has come so far and no further, and what lets it go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from technic.clock import SystemClock
from technic.engine.engine import Engine
from technic.engine.pool import endings
from technic.engine.scan.events import MatchesFound, Snapshot, StateChanged, Status
from technic.scanner.plan import ScanPlan
from technic.scanner.request import ScanRequest
from technic.scanner.units import RateUnit
from technic.scanner.work import perform
from tests.engine.conftest import make_settings
from tests.support.hand_fed import HandFedSource
from tests.support.manual_pool import HELD, ManualPool
from tests.support.waiting import GUARD_SECONDS, until

DEADLINE = 3600.0
SCAN = ScanRequest(deadline_seconds=DEADLINE)


@dataclass
class Place:
    """A scan that stands somewhere.

    Attributes:
        rows: How many it has found by now.
        go_on: Lets go what holds it there.
        told: Whether what holds it there has been asked to stop.
    """

    engine: Engine
    pool: ManualPool
    scan: Snapshot
    rows: int = 0
    go_on: Callable[[], None] = field(default=lambda: None)
    told: Callable[[], bool] = field(default=lambda: True)

    async def cancel(self) -> None:
        await self.engine.cancel(self.scan.scan_id, reason="seen enough")

    async def pass_deadline(self) -> None:
        """As the actor's timer does."""
        actor = self.engine._supervisor._actors[self.scan.scan_id]
        actor._timers._fire("deadline", actor._deadline_passed)

    async def end(self) -> Snapshot:
        """Let it go on, and wait for its end."""
        await until(self.told)
        self.go_on()
        async with asyncio.timeout(GUARD_SECONDS):
            return await self.engine.wait(self.scan.scan_id)

    async def states(self) -> list[Snapshot]:
        """Every change of state that readers were told of, up to the end."""
        states = []
        with await self.engine.subscribe(self.scan.scan_id, since=-1, matches=True) as reader:
            async with asyncio.timeout(GUARD_SECONDS):
                while taken := await reader.take():
                    states += [event.snapshot for event in taken if isinstance(event, StateChanged)]
                    assert self.rows or not any(isinstance(event, MatchesFound) for event in taken)
        return states


def held_rating(unit, cancelled):
    """Bars come, ratings wait for the test."""
    return HELD if isinstance(unit, RateUnit) else perform(unit, cancelled)


@asynccontextmanager
async def pending(start) -> AsyncIterator[Place]:
    """It waits for another one to end."""
    async with start(inline=held_rating, engine={"max_running_scans": 1}) as (engine, pool):
        await engine.submit(ScanRequest())
        await pool.has_started(3)
        yield Place(engine, pool, await engine.submit(SCAN))


@asynccontextmanager
async def opening(start) -> AsyncIterator[Place]:
    """Its universe does not load, however long the scan's end is waited for."""
    held = Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("technic.scanner.market.Market.view", lambda _: held.wait(GUARD_SECONDS) and 1 / 0)
        try:
            async with start() as (engine, pool):
                scan = await engine.submit(SCAN)
                await until(lambda: engine._supervisor._actors[scan.scan_id]._errands)
                yield Place(engine, pool, scan)
        finally:
            held.set()


@asynccontextmanager
async def arrival(start) -> AsyncIterator[Place]:
    """Its bars do not come."""
    source = HandFedSource(make_settings(Path(), symbols=70).sources.simulated, SystemClock())
    async with start(parts={"source": source}) as (engine, pool):
        scan = await engine.submit(SCAN)
        await until(lambda: set(source.arrivals) == {64, 6})
        yield Place(engine, pool, scan)
        assert engine.health()["units"]["arriving"] == 0


@asynccontextmanager
async def between_units(start) -> AsyncIterator[Place]:
    """Of three blocks one is rated, and the others wait for a worker that others have."""
    async with start(inline=held_rating, slots=1, symbols=192, engine={"unit_symbols": 64}) as (engine, pool):
        scan = await engine.submit(SCAN)
        first = (await pool.has_started(4))[3]
        await engine.submit(ScanRequest(lookback_bars=100, priority=9))
        await until(lambda: engine.health()["units"]["waiting"] == 2 + 3)
        first.end(perform(first.unit, lambda: False))
        await until(lambda: len(pool.running) == 1 and pool.running[0].unit.lookback == 100)
        await until_matches(engine, scan, 64)
        yield Place(engine, pool, scan, rows=64)


@asynccontextmanager
async def inside_a_unit(start) -> AsyncIterator[Place]:
    """A block is rated, and the other one's worker does not look up when it is told to stop."""
    async with start(inline=held_rating, symbols=128, engine={"unit_symbols": 64}) as (engine, pool):
        pool.obeys = False
        scan = await engine.submit(SCAN)
        *_, first, second = await pool.has_started(4)
        first.end(perform(first.unit, lambda: False))
        await until_matches(engine, scan, 64)
        killed = partial(second.fail, endings.cancelled())
        yield Place(engine, pool, scan, rows=64, go_on=killed, told=lambda: second.cancelled)
        assert second.grace_seconds == 0.2


@asynccontextmanager
async def finalization(start) -> AsyncIterator[Place]:
    """All is rated, and the result is being made in a thread, as that of many rows is."""
    making, held, result = Event(), Event(), ScanPlan.result

    def slow_result(plan, figures):
        making.set()
        held.wait(GUARD_SECONDS)
        return result(plan, figures)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScanPlan, "result", slow_result)
        patch.setattr("technic.engine.workshop.FEW_ROWS", 0)
        try:
            async with start() as (engine, pool):
                scan = await engine.submit(SCAN)
                await until(making.is_set)
                yield Place(engine, pool, scan, rows=70, go_on=held.set)
        finally:
            held.set()


async def until_matches(engine, scan, count: int) -> None:
    async def found() -> bool:
        return (await engine.snapshot(scan.scan_id)).matches == count

    await until(found)


PLACES = [pending, opening, arrival, between_units, inside_a_unit, finalization]


def name(value) -> str:
    return value.__name__


@pytest.mark.parametrize("place", PLACES, ids=name)
@pytest.mark.parametrize("stop", [Place.cancel, Place.pass_deadline], ids=name)
async def test_it_ends_where_it_stands_and_keeps_what_was_found(start, place, stop):
    async with place(start) as at:
        started = len(at.pool.started)
        await stop(at)
        last = await at.end()
        result = (await at.engine.result(at.scan.scan_id)).result
        states = [snapshot.status for snapshot in await at.states()]
        assert len(at.pool.started) == started, "no unit is begun any more"
    if stop is Place.cancel:
        assert (last.status, last.error, last.cancel_requested) == (Status.CANCELLED, None, True)
    else:
        assert (last.status, last.error.error_type) == (Status.FAILED, "timeout_error")
        assert last.error.suggestion
    assert (last.matches, result.total) == (at.rows, at.rows)
    assert states == {
        pending: [Status.PENDING, last.status],
        opening: [Status.PENDING, Status.RUNNING, last.status],
    }.get(place, [Status.PENDING, Status.RUNNING, Status.RUNNING, last.status])


@pytest.mark.parametrize("place", [inside_a_unit, finalization], ids=name)
async def test_it_says_that_it_stops_and_ends_when_what_runs_has_ended(start, place):
    async with place(start) as at:
        await at.cancel()

        async def stopping() -> bool:
            return (await at.engine.snapshot(at.scan.scan_id)).cancel_requested

        await until(stopping)
        seen = await at.engine.snapshot(at.scan.scan_id)
        assert (seen.status, seen.completed_at) == (Status.RUNNING, None)
        assert (await at.end()).status is Status.CANCELLED


@pytest.mark.parametrize("place", PLACES, ids=name)
async def test_a_second_stop_changes_nothing_whatever_it_is(start, place):
    async with place(start) as at:
        await at.cancel()
        await at.pass_deadline()
        await at.cancel()
        assert (await at.end()).status is Status.CANCELLED
        ended = [snapshot for snapshot in await at.states() if snapshot.status.ended]
    assert len(ended) == 1


@pytest.mark.parametrize("place", PLACES, ids=name)
async def test_a_scan_that_has_ended_stays_as_it_is(start, place):
    async with place(start) as at:
        await at.pass_deadline()
        last = await at.end()
        status, message = await at.engine.cancel(at.scan.scan_id, reason="too late")
        assert (status, "already failed" in message) == ("failed", True)
        assert await at.engine.snapshot(at.scan.scan_id) == last


async def test_one_that_waits_is_told_to_be_cancelled_at_once_and_never_begins(start):
    async with pending(start) as at:
        assert (await at.engine.cancel(at.scan.scan_id, reason="seen enough"))[0] == "cancelled"
        assert (await at.end()).started_at is None


async def test_one_that_runs_is_told_to_be_stopping(start):
    async with between_units(start) as at:
        assert (await at.engine.cancel(at.scan.scan_id, reason="seen enough"))[0] == "cancelling"


async def test_a_unit_that_others_want_too_goes_on_for_them(start):
    async with start(inline=held_rating) as (engine, pool):
        one, two = [await engine.submit(ScanRequest()) for _ in range(2)]
        *_, running = await pool.has_started(3)
        await until(lambda: len(engine._dispatcher._wanted.get(two.scan_id, ())) == 1)
        await engine.cancel(one.scan_id, reason="seen enough")
        assert (await engine.wait(one.scan_id)).status is Status.CANCELLED
        assert not running.cancelled
        running.end(perform(running.unit, lambda: False))
        assert (await engine.wait(two.scan_id)).matches == 70


async def test_a_result_that_comes_when_its_scan_has_ended_is_counted_and_changes_nothing(start, monkeypatch):
    """Its actor died of a fault of ours while the unit ran on."""
    async with start(inline=held_rating, symbols=128, engine={"unit_symbols": 64}) as (engine, pool):
        pool.obeys = False
        scan = await engine.submit(ScanRequest())
        *_, first, second = await pool.has_started(4)
        monkeypatch.setattr(ScanPlan, "rated", lambda *_: 1 / 0)
        first.end(perform(first.unit, lambda: False))
        last = await engine.wait(scan.scan_id)
        assert last.status is Status.FAILED
        late = engine.health()["scans"]["late_messages"]
        second.end(perform(second.unit, lambda: False))
        assert engine.health()["scans"]["late_messages"] == late + 1
        assert await engine.snapshot(scan.scan_id) == last
        assert engine.health()["units"]["running"] == 0
