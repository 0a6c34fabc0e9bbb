"""The ordeal: scans with watchers on a real server, while workers and the server itself are killed.

What is done when follows from a seeded plan and from how far the scans have come, never from the clock. The
account of it (`fault_account`) says what was lost, doubled or told wrongly; a test asserts that nothing was,
the benchmark prints it.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal

import psutil
from aiohttp import ClientError, ClientSession

from tests.support.poisoned_market import Answer, answer_of, client_of
from tests.support.poisoned_server import PROGRAM
from tests.support.server import GUARD_SECONDS, ServerProcess
from tests.support.watchers import WAYS, Watch
from tests.support.watching import call, start

Fault = Literal["worker killed", "worker stopped", "server killed", "server and workers killed"]

STALL_SECONDS = 120
"""Bound of every wait for the scans to come further; a guard, none should come near it."""

_SERVER_KILLS: tuple[Fault, Fault] = ("server killed", "server and workers killed")
_EARLIEST, _LATEST = 0.02, 0.9


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """What is to happen, and when.

    Attributes:
        seed: Of all that is random.
        worker_kills: SIGKILLs of a worker.
        server_kills: SIGKILLs of the server; of every second one its workers get one at the same time.
        worker_stops: SIGSTOPs of a worker.
    """

    seed: int
    worker_kills: int = 50
    server_kills: int = 10
    worker_stops: int = 1

    def faults(self) -> list[tuple[float, Fault]]:
        """Each with the share of all symbols that shall have been scanned before it, ascending."""
        random = Random(self.seed)
        kinds: list[Fault] = ["worker killed"] * self.worker_kills + ["worker stopped"] * self.worker_stops
        kinds += [_SERVER_KILLS[number % 2] for number in range(self.server_kills)]
        random.shuffle(kinds)
        shares = sorted(random.uniform(_EARLIEST, _LATEST) for _ in kinds)
        return list(zip(shares, kinds, strict=True))


@dataclass(slots=True)
class Happened:
    """What was done to the server, and when (monotonic clock).

    Attributes:
        faults: How many of each kind.
        killed_at: The server was killed.
        greeted_at: It listened again.
        next_unit_seconds: From a worker's kill to the end of the next unit, where it was seen.
        workers: All workers that were there when the server was killed.
        said: What the servers said that they should not.
    """

    faults: dict[Fault, int] = field(default_factory=dict)
    killed_at: list[float] = field(default_factory=list)
    greeted_at: list[float] = field(default_factory=list)
    next_unit_seconds: list[float] = field(default_factory=list)
    workers: list[psutil.Process] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


class Ordeal:
    """A server that is killed and started again, always on its folder and its port.

    Args:
        folder: Its own.
        variables: More of its environment.
        settings: Of the server, as in `tests.support.server`.

    Attributes:
        server: The process of now.
        up: Set while it listens and nobody is about to kill it.
        happened: What was done to it.
        watches: All watchers so far.
    """

    def __init__(self, folder: Path, variables: Mapping[str, str], settings: Mapping[str, Any]) -> None:
        self._folder = folder
        self._options: dict[str, Any] = {"program": PROGRAM, "variables": variables, **settings}
        self.server = ServerProcess(folder, **self._options)
        self._options["port"] = self.server.port
        self.client = client_of(self.server.url)
        self.up = asyncio.Event()
        self.up.set()
        self.happened = Happened()
        self.watches: list[Watch] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._asides: list[asyncio.Task[None]] = []
        self._noticed = asyncio.Event()
        self._starting: asyncio.Future[ServerProcess] | None = None

    async def watched(self, asked: Mapping[str, Any], kinds: Sequence[str]) -> dict[str, Any]:
        """Start a scan and its watchers; the answer to its start."""
        scan = await start(self.client, **asked)
        for kind in kinds:
            watch = Watch(scan, kind, self._noticed.set)
            self.watches.append(watch)
            self._tasks.append(asyncio.create_task(WAYS[kind](self.client, watch, self.up)))
        return scan

    def watches_of(self, scan: Mapping[str, Any]) -> list[Watch]:
        """The watchers of a scan."""
        return [watch for watch in self.watches if watch.scan["scan_id"] == scan["scan_id"]]

    def scanned(self, scan: Mapping[str, Any]) -> int:
        """How many of its symbols a scan's watchers have seen ended."""
        return max(watch.scanned for watch in self.watches_of(scan))

    async def until(self, fact: Callable[[], object]) -> None:
        """Wait for something that the watchers will see; no longer than they watch."""
        async with asyncio.timeout(STALL_SECONDS):
            while not fact() and not all(task.done() for task in self._tasks):
                self._noticed.clear()
                await self._noticed.wait()

    async def ended(self) -> None:
        """Wait until every watcher has seen the end of its scan."""
        done, late = await asyncio.wait(self._tasks, timeout=STALL_SECONDS)
        assert not late, [str(watch) for watch in self.watches if watch.follows]
        for task in done:
            task.result()

    async def suffer(self, fault: Fault, random: Random) -> None:
        """Do this to the server."""
        self.happened.faults[fault] = self.happened.faults.get(fault, 0) + 1
        if fault == "worker killed":
            await self._hurt_worker(random, signal.SIGKILL)
        elif fault == "worker stopped":
            await self._hurt_worker(random, signal.SIGSTOP)
        else:
            await self.kill_server(workers_too=fault == "server and workers killed")
            await self.start_again()

    async def kill_server(self, *, workers_too: bool = False) -> None:
        """SIGKILL to its process group, at one moment with its workers or leaving them to see it."""
        self.up.clear()
        workers = self.server.workers()
        self.happened.workers += workers
        self.happened.killed_at.append(time.monotonic())
        if workers_too:
            for worker in workers:
                _send(worker, signal.SIGKILL)
        await asyncio.to_thread(self.server.kill_group)
        self._overhear()

    async def start_again(self) -> None:
        """Start it where it was; its watchers come back."""
        starting = asyncio.to_thread(ServerProcess, self._folder, **self._options)
        self._starting = asyncio.ensure_future(starting)
        self.server = await asyncio.shield(self._starting)
        self.happened.greeted_at.append(time.monotonic())
        self.up.set()

    async def stop(self) -> None:
        """SIGTERM; it must go cleanly, with all its workers."""
        self.up.clear()
        self.happened.workers += self.server.workers()
        code = await asyncio.to_thread(self.server.end)
        self._overhear()
        if code != 0:
            self.happened.said.append(f"it left with exit code {code}")

    def orphans(self) -> list[psutil.Process]:
        """Workers that outlive their server."""
        _, alive = psutil.wait_procs(self.happened.workers, timeout=GUARD_SECONDS)
        return alive

    async def close(self) -> None:
        """Leave nothing behind, whatever state this is in."""
        for task in self._tasks + self._asides:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._asides, return_exceptions=True)
        await self.client.close()
        if self._starting is not None:
            self.server = await self._starting
        self.server.kill()

    async def _hurt_worker(self, random: Random, signum: signal.Signals) -> None:
        units = await _units(self.client)
        _send(random.choice(await self._workers()), signum)
        if signum == signal.SIGKILL:
            self._asides.append(asyncio.create_task(self._time_next_unit(units)))

    async def _workers(self) -> list[psutil.Process]:
        """Those of the server: at least one, where it has just been started or has just lost its last."""
        found: list[psutil.Process] = []

        def seen() -> bool:
            found[:] = self.server.workers()  # asked once: a second answer may already be another
            return bool(found)

        await self.until(seen)
        assert found, "every watch ended while the server had no worker"
        return found

    async def _time_next_unit(self, units: int) -> None:
        """How long it takes until another unit ends; unseen where the server is killed before."""
        began = time.monotonic()
        while self.up.is_set():
            now = await _units(self.client)
            if now != units:
                if now > units:
                    self.happened.next_unit_seconds.append(time.monotonic() - began)
                return
            await asyncio.sleep(0.02)

    def _overhear(self) -> None:
        self.happened.said += [line for line in self.server.said if "Traceback" in line]


