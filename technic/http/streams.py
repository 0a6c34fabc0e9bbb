"""One reader's stream: what a subscription gives goes out on a wire, until there is a reason to end.

A reader that keeps up has a seat in a channel, or is served by itself in a turn of the rounds, by a plain
call: the event's frame, made once for all, goes straight to its connection. Whatever takes longer is its
task's: a reply to a message, a frame that a thread renders, a connection that is not clear. While the task
has the stream nobody else writes to it; so there is one writer at any time, and a reader that does not read
holds up its own task alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar

from aiohttp import web

from technic.engine.cursor import Cursor, SharedCursor
from technic.errors import SlowConsumer, Stopping
from technic.http.channels import Channel, Channels, Seat
from technic.http.codings import Coding
from technic.http.forms import Made
from technic.http.guests import Departure
from technic.http.outlet import GoneError, Outlet
from technic.http.tellings import Telling

_REPLIES = 32
"""Answers that may wait; a client that asks for more is not read from until there is room."""
_LONG = 32
"""After so many events at once a reader steps back behind the others."""

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

Reply = Callable[[], bytes]
Obey = Callable[[dict[str, Any]], Awaitable[list[dict[str, Any]]]]
"""Does what a message asks, and gives the frames that answer it. Raises TechnicError."""


Open = Callable[[web.Request, Coding], Awaitable["Opened[T]"]]
"""Subscribes for a request; what is read speaks this coding. Raises UnknownScan, Stopping."""


class Ending(Enum):
    """Why a stream ends."""

    COMPLETE = "complete"
    STOPPING = "stopping"
    SLOW = "slow"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Opened(Generic[T]):
    """A subscription that is ready to be read.

    Attributes:
        source: Where its items come from.
        telling: How they are told.
        first: Frames that go before the first item.
        place: Where a reader stands that has these; empty where they are no place to come back to.
        obey: What its reader may ask for.
    """

    source: Cursor[T]
    telling: Telling[T]
    first: tuple[dict[str, Any], ...]
    place: bytes
    obey: Obey


class Wire(Protocol[T_contra]):
    """A framing: how items look on one kind of connection.

    Attributes:
        outlet: Where they leave.
        name: Of the form in which items go out: the same for all wires on which they look the same.
        sign_of_life: What no reader sees, for a connection that was silent; empty where that is not needed.
    """

    outlet: Outlet
    sign_of_life: bytes

    @property
    def name(self) -> Hashable:
        """See above; settled before the stream runs."""

    def form(self, item: T_contra) -> Made:
        """An item's bytes on this wire, none where it is not told."""


