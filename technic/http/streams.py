"""The one pump: what a subscription gives goes out on a wire, until there is a reason to end.

One task writes to a socket, and no other: since aiohttp 3.14 a send that is cancelled poisons every later
send of that socket. Whoever else has something to say (an answer to a message, a farewell) hands it to the
pump and wakes it. A send that does not get through in time cuts the connection; it delays nobody else,
because nobody else ever waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar

from aiohttp import web

from technic.errors import SlowConsumer, Stopping
from technic.http.codings import Coding
from technic.http.guests import Departure
from technic.http.tellings import Telling
from technic.http.turnstile import Turnstile

_REPLIES = 32
"""Answers that may wait for the pump; a client that asks for more is not read from until there is room."""
_LONG = 32
"""After so many events at once a reader steps back behind the others."""

T = TypeVar("T")

Reply = Callable[[], Awaitable[None]]
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


class GoneError(Exception):
    """The connection is cut: nothing can be sent on it any more."""


class Source(Protocol[T]):
    """What is read from, until it is closed."""

    async def take(self) -> list[T]:
        """What is new, as soon as there is something; [] at the end. Raises SlowConsumer, Stopping."""

    def close(self) -> None:
        """The reader has left; idempotent."""


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

    source: Source[T]
    telling: Telling[T]
    first: tuple[dict[str, Any], ...]
    place: bytes
    obey: Obey


class Wire(Protocol[T]):
    """A framing: how items look on one kind of connection. Called by the pump's task alone."""

    async def send(self, items: list[T]) -> None:
        """Send items. Raises GoneError once the connection is cut."""

    async def keep_alive(self) -> None:
        """Send something that no reader sees. Raises GoneError once the connection is cut."""


class Stream(Generic[T]):
    """One reader's stream.

    Args:
        wire: How its items look.
        keepalive_seconds: How long it may be silent; None where the wire cares for that itself.
    """

    def __init__(self, wire: Wire[T], keepalive_seconds: float | None = None) -> None:
        self._wire = wire
        self._keepalive_seconds = keepalive_seconds
        self._replies: asyncio.Queue[Reply] = asyncio.Queue(_REPLIES)
        self._ending: Ending | None = None
        self._patience: asyncio.Timeout | None = None

    def dismiss(self, departure: Departure) -> None:
        """End the stream soon, from another task; the first reason counts."""
        self._ending = self._ending or (Ending.LEFT if departure is Departure.LEFT else Ending.STOPPING)
        self._wake()

    async def reply(self, reply: Reply) -> None:
        """Let the pump send something between two items; waits while too much waits already."""
        await self._replies.put(reply)
        self._wake()

    async def pump(self, source: Source[T], turnstile: Turnstile) -> Ending:
        """Send until there is nothing more to say; tells why it ended."""
        try:
            while self._ending is None:
                items = await self._take(source)
                if items == []:
                    return Ending.COMPLETE
                await turnstile.enter()
                await self._send(items)
        except SlowConsumer:
            return Ending.SLOW
        except Stopping:
            return Ending.STOPPING
        except GoneError:
            return Ending.LEFT
        return self._ending

    async def _send(self, items: list[T] | None) -> None:
        """What there is: answers, items, or else a sign of life."""
        silent = self._replies.empty() and self._ending is None
        while not self._replies.empty():
            await self._replies.get_nowait()()
        if items:
            await self._wire.send(items)
            if len(items) >= _LONG:
                await asyncio.sleep(0)
        elif silent:
            await self._wire.keep_alive()

    async def _take(self, source: Source[T]) -> list[T] | None:
        """The next items; None when somebody woke the pump, or it was silent for too long."""
        if not self._replies.empty():
            return None
        try:
            async with asyncio.timeout(self._keepalive_seconds) as self._patience:
                return await source.take()
        except TimeoutError:
            return None
        finally:
            self._patience = None

    def _wake(self) -> None:
        if self._patience is not None and not self._patience.expired():
            self._patience.reschedule(asyncio.get_running_loop().time())
