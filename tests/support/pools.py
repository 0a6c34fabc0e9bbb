"""Units of a pool as futures, and a way to know that a worker has begun."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from technic.config.settings import EngineSettings
from technic.engine.pool.base import Outcome, UnitHandle, WorkerPool
from technic.engine.pool.processes import ProcessPool
from tests.support import poison

GUARD_SECONDS = 20
"""Nothing here takes so long: it only keeps a broken test from hanging."""


@asynccontextmanager
async def process_pool(function: str = poison.FUNCTION, **settings: Any) -> AsyncIterator[ProcessPool]:
    """An open pool of two workers that run what tests hand in; closed at the end.

    The settings may lie outside of their bounds: a tiny bound of memory is soon reached.
    """
    chosen = EngineSettings().model_copy(update={"workers": 2, **settings})
    pool = ProcessPool(function, settings=chosen)
    await pool.open()
    try:
        yield pool
    finally:
        async with asyncio.timeout(GUARD_SECONDS):
            await pool.close()


def begin(
    pool: WorkerPool, *unit: Any, limit_seconds: float = 60.0
) -> tuple[UnitHandle, asyncio.Future[Outcome]]:
    """Start a unit; its handle and its outcome to come. A second outcome would raise InvalidStateError."""
    ended = asyncio.get_running_loop().create_future()
    return pool.start(unit, ended.set_result, limit_seconds=limit_seconds), ended


async def outcome(pool: WorkerPool, *unit: Any, limit_seconds: float = 60.0) -> Outcome:
    """Start a unit and wait for its end."""
    _, ended = begin(pool, *unit, limit_seconds=limit_seconds)
    return await settled(ended)


async def settled(ended: asyncio.Future[Outcome]) -> Outcome:
    """Wait for a unit's end."""
    async with asyncio.timeout(GUARD_SECONDS):
        return await ended


async def pids(pool: ProcessPool) -> set[int]:
    """The process ids of all workers, once slots and spare are ready."""
    await all_ready(pool)
    return {worker.pid for worker in pool._crew.workers}


async def all_ready(pool: ProcessPool) -> None:
    """Wait until every slot and the spare have a worker: the pool itself tells."""
    async with asyncio.timeout(GUARD_SECONDS):
        while pool.stats()["ready"] <= pool.slots:
            await next_worker(pool)


async def next_worker(pool: ProcessPool) -> None:
    """Wait until another worker gets ready."""
    told, tell = asyncio.Event(), pool.worker_available

    def told_too() -> None:
        told.set()
        tell()

    pool.worker_available = told_too
    try:
        await told.wait()
    finally:
        del pool.worker_available


def kill(pid: int) -> None:
    """Kill a worker and wait until it is dead, without reaping it: the loop has seen nothing of it yet."""
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def stop(pid: int) -> None:
    """Stop a worker and wait until it is."""
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)


class Doorbell:
    """A named pipe that a unit writes its process id to when it begins."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = str(path)
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    async def rung(self) -> int:
        """Wait until a unit has begun; the process id of its worker."""
        loop, told = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._descriptor, told.set)
        try:
            async with asyncio.timeout(GUARD_SECONDS):
                await told.wait()
        finally:
            loop.remove_reader(self._descriptor)
        return int(os.read(self._descriptor, 100))

    def close(self) -> None:
        os.close(self._descriptor)