class Stream(Generic[T]):
    """One reader's stream.

    Args:
        wire: How its items look.
        channels: Where readers are served together.
        keepalive_seconds: How long it may be silent; None where somebody else cares for that.
    """

    def __init__(self, wire: Wire[T], channels: Channels, keepalive_seconds: float | None = None) -> None:
        self._wire = wire
        self._outlet = wire.outlet
        self._channels = channels
        self._keepalive_seconds = keepalive_seconds
        self._replies: asyncio.Queue[Reply] = asyncio.Queue(_REPLIES)
        self._ending: Ending | None = None
        self._source: Cursor[T] | None = None
        self._channel: Channel[T] | None = None
        self._seat: Seat | None = None
        self._looked_at = 0  # the seat's place when silence was last looked for
        self._left: list[T] | None = None  # taken from the source, and not yet written
        self._held = True  # its task has it
        self._entered = False  # it waits for its turn
        self._spoke = True  # since the last look at it
        self._called = asyncio.Event()
        self._looking: asyncio.TimerHandle | None = None

    def dismiss(self, departure: Departure) -> None:
        """End the stream soon, from another task; the first reason counts."""
        self._ending = self._ending or (Ending.LEFT if departure is Departure.LEFT else Ending.STOPPING)
        self._called.set()

    async def reply(self, reply: Reply) -> None:
        """Have something sent between two items; waits while too much waits already."""
        await self._replies.put(reply)
        self._called.set()

    # --- in turns

    def _enter(self) -> None:
        """There is news."""
        if not self._entered:
            self._entered = True
            self._channels.rounds.enter(self)

    def serve(self, most: int) -> int:  # noqa: ARG002 - it is one reader
        """Write what is new if that is done at once, else call the task; nothing where it has the stream."""
        self._entered = False
        if self._held or self._seat is not None:
            return 0
        try:
            served = self._free and self._write_at_once()
        except Exception:  # noqa: BLE001 - the task meets it again, and its handler answers for it
            served = False
        if not served:
            self._called.set()
            return 0
        self._sit_down()
        return 1

    @property
    def _free(self) -> bool:
        """Whether nothing goes before what is new."""
        return self._ending is None and self._replies.empty() and self._outlet.clear

    def _write_at_once(self) -> bool:
        """Whether there is nothing left to do."""
        assert self._source is not None  # noqa: S101 - nobody holds it before it runs
        if self._left is None:
            self._left = self._source.poll()
            if self._left is None:
                return True
        if not self._left:
            return False
        formed = []
        for item in self._left:
            form = self._wire.form(item)
            if not isinstance(form, bytes):
                return False
            formed.append(form)
        written = formed[0] if len(formed) == 1 else b"".join(formed)
        if len(written) > self._outlet.room_bytes:
            return False
        self._left = None
        self._outlet.write(written)
        self._channels.deliveries.frames += len(formed) - formed.count(b"")
        self._spoke = True
        self._left = self._source.poll()
        return self._left is None  # not at the end, nor where more follows than one turn may write

    # --- together with others

    def _sit_down(self) -> None:
        """Have a channel read on for this stream, where its readers stand at the same place."""
        source, transport = self._source, self._outlet.transport
        if not isinstance(source, SharedCursor) or transport is None or not self._free:
            return
        channel = self._channels.of(source, self._wire.name, self._wire.form, self._outlet.room_bytes)
        self._seat = channel.join(transport, source.place, self._called.set)
        if self._seat is not None:
            self._channel = channel
            source.rest()

    def _stand_up(self) -> None:
        """Read on by the stream's own cursor, from where the channel has brought it."""
        if self._seat is not None and self._channel is not None and isinstance(self._source, SharedCursor):
            self._channel.part(self._seat)
            self._source.resume(self._seat.place)
            self._seat = self._channel = None

    # --- in its task

    async def run(self, source: Cursor[T]) -> Ending:
        """Send until there is nothing more to say; tells why it ended."""
        self._source = source
        source.notify(self._enter)
        self._look_after_silence()
        try:
            while self._ending is None and await self._catch_up(source):
                self._called.clear()
                self._held = False
                self._sit_down()
                await self._called.wait()
                self._held = True
                self._stand_up()
        except SlowConsumer:
            self._channels.deliveries.behind += 1
            return Ending.SLOW
        except Stopping:
            return Ending.STOPPING
        except GoneError:
            return Ending.LEFT
        finally:
            self._held = True
            self._stand_up()
            source.hush()
            if self._looking is not None:
                self._looking.cancel()
                self._looking = None
        return self._ending or Ending.COMPLETE

    async def _catch_up(self, source: Cursor[T]) -> bool:
        """Send until nothing waits; whether anything can follow."""
        while self._ending is None:
            while not self._replies.empty():
                await self._send(self._replies.get_nowait()())
            items = self._left if self._left is not None else source.poll()
            self._left = None
            if items is None:
                return True
            if not items:
                return False
            for item in items:
                form = self._wire.form(item)
                await self._send(form if isinstance(form, bytes) else await form())
            if len(items) >= _LONG:
                await asyncio.sleep(0)
        return True

    async def _send(self, written: bytes) -> None:
        await self._outlet.drained()
        if written:
            self._outlet.write(written)
            self._channels.deliveries.frames += 1
            self._spoke = True

    # --- silence

    def _look_after_silence(self) -> None:
        if self._keepalive_seconds is not None:
            pause = self._keepalive_seconds / 2
            self._looking = asyncio.get_running_loop().call_later(pause, self._speak_up)

    def _speak_up(self) -> None:
        """Give a sign of life where nothing was said since the last look."""
        place = self._seat.place if self._seat is not None else self._looked_at
        if not self._spoke and place == self._looked_at and not self._held and self._outlet.clear:
            self._outlet.write(self._wire.sign_of_life)
        self._spoke = False
        self._looked_at = place
        self._look_after_silence()
