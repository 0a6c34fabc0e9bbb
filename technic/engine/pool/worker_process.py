"""One worker as the event loop sees it: it starts, is ready, runs one unit after the other, and is gone.

Decides nothing about the pool: it tells its `Owner` what happened.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from technic.engine.pool import endings
from technic.engine.pool.base import Outcome
from technic.engine.pool.channel import Channel
from technic.engine.pool.exits import watch_exit
from technic.engine.pool.framing import FrameError, decode
from technic.engine.pool.last_words import LastWords
from technic.engine.pool.launch import Child
from technic.engine.pool.protocol import Ready, Reply
from technic.errors import Failure

START_SECONDS = 60.0
"""Longest time from exec to ready; imports on a busy machine can take seconds."""


class Owner(Protocol):
    """Who is told of a worker's life. Called on the loop, never inside a call of the worker's methods."""

    def became_ready(self, worker: WorkerProcess) -> None:
        """It has loaded its function."""

    def finished(self, worker: WorkerProcess, reply: Reply) -> None:
        """It has answered its unit, and can take another."""

    def gone(self, worker: WorkerProcess, lost: Outcome | None) -> None:
        """It has ended and was reaped; `lost` is how the unit ended that it ran, where it ran one."""


@dataclass(slots=True)
class _Run:
    """The unit in flight: since when, until when, and what to say if the worker ends under it."""

    began_at: float
    timer: asyncio.TimerHandle
    verdict: Failure | None = None


class WorkerProcess:
    """A worker process.

    Attributes:
        pid: Its process id.
        ready: Whether it has loaded its function.
        ended: Whether its process has ended.
        units: How many units it has ended.
        bytes: Its resident memory when it last told.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, child: Child, owner: Owner) -> None:
        self.pid = child.pid
        self.ready = False
        self.ended = False
        self.units = 0
        self.bytes = 0
        self._loop = loop
        self._child = child
        self._owner = owner
        self._run: _Run | None = None
        self._cpu_seconds = 0.0
        self._channel = Channel(loop, child.socket, self._received, self.kill)
        self._words = LastWords(loop, child.stderr, child.pid)
        self._unwatch = watch_exit(loop, child.pid, self._exited)
        self._deadline: asyncio.TimerHandle = loop.call_later(START_SECONDS, self.kill)

    @property
    def busy(self) -> bool:
        """Whether a unit is in flight."""
        return self._run is not None

    @property
    def ending(self) -> str:
        """How it ended and its last line, for a person."""
        line = self._words.text.rpartition("\n")[2]
        return _exit_text(self._child.exit_code) + (f": {line}" if line else "")

    @property
    def last_words(self) -> str:
        """The last that it wrote, for a log."""
        return self._words.text

    def run(self, frame: bytes, limit_seconds: float) -> bool:
        """Run a unit, for so long at most. False where the worker has ended, so that it cannot have begun."""
        self._child.flag[0] = 0
        if not self._channel.send(frame):
            return False
        timer = self._loop.call_later(limit_seconds, self._end_run, lambda: endings.overran(limit_seconds))
        self._run = _Run(self._loop.time(), timer)
        return True

    def cancel(self, grace_seconds: float) -> None:
        """Ask the unit to stop; end the worker if it has not by then. The sooner of two calls holds."""
        run = self._run
        if run is None:
            return
        self._child.flag[0] = 1
        if run.verdict is None:
            run.verdict = endings.cancelled()  # whatever ends the worker now, this was asked for
        if self._loop.time() + grace_seconds < run.timer.when():
            run.timer.cancel()
            run.timer = self._loop.call_later(grace_seconds, self._end_run, endings.cancelled)

    def retire(self, grace_seconds: float) -> None:
        """Let it go when it has ended its unit; end it if it has not gone by then."""
        self._deadline.cancel()
        self._channel.end()
        self._deadline = self._loop.call_later(grace_seconds, self.kill)

    def kill(self) -> None:
        """End it now. `gone` follows."""
        self._child.kill()

    def end_stopped(self) -> None:
        """End it because it was stopped and answers nothing; its unit is lost as to any other death."""
        self._end_run(lambda: endings.died(self.pid, "it had been stopped, and was ended for it"))
        self.kill()

    def abandon(self) -> None:
        """Kill and reap it where the loop runs no more; tells nobody."""
        if not self._loop.is_closed():
            self._deadline.cancel()
            self._channel.close()
            self._words.close()
        self._unwatch()
        self._child.dispose()

    def _end_run(self, verdict: Callable[[], Failure]) -> None:
        if self._run is not None:
            self._run.verdict = self._run.verdict or verdict()
            self.kill()

    def _received(self, body: bytearray) -> None:
        try:
            message = decode(body)
        except FrameError as error:
            self._unreadable(str(error))
        else:
            self._take(message)

    def _take(self, message: object) -> None:
        if isinstance(message, Ready):
            self.ready = True
            self.bytes = message.worker_bytes
            self._deadline.cancel()
            self._owner.became_ready(self)
        elif isinstance(message, Reply) and self._run is not None:
            self._run.timer.cancel()
            self._run = None
            self.units += 1
            self.bytes = message.worker_bytes
            self._cpu_seconds = message.worker_cpu_seconds
            self._owner.finished(self, message)

    def _unreadable(self, why: str) -> None:
        """What came is whole but cannot be unpickled here: the unit fails for that, and the worker goes."""
        if self._run is not None:
            self._run.verdict = endings.unreturned(why)
        self.kill()

    def _exited(self, exit_code: int, cpu_seconds: float) -> None:
        self.ended = True
        self._child.reaped(exit_code)
        self._channel.drain()  # a result that was sent whole before the end counts
        self._channel.close()
        self._words.close()
        self._deadline.cancel()
        self._child.dispose()
        self._owner.gone(self, self._lost(cpu_seconds))

    def _lost(self, cpu_seconds: float) -> Outcome | None:
        run, self._run = self._run, None
        if run is None:
            return None
        run.timer.cancel()
        failure = run.verdict or endings.died(self.pid, _exit_text(self._child.exit_code))
        seconds = self._loop.time() - run.began_at
        return Outcome(None, failure, seconds, max(0.0, cpu_seconds - self._cpu_seconds), self.pid)


def _exit_text(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        try:
            return f"by signal {signal.Signals(-exit_code).name}"
        except ValueError:
            return f"by signal {-exit_code}"
    return f"with exit code {exit_code}"
