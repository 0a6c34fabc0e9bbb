"""Workers that do not get ready."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import psutil
import pytest

from technic.config.settings import EngineSettings
from technic.engine.pool import breaker, crew, worker_process
from technic.engine.pool.processes import ProcessPool
from technic.engine.pool.protocol import Orders
from technic.errors import Stopping, SystemFault
from tests.support.pools import GUARD_SECONDS, begin, outcome, pids, process_pool, settled


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(breaker, "FIRST_PAUSE_SECONDS", 0.001)


async def open_and_fail(function: str) -> SystemFault:
    pool = ProcessPool(function, settings=EngineSettings(workers=1))
    with pytest.raises(SystemFault) as raised:
        async with asyncio.timeout(GUARD_SECONDS):
            await pool.open()
    assert psutil.Process().children() == []
    return raised.value


@pytest.mark.parametrize(
    ("function", "says"),
    [
        ("tests.no_such_module:perform", "ModuleNotFoundError: No module named 'tests.no_such_module'"),
        ("tests.support.poison:no_such_name", "no attribute 'no_such_name'"),
        ("tests.support.poison", "no attribute"),
    ],
)
async def test_a_function_that_cannot_be_loaded_is_an_error_that_says_why(function, says):
    error = await open_and_fail(function)
    assert says in error.detail
    assert "Traceback" not in error.detail
    assert error.failure().suggestion


async def test_an_interpreter_that_is_not_there_is_an_error_that_says_so(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert "/no/such/python" in (await open_and_fail("tests.support.poison:perform")).detail


async def test_no_interpreter_at_all_is_an_error_too(monkeypatch):
    monkeypatch.setattr(sys, "executable", None)
    assert "sys.executable" in (await open_and_fail("tests.support.poison:perform")).detail


async def test_a_worker_that_never_gets_ready_is_killed(monkeypatch, tmp_path):
    monkeypatch.setattr(worker_process, "START_SECONDS", 0.3)
    (tmp_path / "sleepy_import.py").write_text("import time\ntime.sleep(600)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "SIGKILL" in (await open_and_fail("sleepy_import:perform")).detail


SOUND = """
import os

def perform(unit, cancelled):
    os._exit(1) if unit == ("exit",) else None
    return unit
"""


def install(module: Path, source: str) -> None:
    module.write_text(source)


async def test_units_fail_at_once_while_no_worker_starts_and_run_again_when_one_does(monkeypatch, tmp_path):
    module = tmp_path / "fickle_function.py"
    install(module, SOUND)
    monkeypatch.syspath_prepend(str(tmp_path))
    async with process_pool("fickle_function:perform", workers=1) as pool:
        await pids(pool)
        await break_all_workers(pool, module)
        _, ended = begin(pool, "echo")
        assert pool.stats()["waiting"] == 0
        done = await settled(ended)
        assert done.failure.code == "workers_unavailable"
        assert done.failure.recoverable
        assert "a broken installation" in done.failure.detail
        assert pool.stats()["broken"]
        install(module, SOUND)
        await pids(pool)
        assert (await outcome(pool, "echo")).result == ("echo",)
        assert not pool.stats()["broken"]


async def break_all_workers(pool: ProcessPool, module: Path) -> None:
    """No new worker starts from here on; those that are there die, and the last unit waits in vain."""
    install(module, "raise ImportError('a broken installation')")
    codes = []
    while "workers_unavailable" not in codes:
        codes.append((await outcome(pool, "exit")).failure.code)
    assert set(codes) <= {"worker_died", "workers_unavailable"}


async def test_a_fork_that_fails_is_tried_again(monkeypatch):
    launch, calls = crew.launch, []

    def sometimes(*args, **kwargs):
        calls.append(args)
        if len(calls) in {1, 2}:
            raise OSError(11, "Resource temporarily unavailable")
        return launch(*args, **kwargs)

    monkeypatch.setattr(crew, "launch", sometimes)
    async with process_pool() as pool:
        assert (await outcome(pool, "echo", 1)).result == 1
        await pids(pool)


async def test_a_pool_is_opened_once_and_used_between(pool):
    with pytest.raises(SystemFault, match="opened once"):
        await pool.open()
    closed = ProcessPool(settings=EngineSettings(workers=1))
    with pytest.raises(SystemFault, match="not been opened"):
        begin(closed, "echo", 1)
    await closed.close()
    with pytest.raises(SystemFault, match="opened once"):
        await closed.open()
    with pytest.raises(Stopping):
        begin(closed, "echo", 1)


async def test_an_open_that_is_cancelled_leaves_nothing():
    pool = ProcessPool("tests.support.poison:perform", settings=EngineSettings(workers=1))
    opening = asyncio.create_task(pool.open())
    await asyncio.sleep(0)  # one turn: it has started its workers
    assert psutil.Process().children()
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert psutil.Process().children() == []


async def test_units_started_before_all_workers_are_ready_are_all_done():
    async with process_pool(workers=3) as pool:
        ended = [begin(pool, "echo", n)[1] for n in range(3)]
        assert [(await settled(one)).result for one in ended] == [0, 1, 2]


def test_a_worker_started_by_hand_says_who_starts_it():
    with pytest.raises(ValueError, match="not by hand"):
        Orders.read([])
    orders = Orders("a:b", 3, 4, 5, 6, 7)
    assert Orders.read(orders.words()) == orders
