"""The internal bus: publish without waiting, read at one's own pace.

A topic keeps a scan's newest snapshot and, in a bounded ring, its last state changes and matches. A
subscription is a cursor into that ring: publishing wakes it, `take` gives what lies behind the cursor.
So nothing is queued for a reader, progress is conflated by itself (whoever is late finds the newest
snapshot alone), a reader that comes back continues where it stood, and one that falls behind the ring is
a slow consumer, told so and cut off. The same events make one stream of all scans, the fleet. All of it
belongs to the event loop's thread.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from technic.engine.fleet import Fleet
from technic.engine.fleet_reader import FleetReader
from technic.engine.scan.events import MatchesFound, ProgressAdvanced, ScanEvent, Snapshot, StateChanged
from technic.errors import SlowConsumer, Stopping, TechnicError

RETIRED_TOPICS = 1_024
RETIRED_ROWS = 250_000
"""Ended scans, and rows of theirs, that stay on the bus for readers that come back."""

FLEET_SHARE = 4
"""How many times as many events are kept of all scans together as of one."""

EVENTS_A_TAKE = 32
"""Most events that one `take` gives, so that a long replay does not hold the event loop."""


class Topic:
    """One scan on the bus."""

    def __init__(self, replay_events: int) -> None:
        self.readers: set[Subscription] = set()
        self.kept: deque[StateChanged | MatchesFound] = deque(maxlen=replay_events)
        self.newest: StateChanged | ProgressAdvanced | None = None
        self.last_seq = -1
        self.dropped_seq = -1

    @property
    def rows(self) -> int:
        """How many rows are kept for replay."""
        return sum(len(event.rows) for event in self.kept if isinstance(event, MatchesFound))

    @property
    def ended(self) -> bool:
        """Whether nothing more will be published."""
        return self.newest is not None and self.newest.snapshot.status.ended

    def publish(self, event: ScanEvent) -> None:
        """Take an event in and wake every reader."""
        self.last_seq = event.seq
        if not isinstance(event, MatchesFound):
            self.newest = event
        if not isinstance(event, ProgressAdvanced):
            if len(self.kept) == self.kept.maxlen:
                self.dropped_seq = self.kept[0].seq
            self.kept.append(event)
        for reader in self.readers:
            reader.wake()

    def after(self, seq: int, *, matches: bool) -> list[ScanEvent]:
        """What a reader at `seq` has not seen, in order: all that is kept, and the newest snapshot."""
        missed: list[ScanEvent] = []
        for event in reversed(self.kept):
            if event.seq <= seq:
                break
            if matches or isinstance(event, StateChanged):
                missed.append(event)
        missed.reverse()
        if isinstance(self.newest, ProgressAdvanced) and self.newest.seq > seq:
            missed.append(self.newest)
            missed.sort(key=lambda event: event.seq)
        return missed

    def subscribe(self, *, since: int | None = None, matches: bool = False) -> Subscription:
        """A reader of the scan.

        Args:
            since: The reader has seen everything up to this seq (-1: nothing yet). What is kept after it
                is replayed; where something is missing, or the seq lies in the future, `recovered` is
                False and the reader starts with the present snapshot. None: start there in any case.
            matches: Whether the reader wants MatchesFound.
        """
        assert self.newest is not None, "a topic is made by its first event"  # noqa: S101
        if since is None:
            return Subscription(self, self.newest.seq, matches=matches, greeting=self.newest, recovered=True)
        if not self.dropped_seq <= since <= self.last_seq:
            return Subscription(self, self.last_seq, matches=matches, greeting=self.newest, recovered=False)
        seen = self.newest if self.newest.seq <= since else None
        return Subscription(self, since, matches=matches, greeting=seen, recovered=True)


def past_topic(last: Snapshot) -> Topic:
    """A topic of which nothing is kept but how the scan stands at last."""
    past = Topic(replay_events=1)
    past.dropped_seq = last.seq - 1
    past.publish(StateChanged(last.scan_id, last.seq, last))
    return past


class Subscription:
    """One reader's cursor into one scan. Take from it in one task only.

    Args:
        topic: The scan.
        seq: Where the cursor starts: the reader has seen everything up to here.
        matches: Whether the reader wants MatchesFound.
        greeting: What the first take starts with, where the cursor alone would not give a snapshot.

    Attributes:
        recovered: Whether everything after the `since` that was asked for is here; without `since`, True.
        first_seq: Where the cursor starts.
    """

    def __init__(
        self, topic: Topic, seq: int, *, matches: bool, greeting: ScanEvent | None, recovered: bool
    ) -> None:
        self.recovered = recovered
        self.first_seq = seq
        self._topic = topic
        self._seq = seq
        self._matches = matches
        self._greeting = greeting
        self._fault: TechnicError | None = None
        self._woken = asyncio.Event()
        self._woken.set()
        topic.readers.add(self)

    def wake(self) -> None:
        """There is something to take."""
        self._woken.set()

    def fail(self, fault: TechnicError) -> None:
        """The reader's next `take` raises this."""
        self._fault = fault
        self._woken.set()

    async def take(self) -> list[ScanEvent]:
        """What has come since the last take, in the order of `seq`; waits for something.

        The first take of a subscription returns at once, with a snapshot. After the terminal event it
        returns [] for ever.

        Raises:
            SlowConsumer: The reader fell behind what the bus keeps.
            Stopping: The engine is closing.
        """
        while True:
            await self._woken.wait()
            if self._fault is not None:
                raise self._fault
            taken = self._read()
            if taken or (self._topic.ended and self._seq >= self._topic.last_seq):
                return taken
            self._woken.clear()

    def _read(self) -> list[ScanEvent]:
        """Move the cursor over the next events."""
        topic = self._topic
        if topic.dropped_seq > self._seq:
            raise SlowConsumer(
                f"events up to {topic.dropped_seq} are gone and the reader stands at {self._seq}"
            )
        taken = topic.after(self._seq, matches=self._matches)
        if len(taken) > EVENTS_A_TAKE:
            del taken[EVENTS_A_TAKE:]
            self._seq = taken[-1].seq
        else:
            self._seq = topic.last_seq
        if self._greeting is not None:
            taken.insert(0, self._greeting)
            self._greeting = None
        return taken

    def close(self) -> None:
        """The reader has left; idempotent."""
        self._topic.readers.discard(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


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
        """Tell listeners and wake readers; never waits."""
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
        for reader in tuple(topic.readers):
            reader.fail(SlowConsumer("the scan was begun anew; what was told of it before does not hold"))

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
        return sum(len(topic.readers) for topic in self._topics.values()) + len(self.fleet)

    def close(self) -> None:
        """Tell every reader that the engine stops; idempotent."""
        for topic in self._topics.values():
            for reader in tuple(topic.readers):
                reader.fail(Stopping("the engine is closing"))
        self._topics.clear()
        self.fleet.close()