def _send(process: psutil.Process, signum: signal.Signals) -> None:
    """A signal to a process that may have ended by itself."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(signum)


async def _units(client: ClientSession) -> int:
    """How many units the server of now has ended; -1 where it does not answer."""
    try:
        _, health = await call(client, "GET", "/health")
    except (ClientError, ConnectionError):
        return -1
    return int(health["workers"]["units"])


async def endure(
    ordeal: Ordeal, plan: FaultPlan, asked: Sequence[Mapping[str, Any]], total: int
) -> list[tuple[dict[str, Any], Answer]]:
    """Run scans through all of a plan's faults; each with what it came to, in the order asked.

    Args:
        ordeal: The server.
        plan: What happens to it.
        asked: The scans; each is watched in two of the three ways.
        total: How many symbols they scan together.
    """
    random = Random(plan.seed + 1)
    ways = tuple(WAYS)
    scans = [
        await ordeal.watched(each, (ways[place % 3], ways[(place + 1 + place // 3 % 2) % 3]))
        for place, each in enumerate(asked)
    ]
    for share, fault in plan.faults():
        await ordeal.until(lambda share=share: sum(map(ordeal.scanned, scans)) >= share * total)
        await ordeal.suffer(fault, random)
    await ordeal.ended()
    return [(scan, await answer_of(ordeal.client, scan)) for scan in scans]
