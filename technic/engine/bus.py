"""The internal bus: publish without waiting, read at one's own pace.

A topic keeps a scan's newest snapshot and, in a bounded ring, its last state changes and matches; readers are
cursors into it. A reader that comes back continues where it stood, and one that falls behind the ring is a
slow consumer, told so and cut off. The same events make one stream of all scans, the fleet. All of it belongs
to the event loop's thread.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace

from technic.engine.fleet import Fleet
from technic.engine.fleet_reader import FleetReader
from technic.engine.scan.events import ScanEvent
from technic.engine.topic import Subscription, Topic
from technic.errors import SlowConsumer, Stopping

RETIRED_TOPICS = 1_024
RETIRED_ROWS = 250_000
"""Ended scans, and rows of theirs, that stay on the bus for readers that come back."""

FLEET_SHARE = 4
"""How many times as many events are kept of all scans together as of one."""


class Bus:
    """All topics, and those who listen to everything.

    Args:
        replay_events: State changes and matches kept a scan.

    Attributes:
        fleet: All scans as one stream.
    """

    def __init__(self, *, replay_events: int) -> None:
        self.fleet = Fleet(FLEET_SHARE * replay_events)
        self._replay_events = replay_events
        self._topics: dict[str, Topic] = {}
        self._listeners: list[Callable[[ScanEvent], None]] = []
        self._retired: OrderedDict[str, int] = (
            OrderedDict()
        )  # rows kept for replay, by ended scan, oldest first
        self._retired_rows = 0

    def listen(self, listener: Callable[[ScanEvent], None]) -> None:
        """Call `listener` with every event from now on, before the readers see it; it must not raise."""
        self._listeners.append(listener)

    def publish(self, event: ScanEvent) -> None:
        """Stamp an event with the time, tell listeners and call readers; never waits."""
        event = replace(event, at=time.time())
        for listener in self._listeners:
            listener(event)
        self._topic(event.scan_id).publish(event)
        self.fleet.publish(event)

    def restore(self, events: Iterable[ScanEvent]) -> None:
        """Have what an earlier process told, in the order of its numbers, for readers that come back.

        Numbers that are not among the events said nothing but progress.
        """
        for event in events:
            self._topic(event.scan_id).publish(event)
            self.fleet.remember(event)

    def begin_anew(self, scan_id: str) -> None:
        """What was told of a scan does not hold any more: readers are cut off, to come back anew."""
        topic = self._topic(scan_id)
        topic.kept.clear()
        topic.dropped_seq = topic.last_seq
        topic.fail(SlowConsumer("the scan was begun anew; what was told of it before does not hold"))

    def _topic(self, scan_id: str) -> Topic:
        topic = self._topics.get(scan_id)
        if topic is None:
            topic = self._topics[scan_id] = Topic(self._replay_events)
        return topic

    def subscribe(
        self, scan_id: str, *, since: int | None = None, matches: bool = False
    ) -> Subscription | None:
        """A reader of one scan, see `Topic.subscribe`; None where the bus does not know it (any more)."""
        topic = self._topics.get(scan_id)
        return None if topic is None else topic.subscribe(since=since, matches=matches)

    def subscribe_all(
        self, scan_ids: Iterable[str] | None = None, *, since: int | None = None, matches: bool = False
    ) -> FleetReader:
        """A reader of all scans, or of some, see `FleetReader`. Raises Stopping."""
        return FleetReader(self.fleet, scan_ids, since=since, matches=matches)

    def retire(self, scan_id: str) -> None:
        """A scan has ended: its topic is kept for those who come back, as long as there is room."""
        topic = self._topics.get(scan_id)
        if topic is None:
            return
        self._retired[scan_id] = topic.rows
        self._retired_rows += topic.rows
        while len(self._retired) > RETIRED_TOPICS or self._retired_rows > RETIRED_ROWS:
            self.forget(next(iter(self._retired)))

    def forget(self, scan_id: str) -> None:
        """Drop a scan's topic; readers that are still there may read on to its end."""
        self._topics.pop(scan_id, None)
        self._retired_rows -= self._retired.pop(scan_id, 0)
        self.fleet.forget(scan_id)

    def readers(self) -> int:
        """How many readers there are."""
        return sum(topic.count for topic in self._topics.values()) + len(self.fleet)

    def close(self) -> None:
        """Tell every reader that the engine stops; idempotent."""
        for topic in self._topics.values():
            topic.fail(Stopping("the engine is closing"))
        self._topics.clear()
        self.fleet.close()
