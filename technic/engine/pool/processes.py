"""Units in worker processes of our own: the pool that the engine runs on.

One process and one socket a worker, one unit in flight; no lock, no queue and no thread is shared, so that
a worker's death can hurt nobody else. `docs/adr/0002-an-own-worker-pool.md` says why none of the pools that
exist would do.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from technic.config.settings import EngineSettings
from technic.engine.pool import endings
from technic.engine.pool.base import Outcome
from technic.engine.pool.crew import Crew
from technic.engine.pool.framing import FrameError, encode
from technic.engine.pool.protocol import Reply
from technic.engine.pool.worker_process import WorkerProcess
from technic.errors import Failure, Stopping, SystemFault

CLOSE_GRACE_SECONDS = 0.5
"""How long running units may go on when the pool is closed."""


class RunningUnit:
    """A unit that the pool has accepted: it waits for a worker to get ready, or runs in one."""

    __slots__ = ("_pool", "ended", "frame", "limit_seconds", "worker")

    def __init__(self, pool: ProcessPool, ended: Callable[[Outcome], None], limit_seconds: float) -> None:
        self._pool = pool
        self.ended = ended
        self.limit_seconds = limit_seconds
        self.frame = b""
        self.worker: WorkerProcess | None = None

    def cancel(self, grace_seconds: float) -> None:
        """Ask it to stop; kill its worker if it has not by then. Idempotent; its outcome still comes."""
        self._pool.cancel(self, grace_seconds)


class ProcessPool:
    """A WorkerPool of supervised worker processes.

    Args:
        function: Dotted name of what the workers run, `module:name`; called with a unit and `cancelled`.
        settings: How many workers, and when one is replaced.
    """

    def __init__(self, function: str = "technic.scanner.work:perform", *, settings: EngineSettings) -> None:
        self._function = function
        self._settings = settings
        self._crew: Crew | None = None
        self._opened: asyncio.Future[None] | None = None
        self._closed = False
        self._in_flight: set[RunningUnit] = set()
        self._waiting: deque[RunningUnit] = deque()
        self._running: dict[WorkerProcess, RunningUnit] = {}
        self._units = 0

    @property
    def slots(self) -> int:
        """How many units may be in flight."""
        return self._settings.workers

    async def open(self) -> None:
        """Start the workers; the first is ready on return. Raises SystemFault where none can be started."""
        if self._crew is not None or self._closed:
            raise SystemFault("a pool is opened once")
        self._opened = asyncio.get_running_loop().create_future()
        self._crew = Crew(self._function, self._settings, self)
        self._crew.fill()
        try:
            await self._opened
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End the workers and whatever they run; idempotent. Outcomes of running units still come."""
        self._closed = True
        if self._crew is None:
            return
        if self._crew.belongs_to(asyncio.get_running_loop()):
            for unit in tuple(self._in_flight):
                unit.cancel(CLOSE_GRACE_SECONDS)
            await self._crew.close()
        else:
            self._crew.abandon()

    def start(self, unit: Any, ended: Callable[[Outcome], None], *, limit_seconds: float) -> RunningUnit:
        """Run a unit; at most `slots` at once, the caller counts.

        Where no worker is ready (one was just lost) the unit waits for the next, and its limit with it.

        Args:
            unit: What the workers' function is called with; picklable.
            ended: Called once, on the event loop, with how it ended. Never called inside `start`.
            limit_seconds: A unit that overruns this is killed and fails with `unit_overran` (timeout_error).

        Raises:
            Stopping: The pool is closed.
            SystemFault: It is not open, or all slots are taken.
        """
        crew = self._crew_in_service()
        running = RunningUnit(self, ended, limit_seconds)
        self._in_flight.add(running)
        try:
            running.frame = encode(unit)
        except FrameError as error:
            self._fail_soon(running, endings.unsent(str(error)))
            return running
        if crew.is_broken:
            self._fail_soon(running, endings.unavailable(crew.breaker.last_words))
        else:
            self._waiting.append(running)
            self._hand_out(crew)
        return running

    def cancel(self, unit: RunningUnit, grace_seconds: float) -> None:
        """What a handle's `cancel` does."""
        if unit.worker is not None:
            unit.worker.cancel(grace_seconds)
        elif unit in self._waiting:
            self._waiting.remove(unit)
            self._fail_soon(unit, endings.cancelled())

    def stats(self) -> dict[str, Any]:
        """Counts for /health: workers, busy, restarts, units."""
        crew = self._crew
        workers = crew.workers if crew else ()
        return {
            "slots": self.slots,
            "workers": len(workers),
            "ready": sum(worker.ready for worker in workers),
            "busy": len(self._running),
            "waiting": len(self._waiting),
            "units": self._units,
            "restarts": crew.turnover.died if crew else 0,
            "recycled": crew.turnover.recycled if crew else 0,
            "broken": crew.is_broken if crew else False,
            "bytes": sum(worker.bytes for worker in workers),
        }

    def worker_available(self) -> None:
        """A worker can be taken (told by the crew)."""
        if self._opened is not None and not self._opened.done():
            self._opened.set_result(None)
        if self._crew is not None:
            self._hand_out(self._crew)

    def no_worker_starts(self) -> None:
        """What waits for a worker waits in vain (told by the crew)."""
        last_words = self._crew.breaker.last_words if self._crew else ""
        if self._opened is not None and not self._opened.done():
            self._opened.set_exception(endings.no_worker(last_words))
        while self._waiting:
            self._fail_soon(self._waiting.popleft(), endings.unavailable(last_words))

    def unit_finished(self, worker: WorkerProcess, reply: Reply) -> None:
        """A worker answered (told by the crew)."""
        unit = self._running.pop(worker)
        self.worker_available()
        outcome = Outcome(reply.result, reply.failure, reply.seconds, reply.cpu_seconds, worker.pid)
        self._end(unit, outcome)

    def unit_lost(self, worker: WorkerProcess, lost: Outcome) -> None:
        """A worker ended under its unit (told by the crew)."""
        self._end(self._running.pop(worker), lost)

    def _crew_in_service(self) -> Crew:
        if self._closed:
            raise Stopping("the worker pool is closed")
        if self._crew is None:
            raise SystemFault("the worker pool has not been opened")
        if len(self._in_flight) >= self.slots:
            raise SystemFault(f"all {self.slots} slots of the worker pool are taken")
        return self._crew

    def _hand_out(self, crew: Crew) -> None:
        """Give waiting units to waiting workers; one that turns out dead is passed over."""
        while self._waiting and (worker := crew.take()) is not None:
            unit = self._waiting[0]
            if worker.run(unit.frame, unit.limit_seconds):
                self._waiting.popleft()
                unit.worker, unit.frame = worker, b""
                self._running[worker] = unit

    def _fail_soon(self, unit: RunningUnit, failure: Failure) -> None:
        asyncio.get_running_loop().call_soon(self._end, unit, Outcome(None, failure, 0.0, 0.0))

    def _end(self, unit: RunningUnit, outcome: Outcome) -> None:
        """Tell whoever started it. An error of theirs is theirs: it may not stop the pool."""
        self._in_flight.discard(unit)
        unit.worker = None
        self._units += 1
        try:
            unit.ended(outcome)
        except Exception as error:  # noqa: BLE001 - foreign code; the loop's handler is told
            loop = asyncio.get_running_loop()
            loop.call_exception_handler({"message": "a unit's `ended` raised", "exception": error})
