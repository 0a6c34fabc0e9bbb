"""What an engine says that it has done, and that no scan is without an owner."""

from __future__ import annotations

import pytest

from technic.engine.scan.events import Status
from technic.engine.supervisor import Supervisor
from technic.scanner.request import ScanRequest
from tests.support.manual_pool import HELD
from tests.support.waiting import until


async def test_it_counts_the_scans_that_ended_with_their_symbols_and_where_their_blocks_came_from(start):
    async with start() as (engine, _):
        for _ in range(2):
            scan = await engine.submit(ScanRequest())
            assert (await engine.wait(scan.scan_id)).status is Status.COMPLETED
        failing = await engine.submit(ScanRequest(symbols=("NOWHERE",)))
        assert (await engine.wait(failing.scan_id)).status is Status.FAILED
        done = engine.health()["done"]
        figures = (await engine.result(scan.scan_id)).result.performance_metrics
    assert done["scans"] == {"completed": 2, "failed": 1, "cancelled": 0}
    assert done["symbols"]["rated"] == done["symbols"]["returned"] == 140
    assert figures["cache"]["hits"] > 0
    assert done["units"]["cached"] == figures["cache"]["hits"]
    assert done["units"]["computed"] == 3
    assert done["seconds"] > 0


@pytest.mark.parametrize("limit", [1, 5])
async def test_every_scan_that_has_not_ended_has_an_owner(start, limit):
    async with start(inline=lambda *_: HELD, engine={"max_running_scans": limit}) as (engine, pool):
        scans = [await engine.submit(ScanRequest()) for _ in range(3)]
        await until(lambda: pool.running)
        assert await engine.without_owner() == 0
        for scan in scans:
            await engine.cancel(scan.scan_id, reason="seen enough")
        assert await engine.without_owner() == 0


async def test_a_scan_that_nobody_owns_is_counted(start):
    async with start() as (engine, _):
        scan = await engine.submit(ScanRequest())
        last = await engine.wait(scan.scan_id)
        lost = Supervisor(max_running=1, max_queued=1, ended=lambda _: None)
        assert lost.without_owner([last.scan_id, "another"]) == 2
        lost.stop_admitting()
        assert lost.without_owner([last.scan_id]) == 0, "it is parked"
