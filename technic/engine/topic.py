"""One scan on the bus: what is kept of it for replay, and the readers that follow it.

A subscription is a cursor into the ring of a topic: publishing tells it that there is news, `poll` gives what
lies behind the cursor. Nothing is queued for a reader, so progress is conflated by itself: whoever is late
finds the newest snapshot alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable

from technic.engine.cursor import SharedCursor
from technic.engine.scan.events import MatchesFound, ProgressAdvanced, ScanEvent, Snapshot, StateChanged
from technic.errors import SlowConsumer, TechnicError

EVENTS_A_POLL = 32
"""Most events that one `poll` gives, so that a long replay does not hold the event loop."""


class Topic:
    """One scan on the bus.

    Attributes:
        readers: Who follows it.
        resting: Who follows it by a relay.
        relays: Who reads for those.
        kept: Its last state changes and matches.
        newest: Its newest snapshot.
        last_seq: Up to where it was told.
        dropped_seq: Up to where what was told is not kept any more.
        ended: Whether nothing more will be told.
    """

    def __init__(self, replay_events: int) -> None:
        self.readers: set[Subscription] = set()
        self.resting: set[Subscription] = set()
        self.relays: set[Subscription] = set()
        self.kept: deque[StateChanged | MatchesFound] = deque(maxlen=replay_events)
        self.newest: StateChanged | ProgressAdvanced | None = None
        self.last_seq = -1
        self.dropped_seq = -1
        self.ended = False
        self._found: dict[bool, tuple[int, list[ScanEvent]]] = {}

    @property
    def count(self) -> int:
        """How many readers there are."""
        return len(self.readers) + len(self.resting)

    @property
    def rows(self) -> int:
        """How many rows are kept for replay."""
        return sum(len(event.rows) for event in self.kept if isinstance(event, MatchesFound))

    def publish(self, event: ScanEvent) -> None:
        """Take an event in and call every reader."""
        self._found.clear()
        self.last_seq = event.seq
        if not isinstance(event, MatchesFound):
            self.newest = event
            self.ended = event.snapshot.status.ended
        if not isinstance(event, ProgressAdvanced):
            if len(self.kept) == self.kept.maxlen:
                self.dropped_seq = self.kept[0].seq
            self.kept.append(event)
        for relay in self.relays:
            relay.call()
        for reader in self.readers:
            reader.call()

    def fail(self, fault: TechnicError) -> None:
        """The next poll of everybody who is here raises this."""
        for reader in (*self.readers, *self.resting, *self.relays):
            reader.fail(fault)

    def after(self, seq: int, *, matches: bool) -> list[ScanEvent]:
        """What a reader at `seq` has not seen, in order: all that is kept, and the newest snapshot.

        Readers that keep up all stand at the same place: what follows it is looked for once.
        """
        place, found = self._found.get(matches, (None, []))
        if place != seq:
            found = self._look(seq, matches=matches)
            self._found[matches] = seq, found
        return found

    def _look(self, seq: int, *, matches: bool) -> list[ScanEvent]:
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
            begin = max(self.newest.seq, self.dropped_seq)
            return Subscription(self, begin, matches=matches, greeting=self.newest, recovered=True)
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


class Subscription(SharedCursor[ScanEvent]):
    """One reader's cursor into one scan.

    The first poll of a subscription gives a snapshot; after the terminal event it gives [] for ever.

    Args:
        topic: The scan.
        seq: Where the cursor starts: the reader has seen everything up to here.
        matches: Whether the reader wants MatchesFound.
        greeting: What the first poll starts with, where the cursor alone would not give a snapshot.

    Attributes:
        recovered: Whether everything after the `since` that was asked for is here; without `since`, True.
        first_seq: Where the cursor starts.
    """

    def __init__(
        self,
        topic: Topic,
        seq: int,
        *,
        matches: bool,
        greeting: ScanEvent | None = None,
        recovered: bool = True,
    ) -> None:
        super().__init__()
        self.recovered = recovered
        self.first_seq = seq
        self._topic = topic
        self._seq = seq
        self._matches = matches
        self._greeting = greeting
        self._fault: TechnicError | None = None
        self._among = topic.readers
        self._among.add(self)

    def fail(self, fault: TechnicError) -> None:
        """The reader's next poll raises this."""
        self._fault = fault
        self.call()

    def poll(self) -> list[ScanEvent] | None:
        """Move the cursor over the next events; see `Cursor.poll`."""
        if self._fault is not None:
            raise self._fault
        topic = self._topic
        if topic.dropped_seq > self._seq:
            raise SlowConsumer(
                f"events up to {topic.dropped_seq} are gone and the reader stands at {self._seq}"
            )
        if self._seq == topic.last_seq and self._greeting is None:
            return [] if topic.ended else None
        found = topic.after(self._seq, matches=self._matches)
        if len(found) > EVENTS_A_POLL:
            found = found[:EVENTS_A_POLL]
            self._seq = found[-1].seq
        else:
            self._seq = topic.last_seq
        if self._greeting is not None:
            found = [self._greeting, *found]
            self._greeting = None
        return found or ([] if topic.ended else None)

    # --- what several readers may share, see `SharedCursor`

    @property
    def subject(self) -> Hashable:
        """The topic, and whether matches are wanted."""
        return self._topic, self._matches

    @property
    def place(self) -> int:
        """The seq of the last event that was given, or passed over."""
        return self._seq

    def relay(self) -> Subscription:
        """A cursor that is not counted among the readers."""
        relay = Subscription(self._topic, self._seq, matches=self._matches)
        relay._move(self._topic.relays)
        return relay

    def rest(self) -> None:
        """Be counted still, and called no more."""
        self._move(self._topic.resting)

    def resume(self, place: int) -> None:
        """Be called again."""
        self._seq = place
        self._move(self._topic.readers)

    def _move(self, among: set[Subscription]) -> None:
        self._among.discard(self)
        self._among = among
        self._among.add(self)

    def close(self) -> None:
        """The reader has left; idempotent."""
        super().close()
        self._among.discard(self)
