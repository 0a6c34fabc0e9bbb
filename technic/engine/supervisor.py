"""The supervisor: admits scans, owns their actors, and sees each to its end.

A scan is alive from its submission: it waits as an actor of its own, with its mailbox, and begins when a
running slot is free, highest priority first, oldest first among equals; one that has waited for long goes
before newcomers of any. The actors' tasks belong to an aiojobs scheduler without a limit, for admission is
decided here.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

import aiojobs
import structlog

from technic.engine.actor import ScanActor
from technic.engine.scan import messages as m
from technic.errors import QueueFull, Stopping, failure_of

_log = structlog.get_logger(__name__)
_MOVES_SECONDS = 0.5  # how often waiting scans are told their position
A_STEP = 100
"""How many scans that came before one goes ahead of, for each step of priority that it has more; so none of
low priority waits for ever while others keep coming."""
_FULL_SECONDS = 5.0  # what a refused client is told to wait until it is known better

Admitted = TypeVar("Admitted")

LEAVE_SECONDS = 1.0
"""How long actors may take to leave once they are told to."""


@dataclass(frozen=True, slots=True)
class Drained:
    """How a drain went.

    Attributes:
        ended: Scans that ran and ended within the grace.
        left: Scans that had not ended then: they were parked or cancelled.
        stuck: Of these, how many did not even do that.
    """

    ended: int
    left: int
    stuck: int


class Supervisor:
    """Owner of all actors.

    Args:
        max_running: Scans that run at once.
        max_queued: Scans that may wait.
        ended: Told the id of each scan whose actor has ended.
    """

    def __init__(self, *, max_running: int, max_queued: int, ended: Callable[[str], None]) -> None:
        self._max_running = max_running
        self._max_queued = max_queued
        self._ended = ended
        self._scheduler: aiojobs.Scheduler | None = None
        self._actors: dict[str, ScanActor] = {}
        self._ends: dict[str, asyncio.Future[None]] = {}
        self._order = count()
        self._queue: list[tuple[int, int, str]] = []  # heap of (turn, order, id)
        self._queued: dict[str, int] = {}
        self._running: set[str] = set()
        self._coming: set[asyncio.Task[Any]] = set()
        self._moves: asyncio.TimerHandle | None = None
        self._stopping = False
        self._late = 0
        self._last_end: float | None = None
        self._between_ends = _FULL_SECONDS

    async def open(self) -> None:
        """Ready to admit."""
        self._scheduler = aiojobs.Scheduler(limit=None)

    def check_room(self) -> None:
        """Raise what a submission would be refused with.

        Raises:
            Stopping: The engine is closing.
            QueueFull: As many scans wait as may.
        """
        if self._stopping or self._scheduler is None:
            raise Stopping("the engine is closing", retry_after=_FULL_SECONDS)
        waiting = len(self._queued) + len(self._coming)
        if len(self._running) + waiting >= self._max_running + self._max_queued:
            raise QueueFull(
                f"as many scans run ({len(self._running)}) and wait ({waiting}) as may",
                retry_after=min(60.0, max(1.0, round(self._between_ends, 1))),
            )

    async def admit(self, arrival: Callable[[], Coroutine[Any, Any, Admitted]]) -> Admitted:
        """Let a scan in: its arrival, which ends in `adopt`, holds a place and outlives a caller that leaves.

        Raises:
            Stopping, QueueFull: As `check_room`; the arrival was not begun.
        """
        self.check_room()
        coming = asyncio.get_running_loop().create_task(arrival())
        self._coming.add(coming)
        coming.add_done_callback(self._coming.discard)
        return await asyncio.shield(coming)

    async def resume(self, actor: ScanActor, first: m.Message) -> None:
        """Own an actor whose scan had begun in an earlier process; it has its slot, whoever waits.

        Args:
            actor: Whose.
            first: What its mailbox begins with.
        """
        self._running.add(actor.scan_id)
        actor.mailbox.post(first)
        await self._own(actor)

    async def adopt(self, actor: ScanActor) -> None:
        """Own an actor from now on; it begins when its turn comes. Part of an arrival."""
        scan_id = actor.scan_id
        order = next(self._order)
        self._queued[scan_id] = order
        place = (order - A_STEP * actor.request.priority, order, scan_id)
        heapq.heappush(self._queue, place)
        await self._own(actor)
        self._begin_next()
        if scan_id in self._queued:
            ahead = sum(1 for entry in self._waiting() if entry < place)
            actor.mailbox.post(m.MoveInQueue(ahead + 1))
        self._tell_positions_soon()

    async def _own(self, actor: ScanActor) -> None:
        assert self._scheduler is not None, "open() comes first"  # noqa: S101
        self._actors[actor.scan_id] = actor
        self._ends[actor.scan_id] = asyncio.get_running_loop().create_future()
        await self._scheduler.spawn(self._live(actor))

    async def _live(self, actor: ScanActor) -> None:
        """An actor's whole life; whatever happens, its scan ends and its slot is freed."""
        scan_id = actor.scan_id
        try:
            await actor.run()
        except Exception as error:  # noqa: BLE001 - a scan must end whatever its actor died of
            _log.exception("an actor died", scan_id=scan_id)
            await actor.abort(failure_of(error))
        finally:
            self._bury(scan_id)

    def _bury(self, scan_id: str) -> None:
        actor = self._actors.pop(scan_id)
        self._late += actor.machine.late + actor.mailbox.dropped
        actor.mailbox.tell_late(self._count_late)
        self._queued.pop(scan_id, None)
        self._running.discard(scan_id)
        end = self._ends.pop(scan_id)
        if not end.done():
            end.set_result(None)
        self._note_end(asyncio.get_running_loop().time())
        self._ended(scan_id)
        self._begin_next()
        self._tell_positions_soon()

    def _count_late(self) -> None:
        self._late += 1

    def _note_end(self, now: float) -> None:
        """Learn how often a slot becomes free: what a refused client is told to wait."""
        if self._last_end is not None:
            self._between_ends += 0.2 * (now - self._last_end - self._between_ends)
        self._last_end = now

    def _begin_next(self) -> None:
        while self._queue and len(self._running) < self._max_running and not self._stopping:
            _, _, scan_id = heapq.heappop(self._queue)
            if scan_id in self._queued:
                del self._queued[scan_id]
                self._running.add(scan_id)
                self._actors[scan_id].mailbox.post(m.Begin())

    def cancel(self, scan_id: str, reason: str) -> str | None:
        """Ask a scan to stop: `cancelled` for one that has not begun, else `cancelling`; None if unknown."""
        actor = self._actors.get(scan_id)
        if actor is None:
            return None
        waiting = self._queued.pop(scan_id, None) is not None
        actor.mailbox.post(m.Cancel(reason))
        return "cancelled" if waiting else "cancelling"

    async def wait(self, scan_id: str) -> None:
        """Until a scan has ended; at once where it is not alive. A caller that is cancelled harms nothing."""
        end = self._ends.get(scan_id)
        if end is not None:
            await asyncio.shield(end)

    def _tell_positions_soon(self) -> None:
        if self._moves is None and self._queued:
            self._moves = asyncio.get_running_loop().call_later(_MOVES_SECONDS, self._tell_positions)

    def _tell_positions(self) -> None:
        self._moves = None
        for position, (_, _, scan_id) in enumerate(sorted(self._waiting()), start=1):
            self._actors[scan_id].mailbox.post(m.MoveInQueue(position))

    def _waiting(self) -> list[tuple[int, int, str]]:
        """The heap without those that were cancelled while they waited, which go from it with this look."""
        if len(self._queue) > len(self._queued):
            self._queue = [entry for entry in self._queue if entry[2] in self._queued]
            heapq.heapify(self._queue)
        return self._queue

    @property
    def stopping(self) -> bool:
        """Whether nothing is admitted any more."""
        return self._stopping

    def stop_admitting(self) -> None:
        """Admit nothing more, and begin nothing that waits; idempotent."""
        self._stopping = True
        if self._moves is not None:
            self._moves.cancel()
            self._moves = None

    def stats(self) -> dict[str, int]:
        """Counts for /health; late messages reached a scan after its end and changed nothing."""
        return {
            "running": len(self._running),
            "queued": len(self._queued),
            "alive": len(self._actors),
            "late_messages": self._late,
        }

    def without_owner(self, scan_ids: Iterable[str]) -> int:
        """How many of these scans nobody owns: one about to be let in shall have one, a parked one none."""
        if self._stopping:
            return 0
        return max(0, sum(scan_id not in self._actors for scan_id in scan_ids) - len(self._coming))

    async def drain(self, grace_seconds: float, *, park: bool) -> Drained:
        """Admit nothing more, let what runs end within the grace, and see off the rest; idempotent.

        Args:
            grace_seconds: How long scans that run may take to end; 0 asks them to stop at once.
            park: Leave the rest for the next process; else it is cancelled.
        """
        self.stop_admitting()
        if self._coming:  # what was let in before must not slip in behind the last cancel
            await asyncio.wait(self._coming, timeout=LEAVE_SECONDS)
        running = [self._ends[scan_id] for scan_id in self._running]
        if running and grace_seconds > 0:
            await asyncio.wait(running, timeout=grace_seconds)
        ended, left = sum(end.done() for end in running), len(self._actors)
        for scan_id, actor in tuple(self._actors.items()):
            if park:
                actor.mailbox.post(m.Park())
            else:
                self.cancel(scan_id, "the service is shutting down")
        if self._ends:
            await asyncio.wait(tuple(self._ends.values()), timeout=LEAVE_SECONDS)
        if running or left:
            _log.info("scans were " + ("parked" if park else "cancelled"), ended=ended, left=left)
        return Drained(ended, left, len(self._actors))

    async def close(self) -> None:
        """End every actor that is still there; idempotent."""
        self.stop_admitting()
        if self._scheduler is not None:
            await self._scheduler.close()
            self._scheduler = None
