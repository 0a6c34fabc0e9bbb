"""A WorkerPool without processes, whose units end when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from technic.engine.pool import endings
from technic.engine.pool.base import Outcome
from technic.errors import Failure, Stopping, SystemFault

HELD = object()
"""What an inline function returns for a unit that shall stay in flight until the test ends it."""


class ManualUnit:
    """A unit in flight, and the handle of it.

    Attributes:
        unit: What was handed to `start`.
        limit_seconds: How long it may run.
        cancelled: Whether `cancel` was called.
        grace_seconds: With what grace, at last.
        done: Whether it has ended.
    """

    def __init__(self, pool: ManualPool, unit: Any, ended: Callable[[Outcome], None], limit: float) -> None:
        self.unit = unit
        self.limit_seconds = limit
        self.cancelled = False
        self.grace_seconds: float | None = None
        self.done = False
        self._pool = pool
        self._ended = ended

    def end(self, result: Any = None, *, seconds: float = 0.1, cpu_seconds: float = 0.1) -> None:
        """It returns. `ended` is called at once. Ending it twice is ignored."""
        self._conclude(Outcome(result, None, seconds, cpu_seconds))

    def fail(self, failure: Failure, *, seconds: float = 0.1, cpu_seconds: float = 0.1) -> None:
        """It fails. `ended` is called at once."""
        self._conclude(Outcome(None, failure, seconds, cpu_seconds))

    def die(self) -> None:
        """Its worker dies."""
        self.fail(endings.died(0, "by signal SIGKILL"))

    def overrun(self) -> None:
        """It runs longer than it may."""
        self.fail(endings.overran(self.limit_seconds))

    def cancel(self, grace_seconds: float) -> None:
        """What the pool's user calls; the pool's `obeys` decides whether the unit ends of it."""
        self.cancelled = True
        self.grace_seconds = grace_seconds
        if self._pool.obeys:
            asyncio.get_running_loop().call_soon(self.fail, endings.cancelled())

    def _conclude(self, outcome: Outcome) -> None:
        if not self.done:
            self.done = True
            self._pool.units += 1
            self._pool.running.remove(self)
            self._ended(outcome)


class ManualPool:
    """A pool whose units the test ends.

    Args:
        slots: How many units may be in flight.
        inline: Called as a worker would call it, on the next turn of the loop; what it returns or raises is
            the unit's end, unless it returns HELD. None: every unit is held.
        obeys: Whether a held unit that is cancelled ends by itself (on the next turn, `unit_cancelled`).

    Attributes:
        started: Every unit that was ever started, in order.
        running: Those in flight, in order.
        units: How many have ended.
    """

    def __init__(
        self,
        slots: int = 2,
        *,
        inline: Callable[[Any, Callable[[], bool]], Any] | None = None,
        obeys: bool = True,
    ) -> None:
        self.slots = slots
        self.obeys = obeys
        self.started: list[ManualUnit] = []
        self.running: list[ManualUnit] = []
        self.units = 0
        self._inline = inline
        self._opened = False
        self._closed = False
        self._news = asyncio.Event()

    async def open(self) -> None:
        """Ready at once."""
        if self._opened or self._closed:
            raise SystemFault("a pool is opened once")
        self._opened = True

    async def close(self) -> None:
        """End what runs as cancelled; idempotent."""
        self._closed = True
        for running in tuple(self.running):
            running.cancel(0.0)
            running.fail(endings.cancelled())

    def start(self, unit: Any, ended: Callable[[Outcome], None], *, limit_seconds: float) -> ManualUnit:
        """Hold a unit, or run it on the next turn of the loop. Raises as the real pool does."""
        if self._closed:
            raise Stopping("the pool is closed")
        if not self._opened:
            raise SystemFault("the pool has not been opened")
        if len(self.running) >= self.slots:
            raise SystemFault(f"all {self.slots} slots of the pool are taken")
        started = ManualUnit(self, unit, ended, limit_seconds)
        self.started.append(started)
        self.running.append(started)
        self._news.set()
        if self._inline is not None:
            asyncio.get_running_loop().call_soon(self._perform, started)
        return started

    def stats(self) -> dict[str, Any]:
        """Counts, as the real pool gives them."""
        return {
            "slots": self.slots,
            "workers": self.slots,
            "ready": self.slots,
            "busy": len(self.running),
            "waiting": 0,
            "units": self.units,
            "restarts": 0,
            "recycled": 0,
            "broken": False,
            "bytes": 0,
        }

    async def has_started(self, count: int) -> list[ManualUnit]:
        """Wait until so many units have been started in all; they."""
        while len(self.started) < count:
            self._news.clear()
            await self._news.wait()
        return self.started[:count]

    def _perform(self, running: ManualUnit) -> None:
        if running.done:
            return
        assert self._inline is not None
        try:
            result = self._inline(running.unit, lambda: running.cancelled)
        except Exception as error:  # noqa: BLE001 - as a worker does
            running.fail(endings.cancelled() if running.cancelled else endings.raised(error))
        else:
            if result is not HELD:
                running.end(result)
