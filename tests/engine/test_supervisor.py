"""Admission under pressure: many at once, at the edge of what may wait, and while the engine closes."""

import asyncio

import pytest

from technic.engine.scan.events import Snapshot, Status
from technic.engine.stores.memory import MemoryStore
from technic.errors import QueueFull, Stopping, UnknownScan
from technic.scanner.request import ScanRequest
from technic.scanner.units import RateUnit
from technic.scanner.work import perform
from tests.engine.conftest import make_settings
from tests.support.manual_pool import HELD
from tests.support.waiting import until


def held_rating(unit, cancelled):
    """Bars come, ratings wait for the test."""
    return HELD if isinstance(unit, RateUnit) else perform(unit, cancelled)


class SlowStore(MemoryStore):
    """A store that takes its time to write a new scan down, as one on a disk does."""

    def __init__(self, settings):
        super().__init__(settings)
        self.go_on = asyncio.Event()
        self.asked = 0

    async def create(self, request, snapshot, reserved, claim=None):
        self.asked += 1
        await self.go_on.wait()
        await super().create(request, snapshot, reserved, claim)


@pytest.fixture
def store(tmp_path):
    return SlowStore(make_settings(tmp_path).store)


@pytest.mark.parametrize("fields", [{}, {"sectors": ("Energy", "Utilities", "Financials")}])
async def test_of_many_that_come_at_once_no_more_are_let_in_than_may_run_and_wait(start, fields):
    limits = {"max_running_scans": 2, "max_queued_scans": 3}
    async with start(inline=held_rating, engine=limits) as (engine, _):
        answers = await asyncio.gather(
            *(engine.submit(ScanRequest(**fields)) for _ in range(20)), return_exceptions=True
        )
        assert sum(isinstance(answer, Snapshot) for answer in answers) == 5
        assert sum(isinstance(answer, QueueFull) for answer in answers) == 15
        assert engine.health()["scans"] == {"running": 2, "queued": 3, "alive": 5, "late_messages": 0}


async def test_a_place_is_held_while_a_scan_is_written_down(start, store):
    limits = {"max_running_scans": 1, "max_queued_scans": 1}
    async with start(inline=held_rating, engine=limits, parts={"store": store}) as (engine, _):
        coming = [asyncio.ensure_future(engine.submit(ScanRequest())) for _ in range(2)]
        await until(lambda: store.asked == 2)
        with pytest.raises(QueueFull):
            await engine.submit(ScanRequest())
        store.go_on.set()
        assert {(await scan).status for scan in coming} == {Status.PENDING}


async def test_an_arrival_that_fails_gives_its_place_back(start, store, monkeypatch):
    limits = {"max_running_scans": 1, "max_queued_scans": 0}
    async with start(engine=limits, parts={"store": store}) as (engine, _):
        store.go_on.set()
        with monkeypatch.context() as patch:
            patch.setattr(store, "create", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                await engine.submit(ScanRequest())
        scan = await engine.submit(ScanRequest())
        assert (await engine.wait(scan.scan_id)).status is Status.COMPLETED


async def test_a_scan_that_is_on_its_way_in_while_the_engine_closes_ends_with_it(start, store):
    async with start(inline=held_rating, parts={"store": store}) as (engine, _):
        coming = asyncio.ensure_future(engine.submit(ScanRequest()))
        await until(lambda: store.asked)
        closing = asyncio.ensure_future(engine.close())
        await until(lambda: engine._supervisor.stopping)
        with pytest.raises(Stopping):
            await engine.submit(ScanRequest())
        store.go_on.set()
        scan = await coming
        await closing
        assert (await engine.snapshot(scan.scan_id)).status is Status.CANCELLED
        assert await engine.active() == []
        assert engine.health()["scans"]["alive"] == 0


async def test_one_whose_submitter_left_on_the_way_in_runs_all_the_same(start, store):
    async with start(parts={"store": store}) as (engine, _):
        coming = asyncio.ensure_future(engine.submit(ScanRequest()))
        await until(lambda: store.asked)
        coming.cancel()
        with pytest.raises(asyncio.CancelledError):
            await coming
        store.go_on.set()
        (scan,) = await until(engine.active)
        assert (await engine.wait(scan.scan_id)).status is Status.COMPLETED


async def test_a_scan_cancelled_in_the_queue_leaves_its_place_to_another(start):
    limits = {"max_running_scans": 1, "max_queued_scans": 1}
    async with start(inline=held_rating, engine=limits) as (engine, _):
        await engine.submit(ScanRequest())
        waits = await engine.submit(ScanRequest())
        with pytest.raises(QueueFull):
            await engine.submit(ScanRequest())
        await engine.cancel(waits.scan_id, reason="another one is more urgent")
        assert (await engine.submit(ScanRequest())).status is Status.PENDING


async def test_the_end_of_a_scan_that_nobody_knows_is_not_waited_for(start):
    async with start() as (engine, _):
        with pytest.raises(UnknownScan):
            await engine.wait("nobody")
