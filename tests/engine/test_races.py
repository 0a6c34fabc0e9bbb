"""Two ends of a scan at once, a thousand times: it has one, that of whoever was first in its mailbox.

Every race is a sequence of loop turns that a seed draws: when the scan's units end, when it is asked to stop,
how long its threads take. So a race that was lost once is lost again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from logging import WARNING
from random import Random

import pytest
import structlog
from structlog import PrintLogger, make_filtering_bound_logger

from technic.engine.engine import Engine
from technic.engine.parts import Parts
from technic.engine.scan import messages as m
from technic.engine.scan.events import MatchesFound, ScanEvent, Snapshot, Status
from technic.errors import ApiError, Stopping, SystemFault
from technic.scanner.request import ScanRequest
from technic.scanner.units import RateUnit
from technic.scanner.work import perform
from tests.engine.conftest import make_settings
from tests.support.manual_pool import HELD, ManualPool
from tests.support.turns import PostRoom, turning_offload

LAST_TURN = 45
"""Most scans have ended by then."""

OUTCOMES = {m.Finalized: Status.COMPLETED, m.Cancel: Status.CANCELLED, m.Fail: Status.FAILED}
"""What a scan comes to by which of these is the first in its mailbox."""

SCAN = ScanRequest(max_symbols=70, fresh=True, deadline_seconds=3600.0)


def rating_waits(unit, cancelled):
    """Bars come at once; ratings end when the race says so."""
    return HELD if isinstance(unit, RateUnit) else perform(unit, cancelled)


@lru_cache
def rated(unit: RateUnit):
    """What a unit gives; all scans here have the same two."""
    return perform(unit, lambda: False)


@dataclass
class Track:
    """Where races are run: an engine, its pool, the mailboxes, and chance."""

    engine: Engine
    pool: ManualPool
    room: PostRoom
    chance: Random

    def actor(self, scan_id: str):
        return self.engine._supervisor._actors.get(scan_id)

    def draw(self) -> int:
        return self.chance.randrange(LAST_TURN)

    async def cancel(self, scan: Snapshot) -> None:
        await self.engine.cancel(scan.scan_id, reason="seen enough")

    async def pass_deadline(self, scan: Snapshot) -> None:
        """As the actor's timer does, which is gone when the actor is."""
        if (actor := self.actor(scan.scan_id)) is not None and "deadline" in actor._timers._handles:
            actor._timers._fire("deadline", actor._deadline_passed)

    async def break_down(self, scan: Snapshot) -> None:
        if (actor := self.actor(scan.scan_id)) is not None:
            actor.mailbox.post(m.Fail(SystemFault("the disk is gone").failure()))

    async def close(self, _scan: Snapshot) -> None:
        await self.engine.close()

    def end_a_unit(self) -> None:
        """Any that runs; in most cases well, and once in a while so that it is tried again."""
        rating = [unit for unit in self.pool.running if isinstance(unit.unit, RateUnit)]
        if not rating:
            return
        unit = self.chance.choice(rating)
        if self.chance.random() < 0.05:
            unit.fail(ApiError("no answer").failure())
        else:
            unit.end(rated(unit.unit))


@asynccontextmanager
async def track(folder, room: PostRoom, seed: int, kind: str = "memory") -> Iterator[Track]:
    chance = Random(seed)
    pool = ManualPool(2, inline=rating_waits)
    quick = {"unit_symbols": 64, "retry_base_seconds": 1e-6, "retry_cap_seconds": 1e-6}
    settings = make_settings(folder, symbols=70, engine=quick, store={"kind": kind})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("technic.engine.engine.Offload", turning_offload(chance))
        async with Engine(settings, Parts(pool=pool, random=chance)) as engine:
            yield Track(engine, pool, room, chance)


@pytest.fixture
def room(monkeypatch):
    quiet = structlog.wrap_logger(PrintLogger(), wrapper_class=make_filtering_bound_logger(WARNING))
    for module in ("actor", "supervisor"):  # thousands of scans say what they do
        monkeypatch.setattr(f"technic.engine.{module}._log", quiet)
    return PostRoom(monkeypatch)


async def read(subscription) -> list[ScanEvent]:
    """Every event that a reader gets, up to the end of the scan or of the engine."""
    events: list[ScanEvent] = []
    with subscription as reader:
        try:
            while taken := await reader.take():
                events += taken
        except Stopping:
            pass
    return events


async def run(on: Track, *stops: Callable) -> Status:
    """One race: a scan whose units end at some turns, and whatever stops it at others. What it came to."""
    on.pool.obeys = on.chance.random() < 0.5
    first_post = len(on.room.posted)
    scan = await on.engine.submit(SCAN)
    early = asyncio.create_task(read(await on.engine.subscribe(scan.scan_id, since=-1, matches=True)))
    late: asyncio.Task | None = None
    due = [(on.draw(), stop) for stop in stops]
    joins, pace = on.draw(), on.chance.uniform(0.1, 0.6)
    errands = []
    turn = 0
    async with asyncio.timeout(20):
        while on.actor(scan.scan_id) is not None or turn <= LAST_TURN:
            errands += [asyncio.create_task(stop(scan)) for at, stop in due if at == turn]
            if turn == joins and on.engine._closing is not None:
                late = asyncio.create_task(read(await on.engine.subscribe(scan.scan_id)))
            if on.chance.random() < pace or turn > LAST_TURN:
                on.end_a_unit()
            await asyncio.sleep(0)
            turn += 1
        await asyncio.gather(*errands)
        readers = [await reader for reader in (early, late) if reader is not None]
    return await check(on, scan, readers, on.room.posted[first_post:])


