"""All scans as one stream: the same cursors as a topic's, over everything that is published.

Each event gets the next number, its offset. State changes and matches stand in a bounded ring; of each
scan that goes on the newest snapshot is kept, the one that changed last at the end. So a reader takes what
has changed behind its cursor, at the cost of that alone, however many scans there are; of a scan that it
was too slow for it finds the newest snapshot. Offsets are not durable: every process has an epoch of its own,
and begins behind the offsets of those before it.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import OrderedDict, deque
from itertools import takewhile
from operator import attrgetter
from typing import NamedTuple, Protocol
from uuid import uuid4

from technic.engine.scan.events import MatchesFound, ProgressAdvanced, ScanEvent
from technic.errors import SlowConsumer, Stopping

RING_ROWS = 250_000
"""Most rows of matches in the ring."""

_offset_of = attrgetter("offset")


class Numbered(NamedTuple):
    """An event and its number among those of all scans.

    `own` says that the number is the event's own, the same for all readers. A snapshot that greets a reader
    has the number of the reader's place.
    """

    offset: int
    event: ScanEvent
    own: bool = True


class Listener(Protocol):
    """Whoever reads all scans."""

    def hear(self, numbered: Numbered) -> None:
        """This was published."""

    def stop(self) -> None:
        """The engine is closing."""


class Fleet:
    """What all scans tell, in one order.

    Args:
        ring_events: State changes and matches kept for replay, of all scans together.

    Attributes:
        epoch: Names the numbering; another one in every process.
        offset: The last number that was given.
    """

    def __init__(self, ring_events: int) -> None:
        self.epoch = uuid4().hex[:8]
        self.offset = self._dropped = time.time_ns() // 1_000  # no process tells a million events a second
        self._ring: deque[Numbered] = deque()
        self._ring_events = ring_events
        self._ring_rows = 0
        self._newest: OrderedDict[str, Numbered] = OrderedDict()
        self._readers: set[Listener] = set()
        self._found: tuple[int, int, tuple[list[Numbered], int]] | None = None
        self._closed = False

    # --- what happens

    def publish(self, event: ScanEvent) -> None:
        """Number an event and wake those who want it; never waits."""
        self.offset += 1
        self._found = None
        numbered = Numbered(self.offset, event)
        if isinstance(event, ProgressAdvanced):
            self._newest[event.scan_id] = numbered
            self._newest.move_to_end(event.scan_id)
        else:
            self._keep(numbered)
        for reader in self._readers:
            reader.hear(numbered)

    def _keep(self, numbered: Numbered) -> None:
        """Take a state change or a match into the ring, and let the oldest go where it is full."""
        event = numbered.event
        self._ring.append(numbered)
        if isinstance(event, MatchesFound):
            self._ring_rows += len(event.rows)
        else:
            self.remember(event, numbered)
        while len(self._ring) > self._ring_events or self._ring_rows > RING_ROWS:
            self._dropped, oldest, _ = self._ring.popleft()
            if isinstance(oldest, MatchesFound):
                self._ring_rows -= len(oldest.rows)

    def remember(self, event: ScanEvent, numbered: Numbered | None = None) -> None:
        """How a scan stands, without a number of its own where it was told by an earlier process."""
        if isinstance(event, MatchesFound):
            return
        self._found = None
        self._newest.pop(event.scan_id, None)
        if not event.snapshot.status.ended:
            self._newest[event.scan_id] = numbered or Numbered(self.offset, event)

    def forget(self, scan_id: str) -> None:
        """A scan is not known any more; it has ended long ago."""
        self._found = None
        self._newest.pop(scan_id, None)

    def close(self) -> None:
        """Tell every reader that the engine stops; idempotent."""
        self._closed = True
        for reader in tuple(self._readers):
            reader.stop()

    # --- readers

    def __len__(self) -> int:
        """How many readers there are."""
        return len(self._readers)

    def join(self, reader: Listener) -> None:
        """Wake this reader from now on. Raises Stopping."""
        if self._closed:
            raise Stopping("the engine is closing")
        self._readers.add(reader)

    def leave(self, reader: Listener) -> None:
        """A reader has left; idempotent."""
        self._readers.discard(reader)

    @property
    def living(self) -> OrderedDict[str, Numbered]:
        """The newest snapshot of each scan that has not ended, by its id, in the order of their offsets."""
        return self._newest

    def reaches(self, place: int) -> bool:
        """Whether all that follows a place is here, and the place is one."""
        return self._dropped <= place <= self.offset

    def after(self, place: int, most: int) -> tuple[list[Numbered], int]:
        """What follows a place, in order, and the place that it leads to; about `most` of them.

        Readers that keep up all stand at the same place: what follows it is looked for once.

        Raises:
            SlowConsumer: Something of it is gone.
        """
        if place < self._dropped:
            raise SlowConsumer(f"events up to {self._dropped} are gone and the reader stands at {place}")
        if self._found is None or self._found[:2] != (place, most):
            self._found = place, most, self._look(place, most)
        return self._found[2]

    def _look(self, place: int, most: int) -> tuple[list[Numbered], int]:
        first = bisect_right(self._ring, place, key=_offset_of)
        behind = min(first + most, len(self._ring))
        end = self._ring[behind - 1].offset if behind < len(self._ring) else self.offset
        changed = takewhile(lambda numbered: numbered.offset > place, reversed(self._newest.values()))
        found = [n for n in changed if n.offset <= end and isinstance(n.event, ProgressAdvanced)]
        found.extend(self._ring[at] for at in range(first, behind))
        found.sort(key=_offset_of)
        return (found, end) if len(found) <= most else (found[:most], found[most - 1].offset)
