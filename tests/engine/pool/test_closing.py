"""Nothing is left: after a close, a loop closed under the pool, kill -9 of the engine."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import uvloop

from technic.config.settings import EngineSettings
from technic.engine.pool import exits
from technic.engine.pool.framing import encode
from technic.engine.pool.launch import launch
from technic.engine.pool.processes import ProcessPool
from technic.errors import Stopping
from tests.support import poison
from tests.support.pools import GUARD_SECONDS, begin, outcome, pids, process_pool, settled

ROOT = Path(__file__).parents[3]


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - to count


async def test_closing_ends_what_runs_and_tells_of_it(doorbell):
    async with process_pool() as pool:
        _, stubborn = begin(pool, "hang", doorbell.path)
        await doorbell.rung()
        _, obedient = begin(pool, "obey", doorbell.path)
        await doorbell.rung()
    assert stubborn.result().failure.code == "unit_cancelled"
    assert obedient.result().failure.code == "unit_cancelled"
    assert psutil.Process().children() == []


async def test_closing_twice_and_at_once_is_harmless():
    async with process_pool() as pool:
        await asyncio.gather(pool.close(), pool.close())
        await pool.close()
        with pytest.raises(Stopping):
            begin(pool, "echo", 1)


async def test_closing_a_pool_whose_workers_are_stopped_ends_them():
    async with process_pool() as pool:
        for pid in await pids(pool):
            os.kill(pid, signal.SIGSTOP)
    assert psutil.Process().children() == []


async def test_a_close_that_is_cancelled_can_be_finished(doorbell):
    async with process_pool() as pool:
        begin(pool, "hang", doorbell.path)
        await doorbell.rung()
        closing = asyncio.create_task(pool.close())
        await asyncio.sleep(0)  # one turn: it has begun
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
    assert psutil.Process().children() == []


async def test_opening_and_closing_over_and_over_leaks_nothing():
    async with process_pool(workers=1) as pool:
        await outcome(pool, "echo", 1)
    before = descriptors()
    for _ in range(20):
        async with process_pool(workers=1) as pool:
            await outcome(pool, "kill_self")
    assert descriptors() == before
    assert psutil.Process().children() == []


@pytest.mark.parametrize(
    "new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
@pytest.mark.parametrize("closed_elsewhere", [False, True], ids=["forgotten", "closed on another loop"])
def test_a_loop_that_is_closed_under_the_pool_leaves_nothing(new_loop, closed_elsewhere):
    gc.collect()
    before = descriptors()
    loop = new_loop()
    pool = ProcessPool(poison.FUNCTION, settings=EngineSettings(workers=2))
    loop.run_until_complete(pool.open())
    loop.close()
    assert psutil.Process().children()
    if closed_elsewhere:
        asyncio.run(pool.close())
    del pool, loop
    gc.collect()
    assert psutil.Process().children() == []
    assert descriptors() == before


PARENT = """
import asyncio, sys
from technic.config.settings import EngineSettings
from technic.engine.pool.processes import ProcessPool

async def main():
    pool = ProcessPool("tests.support.poison:perform", settings=EngineSettings(workers=2))
    await pool.open()
    for path in sys.argv[1:]:
        pool.start(("spin", path), print, limit_seconds=600)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def start_engine(*doorbells: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", PARENT, *doorbells], cwd=ROOT)


async def test_no_worker_outlives_an_engine_that_was_killed(doorbell):
    """Two are amid a unit that never looks up, one is idle."""
    engine = start_engine(doorbell.path, doorbell.path)
    workers: list[psutil.Process] = []
    try:
        await doorbell.rung()
        workers = psutil.Process(engine.pid).children()
        assert len(workers) >= 2
    finally:
        engine.kill()
        engine.wait()
    _, alive = await asyncio.to_thread(psutil.wait_procs, workers, GUARD_SECONDS)
    assert alive == []


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
async def test_a_worker_ends_when_the_engine_lets_go_of_the_socket(doorbell, busy):
    """The engine lives, so that it is not the kernel who ends the worker."""
    child = launch(poison.FUNCTION, nice=0, data_bytes=2**31)
    try:
        if busy:
            child.socket.send(encode(("hang", doorbell.path)))
            await doorbell.rung()
        child.socket.close()
        assert await asyncio.to_thread(psutil.Process(child.pid).wait, GUARD_SECONDS) is not None
    finally:
        child.dispose()


async def test_a_busy_worker_ends_when_the_engine_lets_go_of_the_socket(doorbell):
    async with process_pool(workers=1) as pool:
        _, ended = begin(pool, "hang", doorbell.path)
        await doorbell.rung()
        (worker,) = pool._running
        worker._child.socket.shutdown(socket.SHUT_RDWR)
        assert (await settled(ended)).failure.code == "worker_died"


async def test_without_process_descriptors_a_thread_watches(monkeypatch, doorbell):
    monkeypatch.delattr(exits.os, "pidfd_open")
    async with process_pool() as pool:
        assert "SIGSEGV" in (await outcome(pool, "segfault")).failure.detail
        handle, ended = begin(pool, "hang", doorbell.path)
        await doorbell.rung()
        handle.cancel(0.01)
        assert (await settled(ended)).failure.code == "unit_cancelled"
    assert psutil.Process().children() == []


def kill_and_reap(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


async def test_a_child_that_somebody_else_reaped_is_gone_all_the_same(doorbell):
    async with process_pool(workers=1) as pool:
        _, ended = begin(pool, "hang", doorbell.path)
        pid = await doorbell.rung()
        kill_and_reap(pid)
        assert (await settled(ended)).failure.code == "worker_died"
        assert (await outcome(pool, "echo", 1)).result == 1
