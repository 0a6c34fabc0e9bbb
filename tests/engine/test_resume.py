"""Scans that outlive their process. What a killed process leaves is what its folder holds: a copy of it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
import threading
from contextlib import asynccontextmanager

import orjson
import pytest

from technic.config.settings import FilesSettings, SourcesSettings
from technic.engine.engine import Engine
from technic.engine.parts import Parts
from technic.engine.scan.events import MatchesFound, StateChanged, Status
from technic.engine.stores.sqlite import SqliteStore
from technic.engine.supervisor import Supervisor
from technic.engine.suspects import Suspects
from technic.errors import SlowConsumer, Stopping
from technic.scanner.plan import ScanPlan
from technic.scanner.request import ScanRequest
from technic.scanner.units import RateUnit
from technic.scanner.work import perform
from tests.engine.conftest import make_settings
from tests.support.clock import FakeClock
from tests.support.manual_pool import HELD, ManualPool
from tests.support.market_folder import write_bars
from tests.support.waiting import until

SYMBOLS = 300
FIVE_BLOCKS = {"symbols": SYMBOLS, "engine": {"unit_symbols": 64}, "store": {"kind": "sqlite"}}


@pytest.fixture
def process(tmp_path):
    """`async with process(folder) as (engine, pool)`: an engine over what a folder below tmp_path holds."""

    @asynccontextmanager
    async def opened(folder="kept", *, inline=perform, clock=None, bars=None, **how):
        pool = ManualPool(2, inline=inline)
        settings = make_settings(tmp_path / folder, **(FIVE_BLOCKS | how))
        if bars is not None:
            files = {"source": "files", "sources": SourcesSettings(files=FilesSettings(path=bars))}
            settings = settings.model_copy(update=files)
        async with Engine(settings, Parts(pool=pool, clock=clock)) as engine:
            yield engine, pool

    return opened


@pytest.fixture
def killed(tmp_path):
    """`killed("kept")`: the folder as a process would leave it that is killed now."""
    number = itertools.count(1)

    def copied(folder="kept") -> str:
        name = f"after-{next(number)}"
        shutil.copytree(tmp_path / folder, tmp_path / name)
        return name

    return copied


def only(ratings: int):
    """Work that is done until so many blocks are rated; then ratings are held."""
    left = itertools.count()

    def inline(unit, cancelled):
        if isinstance(unit, RateUnit) and next(left) >= ratings:
            return HELD
        return perform(unit, cancelled)

    return inline


def canonical(outcome) -> bytes:
    return orjson.dumps(outcome.result.page(), option=orjson.OPT_SORT_KEYS)


async def undisturbed(process, request: ScanRequest) -> bytes:
    async with process("undisturbed") as (engine, _):
        scan = await engine.submit(request)
        await engine.wait(scan.scan_id)
        return canonical(await engine.result(scan.scan_id))


async def kept_rows(engine, scan_id: str, count: int) -> None:
    """Until so many rows can be read, and so are kept."""

    async def enough() -> bool:
        return (await engine.result(scan_id, partial=True)).result.total >= count

    await until(enough)


async def cancelling(engine, scan_id: str) -> bool:
    return (await engine.snapshot(scan_id)).cancel_requested


async def read(engine, scan_id: str, since: int):
    """What a reader gets that comes back, up to the end; and whether all that it missed was there."""
    events = []
    with await engine.subscribe(scan_id, since=since, matches=True) as reader:
        async with asyncio.timeout(20):
            while taken := await reader.take():
                events += taken
        return events, reader.recovered


async def test_a_killed_scan_goes_on_with_equal_rows_and_no_unit_twice(process, killed):
    request = ScanRequest(min_tech_rating=0.0)
    expected = await undisturbed(process, request)
    async with process(inline=only(2)) as (engine, pool):
        scan = await engine.submit(request)
        await pool.has_started(5 + 2 + 2)
        await until(lambda: engine.health()["units"]["running"] == 2)
        await kept_rows(engine, scan.scan_id, 1)
        told = await engine.snapshot(scan.scan_id)
        folder = killed()
    async with process(folder) as (engine, pool):
        events, recovered = await read(engine, scan.scan_id, told.seq)
        outcome = await engine.result(scan.scan_id)
        assert (outcome.snapshot.status, canonical(outcome)) == (Status.COMPLETED, expected)
        assert recovered
        assert all(event.seq > told.seq for event in events)
        shown = [event.snapshot for event in events if not isinstance(event, MatchesFound)]
        assert all(snapshot.percentage == round(snapshot.percentage, 2) for snapshot in shown)
        assert len([unit for unit in pool.started if isinstance(unit.unit, RateUnit)]) == 3
        assert outcome.result.performance_metrics["symbols_scanned"] == outcome.result.performance_metrics[
            "symbols_requested"
        ] - len(outcome.result.failures)


async def test_a_reader_that_comes_back_has_each_match_once_and_the_numbers_go_on(process, killed):
    async with process(inline=only(3)) as (engine, _):
        scan = await engine.submit(ScanRequest())
        first = []
        with await engine.subscribe(scan.scan_id, since=-1, matches=True) as reader:
            async with asyncio.timeout(20):
                while sum(len(e.rows) for e in first if isinstance(e, MatchesFound)) < 3 * 60:
                    first += await reader.take()
        folder = killed()
    async with process(folder) as (engine, _):
        second, recovered = await read(engine, scan.scan_id, first[-1].seq)
        total = (await engine.result(scan.scan_id)).result.total
    assert recovered
    seqs = [event.seq for event in first + second]
    assert seqs == sorted(set(seqs))
    symbols = [s for e in first + second if isinstance(e, MatchesFound) for s in e.rows.symbols]
    assert len(symbols) == len(set(symbols)) == total
    percentages = [e.snapshot.percentage for e in first + second if not isinstance(e, MatchesFound)]
    assert percentages == sorted(percentages)
    assert isinstance(second[-1], StateChanged)


async def test_scans_that_waited_wait_again_and_run_in_their_order(process, killed):
    one_at_a_time = {"engine": {"max_running_scans": 1}, "symbols": 70}
    async with process(inline=only(0), **one_at_a_time) as (engine, _):
        scans = [await engine.submit(ScanRequest(priority=p)) for p in (5, 3, 7)]
        await until(lambda: engine.health()["scans"]["queued"] == 2)
        folder = killed()
    async with process(folder, **one_at_a_time) as (engine, _):
        ended = [await engine.wait(scan.scan_id) for scan in scans]
    assert {snapshot.status for snapshot in ended} == {Status.COMPLETED}
    began = sorted(ended, key=lambda snapshot: snapshot.started_at)
    assert [snapshot.priority for snapshot in began] == [5, 7, 3]
    assert [snapshot.created_at for snapshot in ended] == [scan.created_at for scan in scans]


async def test_a_scan_that_was_to_be_cancelled_is_cancelled_with_its_rows(process, killed):
    async with process(inline=only(2)) as (engine, pool):
        pool.obeys = False
        scan = await engine.submit(ScanRequest())
        await pool.has_started(5 + 4)
        await kept_rows(engine, scan.scan_id, 100)
        await engine.cancel(scan.scan_id, reason="seen enough")
        await until(lambda: cancelling(engine, scan.scan_id))
        folder = killed()
        pool.obeys = True
        for unit in list(pool.running):
            unit.die()
    async with process(folder) as (engine, pool):
        last = await engine.wait(scan.scan_id)
        assert last.status is Status.CANCELLED
        assert (await engine.result(scan.scan_id)).result.total == last.matches >= 100
        assert pool.started == []


@pytest.fixture
def deadly(monkeypatch):
    """Scans with the tag `deadly` are held where their results are taken in, as if that were their end."""
    held, go_on = threading.Event(), threading.Event()
    rated = ScanPlan.rated

    def take_in(plan, unit, block):
        if "deadly" in plan.request.tags and plan.restored.scanned:
            held.set()
            assert go_on.wait(20)
        return rated(plan, unit, block)

    monkeypatch.setattr(ScanPlan, "rated", take_in)
    return held, go_on


async def test_a_scan_under_which_the_server_dies_three_times_fails_and_one_beside_it_does_not(
    process, killed, deadly
):
    held, go_on = deadly
    async with process(inline=only(2)) as (engine, _):
        scan = await engine.submit(ScanRequest(tags=("deadly",)))
        await kept_rows(engine, scan.scan_id, 100)
        beside = await engine.submit(ScanRequest(lookback_bars=100))
        await until(lambda: engine.health()["scans"]["running"] == 2)
        folder = killed()
    for _ in range(3):
        async with process(folder) as (engine, _):
            await until(held.is_set)
            folder = killed(folder)
            assert (await engine.snapshot(scan.scan_id)).status is Status.RUNNING
            go_on.set()
        held.clear()
        go_on.clear()
    async with process(folder) as (engine, _):
        last = await engine.wait(scan.scan_id)
        assert (last.status, last.error.code) == (Status.FAILED, "killed_server")
        assert (await engine.result(scan.scan_id)).result.total >= 100
        assert (await engine.wait(beside.scan_id)).status is Status.COMPLETED


async def test_the_last_death_is_kept_before_anything_is_computed_of_which_the_next_may_come(
    process, killed, monkeypatch
):
    async with process(inline=only(0)) as (engine, _):
        scans = [await engine.submit(ScanRequest()) for _ in range(2)]

        async def all_run() -> bool:
            return {(await engine.snapshot(s.scan_id)).status for s in scans} == {Status.RUNNING}

        await until(all_run)
        folder = killed()
    done = []
    for owner, name in ((Suspects, "clear"), (SqliteStore, "readmit"), (Supervisor, "resume")):
        inner = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *a, i=inner, n=name: (done.append(n), i(*a))[1])
    async with process(folder, inline=only(0)):
        assert done == ["readmit", "readmit", "clear", "resume", "resume"]


async def test_servers_that_die_for_other_reasons_are_held_against_no_scan(process, killed):
    folder = "kept"
    async with process(inline=only(0)) as (engine, _):
        scan = await engine.submit(ScanRequest())
        await until(lambda: engine.health()["units"]["running"] == 2)
        folder = killed()
    for _ in range(4):
        async with process(folder, inline=only(0)) as (engine, _):
            await until(lambda: engine.health()["units"]["running"] == 2)
            folder = killed(folder)
    async with process(folder) as (engine, _):
        assert (await engine.wait(scan.scan_id)).status is Status.COMPLETED


async def test_a_deadline_runs_on_while_no_process_is_there(process, killed):
    clock = FakeClock()
    at_once = {"kind": "sqlite", "checkpoint_seconds": 0}  # for this clock stands still
    async with process(inline=only(1), clock=clock, store=at_once) as (engine, _):
        scan = await engine.submit(ScanRequest(deadline_seconds=60.0))
        await kept_rows(engine, scan.scan_id, 1)
        folder = killed()
    clock.advance(61)
    async with process(folder, clock=clock, inline=only(0)) as (engine, _):
        last = await engine.wait(scan.scan_id)
        assert (last.status, last.error.error_type) == (Status.FAILED, "timeout_error")
        result = (await engine.result(scan.scan_id)).result
        assert result.total >= 1
        assert result.performance_metrics["symbols_requested"] >= result.total


async def test_a_scan_whose_bars_have_changed_is_begun_anew_and_says_so(process, killed, tmp_path):
    symbols = [f"S{number:03d}" for number in range(130)]
    bars = write_bars(tmp_path / "bars", symbols)
    async with process(inline=only(1), bars=bars) as (engine, _):
        scan = await engine.submit(ScanRequest())
        await kept_rows(engine, scan.scan_id, 1)
        seen = await engine.snapshot(scan.scan_id)
        folder = killed()
    write_bars(bars, symbols, count=61)
    async with process(folder, bars=bars) as (engine, _):
        with contextlib.suppress(SlowConsumer):  # whoever comes before it is known is cut off, and comes back
            await read(engine, scan.scan_id, seen.seq)
        _, recovered = await read(engine, scan.scan_id, seen.seq)
        outcome = await engine.result(scan.scan_id)
    assert not recovered
    assert outcome.snapshot.status is Status.COMPLETED
    assert any("begun anew" in warning for warning in outcome.result.warnings)


async def test_a_drain_lets_scans_end_and_leaves_the_others_to_the_next_process(process):
    async with process(inline=only(0), symbols=70) as (engine, pool):
        quick = await engine.submit(ScanRequest())
        slow = await engine.submit(ScanRequest(lookback_bars=100))
        await until(lambda: [unit for unit in pool.running if isinstance(unit.unit, RateUnit)])
        draining = asyncio.ensure_future(engine.drain(5.0))
        await until(lambda: not engine.health()["ready"])
        while engine.health()["scans"]["alive"] == 2:
            for unit in [unit for unit in pool.running if unit.unit.lookback == 600]:
                unit.end(perform(unit.unit, lambda: False))
            await asyncio.sleep(0)
        draining.cancel()
        drained = await engine.drain(0.1)
        assert (drained.left, drained.stuck) == (1, 0)
        assert (await engine.snapshot(quick.scan_id)).status is Status.COMPLETED
        with pytest.raises(Stopping):
            await engine.submit(ScanRequest())
        with pytest.raises(Stopping) as told:
            await engine.wait(slow.scan_id)
        assert told.value.metadata == {"scan_id": slow.scan_id}
    async with process(symbols=70) as (engine, _):
        assert (await engine.wait(slow.scan_id)).status is Status.COMPLETED
        assert (await engine.snapshot(quick.scan_id)).status is Status.COMPLETED
