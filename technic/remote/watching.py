"""A watch: one scan or many, from where they stand to their end, whatever happens to the connection.

It connects in the best way that can be had, and again when the connection is lost, and goes on where it
stood. A way that cannot be had (a proxy knows no WebSockets, or swallows streams) is left for the next one,
for good.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

import aiohttp

from technic.errors import TechnicError
from technic.remote.caller import Caller, Notice
from technic.remote.events import over_events
from technic.remote.faults import BROKEN, ForeignAnswer, Unreachable, why
from technic.remote.frames import Frame
from technic.remote.habits import Pauses, Way
from technic.remote.raw import Raw
from technic.remote.sockets import over_socket
from technic.remote.subject import Subject
from technic.remote.ways import Barred, TurnedAway

_FRUITLESS = 3
"""After so many connections in a row that were taken and told nothing, another way is tried."""

Connection = Callable[[Caller, Subject, Callable[[], None]], AsyncGenerator[Raw]]


def _by_asking(caller: Caller, subject: Subject, alive: Callable[[], None]) -> AsyncGenerator[Raw]:
    return subject.by_asking(caller, alive)


CONNECTIONS: Mapping[Way, Connection] = {
    Way.SOCKET: over_socket,
    Way.EVENTS: over_events,
    Way.POLLING: _by_asking,
}


class Watching:
    """One watch.

    Args:
        caller: The server.
        subject: What is watched, and from where.
        notice: Who is told of lost connections.
    """

    def __init__(self, caller: Caller, subject: Subject, notice: Notice | None = None) -> None:
        self._caller = caller
        self._subject = subject
        self._notice = notice
        self._ways = list(caller.habits.ways)
        self._pauses = Pauses(caller.habits)
        self._fruitless = 0
        self._worked = False  # the connection of now has told something
        self._heard_at = time.monotonic()

    async def frames(self) -> AsyncGenerator[Frame]:
        """What is news, in order, until all has ended.

        Raises:
            UnknownScan: The server does not know the scan, or not any more.
            Unreachable: It has not been heard from for `patience_seconds`.
            TechnicError: It refuses, in every way to watch.
        """
        while not self._subject.ended:
            self._worked = False
            try:
                async with aclosing(self._connection()) as connection:
                    async for frame in connection:
                        yield frame
            except (Barred, ForeignAnswer) as error:
                self._next_way(error)
            except Unreachable as error:
                raise self._lost(error.detail) from error
            except TurnedAway as error:
                await self._come_back(error, crowded=error.crowded, seconds=error.seconds)
            except BROKEN as error:
                refused = isinstance(error, aiohttp.ClientConnectorError)
                await self._come_back(error, crowded=not refused, seconds=None)

    async def _connection(self) -> AsyncGenerator[Frame]:
        """The news of one connection. Raises as the way does, and as `Answer.json` does."""
        subject = self._subject
        async with aclosing(CONNECTIONS[self._ways[0]](self._caller, subject, self._alive)) as connection:
            async for raw in connection:
                self._works()
                for frame in subject.take(raw):
                    yield frame
                if subject.gap and not subject.ended:
                    for frame in await subject.mend(self._caller):
                        yield frame
                if subject.ended:
                    return

    def _alive(self) -> None:
        self._heard_at = time.monotonic()

    def _works(self) -> None:
        """The connection tells something."""
        self._worked = True
        self._fruitless = 0
        self._pauses.over()

    def _next_way(self, error: Exception) -> None:
        """This way will not do. Raises what the last one died of."""
        if len(self._ways) == 1:
            if isinstance(error, TechnicError):
                raise error
            raise ForeignAnswer(f"no scan can be watched at {self._caller.url}: {error}") from error
        del self._ways[0]
        self._fruitless = 0
        self._pauses.over()

    async def _come_back(self, error: Exception, *, crowded: bool, seconds: float | None) -> None:
        """Wait before the next connection. Raises Unreachable where that has been long enough."""
        if self._worked:
            self._alive()  # pings are heard by aiohttp alone: it was there until now
        self._fruitless = self._fruitless + 1 if crowded and not self._worked else 0
        if self._fruitless >= _FRUITLESS and len(self._ways) > 1:
            self._next_way(error)
            return
        pause = max(seconds or 0.0, self._pauses.seconds())
        left = self._heard_at + self._caller.habits.patience_seconds - time.monotonic()
        if left <= 0:
            raise self._lost(self._caller.unreachable(error).detail) from error
        if self._notice is not None:
            self._notice(why(error))
        await asyncio.sleep(min(pause, left))

    def _lost(self, detail: str) -> TechnicError:
        """What to say when patience has come to its end."""
        return self._subject.lost(f"{detail}, for {self._caller.habits.patience_seconds:g} seconds")
