"""Keeps worker processes there: as many as there are slots and a warm spare, each replaced when it goes.

Knows nothing of units. A worker is started, waits in the crew, is taken for a unit and comes back; it is
retired between units when it has done its share or grown too large.
"""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass
from typing import Protocol

from technic.config.settings import EngineSettings
from technic.engine.pool.base import Outcome
from technic.engine.pool.breaker import FIRST_PAUSE_SECONDS, StartBreaker
from technic.engine.pool.launch import launch
from technic.engine.pool.protocol import Reply
from technic.engine.pool.stops import StopWatch, is_stopped
from technic.engine.pool.worker_process import WorkerProcess
from technic.errors import WorkerDied

LEAVE_SECONDS = 0.5
"""How long a worker without a unit may take to leave before it is killed."""

MEMORY_BOUND = 2
"""A worker that holds `worker_bytes` is replaced after its unit; none may ever hold so many times that."""

LEAST_MEMORY_BYTES = 512 * 1024 * 1024
"""A bound below this would keep a worker from loading what it needs."""

_log = logging.getLogger(__name__)


class Pool(Protocol):
    """Who uses the crew. Called on the loop, never inside a call of the crew's methods."""

    def worker_available(self) -> None:
        """A worker can be taken."""

    def no_worker_starts(self) -> None:
        """Workers end before they are ready, and none is left: what waits for one waits in vain."""

    def unit_finished(self, worker: WorkerProcess, reply: Reply) -> None:
        """A worker answered; it is back in the crew."""

    def unit_lost(self, worker: WorkerProcess, lost: Outcome) -> None:
        """A worker ended under its unit."""


@dataclass(slots=True)
class Turnover:
    """How many workers came and went.

    Attributes:
        started: Worker processes that were exec'd.
        died: Those that ended unasked, or were killed for their unit.
        recycled: Those that were retired between units.
    """

    started: int = 0
    died: int = 0
    recycled: int = 0


