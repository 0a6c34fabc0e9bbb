"""Workers that were stopped (SIGSTOP): alive, they answer nothing, and nobody may ever let them go on."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterable

from technic.engine.pool.worker_process import WorkerProcess

LOOK_SECONDS = 1.0
"""Time between two looks; a worker that two in a row find stopped is given up."""


def is_stopped(pid: int) -> bool:
    """Whether a child of ours is stopped; takes half a microsecond. False where the system cannot tell."""
    if not hasattr(os, "waitid"):
        return False
    with contextlib.suppress(ChildProcessError):  # it has ended
        return os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None
    return False


class StopWatch:
    """Ends workers that stay stopped, instead of waiting until their unit has had its whole time.

    Args:
        loop: The running event loop.
        workers: Gives those that there are.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, workers: Callable[[], Iterable[WorkerProcess]]
    ) -> None:
        self._loop = loop
        self._workers = workers
        self._found: frozenset[WorkerProcess] = frozenset()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Look from now on, for as long as a worker starts or is busy. Idempotent."""
        if self._timer is None:
            self._timer = self._loop.call_later(LOOK_SECONDS, self._look)

    def end(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        workers = tuple(self._workers())
        found = frozenset(worker for worker in workers if is_stopped(worker.pid))
        for worker in found & self._found:
            worker.end_stopped()
        self._found = found
        self._timer = None
        if any(worker.busy or not worker.ready for worker in workers):
            self.begin()
