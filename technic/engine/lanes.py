"""A lane: a bounded number of slots, and a fair queue of jobs before them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from technic.engine.fair_queue import FairQueue

Job = TypeVar("Job")


class Lane(Generic[Job]):
    """Jobs of many flows share a few slots fairly.

    Args:
        slots: How many jobs may be under way.
        ready: Whether a job still waits for a slot of this lane; one that does not is passed over.
        start: Begins a job, given the flow that pays for it; its end is told by `release`.
    """

    def __init__(
        self, slots: int, ready: Callable[[Job], bool], start: Callable[[Job, Hashable], None]
    ) -> None:
        self._slots = slots
        self._ready = ready
        self._start = start
        self._queue: FairQueue[tuple[Job, float]] = FairQueue()
        self._under_way = 0

    def push(self, flow: Hashable, job: Job, *, weight: float, cost: float) -> None:
        """A job waits in a flow; a job may wait in several and is started once."""
        self._queue.push(flow, (job, cost), weight=weight, cost=cost)

    def pump(self) -> None:
        """Fill the free slots."""
        while self._under_way < self._slots:
            following = self._queue.pop()
            if following is None:
                return
            flow, (job, cost) = following
            if self._ready(job):
                self._under_way += 1
                self._start(job, flow)
            else:
                self._queue.correct(flow, excess=-cost)

    def release(self, flow: Hashable, *, excess: float) -> None:
        """A job that this flow paid for has ended, at so much more than its estimate; the next may start."""
        self._under_way -= 1
        self._queue.correct(flow, excess=excess)
        self.pump()

    def leave(self, flow: Hashable) -> None:
        """A flow ends; what still waits in it is dropped."""
        self._queue.remove(flow)

    def __len__(self) -> int:
        """How many jobs wait."""
        return len(self._queue)

    @property
    def under_way(self) -> int:
        """How many slots are taken."""
        return self._under_way
