"""Readers that keep up, written to together: one look at what is new, one frame, one write for each.

Readers of the same thing in the same form, who all have seen the same and whose connections are clear, share
one cursor. A reader that has something of its own to be told, or whose connection is not clear, leaves with
the place up to which it was given all, reads on by its own cursor, and comes back when it has caught up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, Generic, TypeVar

from technic.engine.cursor import SharedCursor
from technic.http.deliveries import Deliveries
from technic.http.forms import Made
from technic.http.rounds import Rounds

T = TypeVar("T")


class Seat:
    """One reader's place in a channel.

    Args:
        transport: Its connection.
        place: Up to where it was given all.
        leave: Called when the channel cannot go on with it; it has no seat any more then.
    """

    __slots__ = ("leave", "place", "taken", "transport")

    def __init__(self, transport: asyncio.Transport, place: int, leave: Callable[[], None]) -> None:
        self.transport = transport
        self.place = place
        self.leave = leave
        self.taken = True


class Channel(Generic[T]):
    """Readers that share a cursor.

    Args:
        source: Their cursor.
        form: An item as all of them get it.
        rounds: Where their turns come from.
        deliveries: Where what they were given is counted.
        room_bytes: So much may be written to each of them at once.
        closed: Called when nobody is left.
    """

    def __init__(
        self,
        source: SharedCursor[T],
        form: Callable[[T], Made],
        rounds: Rounds,
        deliveries: Deliveries,
        *,
        room_bytes: int,
        closed: Callable[[], object],
    ) -> None:
        self._source = source
        self._form = form
        self._rounds = rounds
        self._deliveries = deliveries
        self._room_bytes = room_bytes
        self._closed = closed
        self._seats: dict[Seat, None] = {}  # in the order in which they came
        self._entered = False
        self._written = b""
        self._frames = 0  # in what is being written
        self._ahead: list[Seat] = []  # who has not been given what is being written
        source.notify(self._enter)

    def join(self, transport: asyncio.Transport, place: int, leave: Callable[[], None]) -> Seat | None:
        """A seat for a reader that was given all up to a place; None where the others stand elsewhere."""
        if place != self._source.place:
            return None
        seat = Seat(transport, place, leave)
        self._seats[seat] = None
        return seat

    def part(self, seat: Seat) -> None:
        """A reader leaves, with the place that its seat says; idempotent."""
        if not seat.taken:
            return
        seat.taken = False
        del self._seats[seat]
        if not self._seats:
            self._source.close()
            self._closed()

    def _enter(self) -> None:
        """There is news."""
        if not self._entered:
            self._entered = True
            self._rounds.enter(self)

    def serve(self, most: int) -> int:
        """Write what is new to the next readers; how many they were."""
        self._entered = False
        if not self._ahead and not self._look():
            return 0
        served, self._ahead = self._ahead[:most], self._ahead[most:]
        written, place = self._written, self._source.place
        for seat in served:
            transport = seat.transport
            if not seat.taken:
                continue
            if transport.is_closing() or transport.get_write_buffer_size():
                self._send_away(seat)
            else:
                transport.write(written)
                seat.place = place
                self._deliveries.frames += self._frames
        if not self._ahead:
            self._written = b""
        self._enter()  # for the others, or to see what has come meanwhile
        return len(served)

    def _look(self) -> bool:
        """Take what is new and note who gets it; where it takes more than a write all go their own ways."""
        try:
            items = self._source.poll() if self._seats else None
            if items is None:
                return False
            made = [self._form(item) for item in items]
        except Exception:  # noqa: BLE001 - each of them meets it again, where somebody answers for it
            made = []
        forms = [form for form in made if isinstance(form, bytes)]
        self._written = b"".join(forms)
        self._frames = len(forms) - forms.count(b"")
        if made and len(forms) == len(made) and len(self._written) <= self._room_bytes:
            self._ahead = list(self._seats)
            return True
        for seat in tuple(self._seats):
            self._send_away(seat)
        return False

    def _send_away(self, seat: Seat) -> None:
        self.part(seat)
        seat.leave()


class Channels:
    """All channels, each for as long as it has readers.

    Args:
        rounds: Where turns come from.
        deliveries: Where what readers are given is counted.
    """

    def __init__(self, rounds: Rounds, deliveries: Deliveries) -> None:
        self.rounds = rounds
        self.deliveries = deliveries
        self._channels: dict[Hashable, Channel[Any]] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._channels)

    def of(
        self, source: SharedCursor[T], name: Hashable, form: Callable[[T], Made], room_bytes: int
    ) -> Channel[T]:
        """The channel of a reader that has caught up, to be joined at once.

        Args:
            source: The reader's cursor.
            name: Of the form in which it gets items: the same for all who get the same.
            form: An item in that form.
            room_bytes: See `Channel`.
        """
        key = (source.subject, name)
        channel = self._channels.get(key)
        if channel is None:
            channel = Channel(
                source.relay(),
                form,
                self.rounds,
                self.deliveries,
                room_bytes=room_bytes,
                closed=partial(self._channels.pop, key, None),
            )
            self._channels[key] = channel
        return channel