async def check(on: Track, scan: Snapshot, readers: list[list[ScanEvent]], posted: list[m.Message]) -> Status:
    """One end, the same for the store and for every reader, and that of whoever was first."""
    decided = next(OUTCOMES[type(message)] for message in posted if type(message) in OUTCOMES)
    last = await on.engine.snapshot(scan.scan_id)
    assert last.status is decided
    for events in readers:
        told = [event.snapshot for event in events if not isinstance(event, MatchesFound)]
        assert [snapshot for snapshot in told if snapshot.status.ended] == [last]
        assert told[-1] is last or told[-1] == last
        seqs = [event.seq for event in events]
        assert seqs == sorted(set(seqs))
    rows = sum(len(event.rows) for event in readers[0] if isinstance(event, MatchesFound))
    known = await on.engine._store.get(scan.scan_id)
    assert rows == last.matches == (known.result.total if known.result else 0)
    assert decided is not Status.COMPLETED or rows == 70
    return decided


def check_rest(on: Track) -> None:
    """Nothing is left, and every message was heeded or counted as late."""
    health = on.engine.health()
    assert health["scans"]["alive"] == health["scans"]["running"] == 0
    assert [health["units"][name] for name in ("waiting", "running", "arriving")] == [0, 0, 0]
    assert len(on.room.posted) == on.room.heeded + health["scans"]["late_messages"]


def check_fair(seen: Counter[Status], *outcomes: Status) -> None:
    """Both sides win now and then; else it was no race."""
    assert set(seen) == set(outcomes)
    assert min(seen.values()) > seen.total() / 20, seen


async def test_cancel_against_complete_a_thousand_times(tmp_path, room):
    async with track(tmp_path, room, seed=1) as on:
        seen = Counter([await run(on, on.cancel) for _ in range(1000)])
        check_rest(on)
    check_fair(seen, Status.CANCELLED, Status.COMPLETED)
    assert any(isinstance(message, m.Cancel) for message in room.posted)


async def test_deadline_against_complete(tmp_path, room):
    async with track(tmp_path, room, seed=2) as on:
        seen = Counter([await run(on, on.pass_deadline) for _ in range(300)])
        check_rest(on)
    check_fair(seen, Status.FAILED, Status.COMPLETED)


async def test_cancel_against_fail_against_complete(tmp_path, room):
    async with track(tmp_path, room, seed=3) as on:
        seen = Counter([await run(on, on.cancel, on.break_down, on.cancel) for _ in range(300)])
        check_rest(on)
    check_fair(seen, Status.CANCELLED, Status.FAILED, Status.COMPLETED)


async def test_shutdown_against_complete(tmp_path, room):
    seen: Counter[Status] = Counter()
    for seed in range(150):
        async with track(tmp_path, room, seed) as on:
            seen[await run(on, on.close)] += 1
    check_fair(seen, Status.CANCELLED, Status.COMPLETED)


async def test_shutdown_against_complete_where_the_next_process_goes_on(tmp_path, room):
    """Whoever wins, the scan completes once: before the shutdown, or in the next process."""
    completed_before = 0
    for seed in range(25):
        async with track(tmp_path, room, seed, "sqlite") as on:
            scan = await on.engine.submit(SCAN)
            before = asyncio.create_task(
                read(await on.engine.subscribe(scan.scan_id, since=-1, matches=True))
            )
            await drive(on, scan, 3 * on.draw())
            closing = asyncio.create_task(on.engine.close())
            await drive(on, scan, LAST_TURN)
            await closing
            told = await before
        async with track(tmp_path, room, seed, "sqlite") as on:
            seen = told[-1].seq
            after = asyncio.create_task(
                read(await on.engine.subscribe(scan.scan_id, since=seen, matches=True))
            )
            async with asyncio.timeout(20):
                while on.actor(scan.scan_id) is not None:
                    on.end_a_unit()
                    await asyncio.sleep(0)
                told_then = await after
            last = await on.engine.snapshot(scan.scan_id)
            rows = (await on.engine.result(scan.scan_id)).result.total
        assert (last.status, last.matches, rows) == (Status.COMPLETED, 70, 70)
        check_told(told, told_then, last)
        completed_before += told[-1].seq == last.seq
    assert 0 < completed_before < 25


async def drive(on: Track, scan: Snapshot, most: int) -> None:
    """Let so many turns pass, or the scan end, while units end now and then."""
    for _ in range(most):
        if on.chance.random() < 0.3:
            on.end_a_unit()
        await asyncio.sleep(0)


def check_told(before: list[ScanEvent], after: list[ScanEvent], last: Snapshot) -> None:
    """A reader that came back was told of each row once, and of one end."""
    new = [event for event in after if event.seq > before[-1].seq]
    seqs = [event.seq for event in before + new]
    assert seqs == sorted(set(seqs))
    snapshots = [event.snapshot for event in before + new if not isinstance(event, MatchesFound)]
    assert [s.seq for s in snapshots if s.status.ended] == [last.seq]
    symbols = [s for event in before + new if isinstance(event, MatchesFound) for s in event.rows.symbols]
    assert len(symbols) == len(set(symbols)) == 70
