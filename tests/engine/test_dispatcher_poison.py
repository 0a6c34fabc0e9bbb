"""Scans in real workers, in a market where one symbol ends every worker that touches it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from technic.engine.engine import Engine
from technic.engine.parts import Parts
from technic.engine.pool.processes import ProcessPool
from technic.engine.scan.events import Status
from technic.scanner.request import ScanRequest
from tests.engine.conftest import make_settings
from tests.support import poisoned_work
from tests.support.poisoned_work import Poison, begun
from tests.support.waiting import GUARD_SECONDS, until

ROOT = Path(__file__).parents[2]
VICTIM = "SIM0042"


@pytest.fixture
def poisoned(tmp_path, monkeypatch):
    """`async with poisoned(deed, at) as engine`: one whose workers meet the victim."""
    monkeypatch.syspath_prepend(str(ROOT))

    @asynccontextmanager
    async def opened(deed: str, at: str = "rating", journal: Path | None = None, **engine):
        told = poisoned_work.variables({VICTIM: Poison(deed, at)}, journal=journal)
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        settings = make_settings(tmp_path, symbols=130, engine={"retry_base_seconds": 0.001, **engine})
        pool = ProcessPool(poisoned_work.FUNCTION, settings=settings.engine)
        async with Engine(settings, Parts(pool=pool)) as open_engine:
            yield open_engine
        assert psutil.Process().children() == []

    return opened


async def ended(engine: Engine, request: ScanRequest):
    scan = await engine.submit(request)
    async with asyncio.timeout(GUARD_SECONDS):
        last = await engine.wait(scan.scan_id)
    return last, (await engine.result(scan.scan_id)).result


def deaths(engine: Engine) -> int:
    return engine.health()["workers"]["restarts"]


@pytest.mark.parametrize("at", ["fetching", "rating"])
async def test_the_symbol_fails_alone_and_soon_other_scans_lose_no_worker(poisoned, at):
    async with poisoned("segfault", at) as engine:
        last, result = await ended(engine, ScanRequest(fresh=True))
        assert (last.status, last.matches, result.total) == (Status.COMPLETED, 129, 129)
        (failure,) = result.failures
        assert (failure.code, failure.affected_symbols) == ("worker_died", (VICTIM,))
        died = [deaths(engine)]
        assert died[0] >= 3, "it was tried again by itself"
        for request in (ScanRequest(fresh=True), ScanRequest(min_tech_rating=0.0), ScanRequest(fresh=True)):
            last, result = await ended(engine, request)
            assert [failure.affected_symbols for failure in result.failures] == [(VICTIM,)]
            died.append(deaths(engine))
        assert max(died) <= died[0] + 2 * 3, "two scans more make sure of it by themselves"
        assert died[3] == died[2]


@pytest.mark.parametrize("stop", ["cancel", "deadline"])
async def test_a_scan_whose_unit_hangs_is_stopped_after_the_grace_and_its_worker_replaced(
    poisoned, stop, tmp_path
):
    journal = tmp_path / "journal"
    async with poisoned("hang", journal=journal, unit_symbols=64) as engine:
        scan = await engine.submit(ScanRequest(deadline_seconds=3600.0))

        async def others_rated() -> bool:
            return (await engine.snapshot(scan.scan_id)).matches == 66

        await until(others_rated)
        await until(lambda: any(VICTIM in symbols for _, symbols in begun(journal)))
        if stop == "cancel":
            await engine.cancel(scan.scan_id, reason="seen enough")
        else:
            actor = engine._supervisor._actors[scan.scan_id]
            actor._timers._fire("deadline", actor._deadline_passed)
        async with asyncio.timeout(GUARD_SECONDS):
            last = await engine.wait(scan.scan_id)
        assert last.status is (Status.CANCELLED if stop == "cancel" else Status.FAILED)
        assert last.error is None or last.error.error_type == "timeout_error"
        assert (await engine.result(scan.scan_id)).result.total == last.matches == 66
        assert deaths(engine) == 1
        assert engine.health()["units"]["scars"] == 0, "it may have been quick, had it been let"
        last, _ = await ended(engine, ScanRequest(symbols=("SIM0100",), fresh=True))
        assert last.status is Status.COMPLETED