def memory_bound(worker_bytes: int) -> int:
    """Most private memory of a worker: never more than half the machine's, so that the engine keeps some."""
    machine_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(LEAST_MEMORY_BYTES, min(MEMORY_BOUND * worker_bytes, machine_bytes // 2))


class Crew:
    """The worker processes of a pool."""

    def __init__(self, function: str, settings: EngineSettings, pool: Pool) -> None:
        self.breaker = StartBreaker()
        self.turnover = Turnover()
        self._function = function
        self._settings = settings
        self._pool = pool
        self._loop = asyncio.get_running_loop()
        self._wanted = settings.workers
        self._present: set[WorkerProcess] = set()
        self._idle: list[WorkerProcess] = []
        self._leaving: set[WorkerProcess] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._stops = StopWatch(self._loop, lambda: self._present)
        self._closing = False
        self._empty = asyncio.Event()

    @property
    def workers(self) -> tuple[WorkerProcess, ...]:
        """Those that start, wait or run a unit."""
        return tuple(self._present)

    @property
    def is_broken(self) -> bool:
        """Whether there is no worker and none that starts gets ready."""
        return self.breaker.is_open and not any(worker.ready for worker in self._present)

    def belongs_to(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether this is the loop that the workers are watched on."""
        return loop is self._loop

    def fill(self) -> None:
        """Start what is missing; after a failed start one at a time, each after a longer pause."""
        if self._closing or self._pause is not None:
            return
        if self.breaker.failures:
            self._fill_after(self.breaker.pause_seconds)
        while not self.breaker.failures and len(self._present) < self._wanted:
            self._start()

    def take(self) -> WorkerProcess | None:
        """A worker that waits, the one that worked last first: its caches are warm. A stopped one goes."""
        while self._idle and not self._closing:
            worker = self._idle.pop()
            if not is_stopped(worker.pid):
                self._stops.begin()
                return worker
            worker.end_stopped()
        return None

    async def close(self) -> None:
        """Let all workers go, kill those that do not, and reap them. Idempotent.

        One that runs a unit may end it within the same time.
        """
        if not self._closing:
            self._closing = True
            self._stop_pausing()
            self._stops.end()
            for worker in self._present:
                worker.retire(LEAVE_SECONDS) if worker.ready else worker.kill()
        self._note_empty()
        await self._empty.wait()

    def abandon(self) -> None:
        """Kill and reap all where their loop is closed."""
        self._closing = True
        for worker in self._present | self._leaving:
            worker.abandon()
        self._present.clear()
        self._leaving.clear()
        self._idle.clear()

    def became_ready(self, worker: WorkerProcess) -> None:
        """A worker can be taken (told by the worker)."""
        if worker.ended or self._closing:
            return
        self.breaker.succeeded()
        self._stop_pausing()
        self._wanted = self._settings.workers + 1  # the spare waits until it takes nobody's start time
        self._idle.append(worker)
        self.fill()
        self._pool.worker_available()

    def finished(self, worker: WorkerProcess, reply: Reply) -> None:
        """A worker is back from its unit (told by the worker)."""
        if not self._closing and not worker.ended:
            if self._has_done_its_share(worker):
                self._recycle(worker)
            else:
                self._idle.append(worker)
        self._pool.unit_finished(worker, reply)

    def gone(self, worker: WorkerProcess, lost: Outcome | None) -> None:
        """A worker has ended (told by the worker)."""
        asked = worker in self._leaving or self._closing
        self._leaving.discard(worker)
        self._present.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if not asked:
            self._replace(worker, lost)
        self._note_empty()
        if lost is not None:
            self._pool.unit_lost(worker, lost)

    def _replace(self, worker: WorkerProcess, lost: Outcome | None) -> None:
        self.turnover.died += 1
        ours = lost is not None and lost.failure is not None and lost.failure.code != WorkerDied.code
        level = logging.INFO if ours else logging.WARNING
        _log.log(level, "worker %d ended %s", worker.pid, worker.ending, extra={"stderr": worker.last_words})
        if not worker.ready:
            self._start_failed(worker.ending)
        elif lost is None:  # nothing waits for it; and what kills idle workers may kill the next one too
            self._fill_after(FIRST_PAUSE_SECONDS)
        self.fill()

    def _has_done_its_share(self, worker: WorkerProcess) -> bool:
        """Too large, or worn and the spare is there to step in: workers that wear alike go one by one."""
        worn = worker.units >= self._settings.worker_units and bool(self._idle)
        return worn or worker.bytes >= self._settings.worker_bytes

    def _recycle(self, worker: WorkerProcess) -> None:
        self.turnover.recycled += 1
        self._present.discard(worker)
        self._leaving.add(worker)
        worker.retire(LEAVE_SECONDS)
        self.fill()

    def _start(self) -> None:
        bound = memory_bound(self._settings.worker_bytes)
        try:
            child = launch(self._function, nice=self._settings.worker_nice, data_bytes=bound)
        except OSError as error:
            _log.warning("a worker process cannot be started: %s", error)
            self._start_failed(f"it cannot be started: {error}")
            self._fill_after(self.breaker.pause_seconds)
            return
        self.turnover.started += 1
        self._present.add(WorkerProcess(self._loop, child, self))
        self._stops.begin()

    def _start_failed(self, last_words: str) -> None:
        self.breaker.failed(last_words)
        if self.is_broken:
            self._loop.call_soon(self._pool.no_worker_starts)

    def _fill_after(self, seconds: float) -> None:
        if self._pause is None and not self._closing:
            self._pause = self._loop.call_later(seconds, self._probe)

    def _probe(self) -> None:
        """The pause is over: try one worker, and all that are missing where no start has failed."""
        self._pause = None
        if self.breaker.failures and len(self._present) < self._wanted:
            self._start()
        elif not self.breaker.failures:
            self.fill()

    def _stop_pausing(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    def _note_empty(self) -> None:
        if self._closing and not self._present and not self._leaving:
            self._empty.set()
