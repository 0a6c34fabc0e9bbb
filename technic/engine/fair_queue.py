"""Start-time fair queueing: who is served next, so that each gets its share by weight.

Every flow has a virtual finish time; an item's start tag is the later of the queue's virtual time and
its flow's finish, and the item with the least start tag is served. So a newcomer starts at the present
virtual time: it neither waits for the past of others nor is owed anything for its own absence.

Source: Goyal, Vin, Cheng, "Start-time Fair Queueing", SIGCOMM 1996.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Flow(Generic[T]):
    weight: float
    finish: float
    waiting: deque[tuple[T, float]] = field(default_factory=deque)


class FairQueue(Generic[T]):
    """Items wait in flows; `pop` gives the next one over all flows."""

    def __init__(self) -> None:
        self._flows: dict[Hashable, _Flow[T]] = {}
        self._virtual = 0.0
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def push(self, flow: Hashable, item: T, *, weight: float, cost: float) -> None:
        """Put an item at the end of a flow.

        Args:
            flow: Whose.
            item: What.
            weight: The flow's share, relative to the others'.
            cost: What serving it is expected to take, in any unit that all flows share.
        """
        entry = self._flows.get(flow)
        if entry is None:
            entry = self._flows[flow] = _Flow(weight, self._virtual)
        elif not entry.waiting:
            entry.finish = max(entry.finish, self._virtual)
        entry.waiting.append((item, cost))
        self._size += 1

    def pop(self) -> tuple[Hashable, T] | None:
        """The next flow and item, charged by its estimate; None where nothing waits."""
        chosen = min(
            ((name, flow) for name, flow in self._flows.items() if flow.waiting),
            key=lambda pair: pair[1].finish,
            default=None,
        )
        if chosen is None:
            return None
        name, flow = chosen
        item, cost = flow.waiting.popleft()
        self._virtual = max(self._virtual, flow.finish)
        flow.finish = self._virtual + cost / flow.weight
        self._size -= 1
        return name, item

    def correct(self, flow: Hashable, *, excess: float) -> None:
        """An item cost so much more (or, negative, less) than was estimated."""
        entry = self._flows.get(flow)
        if entry is not None:
            entry.finish = max(0.0, entry.finish + excess / entry.weight)

    def remove(self, flow: Hashable) -> list[T]:
        """Drop a flow; the items that waited in it."""
        entry = self._flows.pop(flow, None)
        if entry is None:
            return []
        self._size -= len(entry.waiting)
        return [item for item, _ in entry.waiting]
