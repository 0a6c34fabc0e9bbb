"""The one pump: what a subscription gives goes out on a wire, until there is a reason to end.

One task writes to a socket, and no other: since aiohttp 3.14 a send that is cancelled poisons every later
send of that socket. Whoever else has something to say (an answer to a message, a farewell) hands it to the
pump and wakes it. A send that does not get through in time cuts the connection; it delays nobody else,
because nobody else ever waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Protocol

from technic.engine.bus import Subscription
from technic.engine.scan.events import ScanEvent
from technic.errors import SlowConsumer, Stopping
from technic.http.guests import Departure
from technic.http.turnstile import Turnstile

_REPLIES = 32
"""Answers that may wait for the pump; a client that asks for more is not read from until there is room."""


class Ending(Enum):
    """Why a stream ends."""

    COMPLETE = "complete"
    STOPPING = "stopping"
    SLOW = "slow"
    LEFT = "left"


class GoneError(Exception):
    """The connection is cut: nothing can be sent on it any more."""


class Wire(Protocol):
    """A framing: how events look on one kind of connection. Called by the pump's task alone."""

    async def send(self, events: list[ScanEvent]) -> None:
        """Send events. Raises GoneError once the connection is cut."""

    async def keep_alive(self) -> None:
        """Send something that no reader sees. Raises GoneError once the connection is cut."""


Reply = Callable[[], Awaitable[None]]


class Stream:
    """One reader's stream.

    Args:
        wire: How its events look.
        keepalive_seconds: How long it may be silent; None where the wire cares for that itself.
    """

    def __init__(self, wire: Wire, keepalive_seconds: float | None = None) -> None:
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
        """Let the pump send something between two events; waits while too much waits already."""
        await self._replies.put(reply)
        self._wake()

    async def pump(self, subscription: Subscription, turnstile: Turnstile) -> Ending:
        """Send until there is nothing more to say; tells why it ended."""
        try:
            while self._ending is None:
                events = await self._take(subscription)
                if events == []:
                    return Ending.COMPLETE
                await turnstile.enter()
                await self._send(events)
        except SlowConsumer:
            return Ending.SLOW
        except Stopping:
            return Ending.STOPPING
        except GoneError:
            return Ending.LEFT
        return self._ending

    async def _send(self, events: list[ScanEvent] | None) -> None:
        """What there is: events, answers, or else a sign of life."""
        if events:
            await self._wire.send(events)
        elif self._replies.empty() and self._ending is None:
            await self._wire.keep_alive()
        while not self._replies.empty():
            await self._replies.get_nowait()()

    async def _take(self, subscription: Subscription) -> list[ScanEvent] | None:
        """The next events; None when somebody woke the pump, or it was silent for too long."""
        if not self._replies.empty():
            return None
        try:
            async with asyncio.timeout(self._keepalive_seconds) as self._patience:
                return await subscription.take()
        except TimeoutError:
            return None
        finally:
            self._patience = None

    def _wake(self) -> None:
        if self._patience is not None and not self._patience.expired():
            self._patience.reschedule(asyncio.get_running_loop().time())
