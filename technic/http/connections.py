"""Who has a connection: how many there may be, and none that holds one for nothing.

A connection costs a file descriptor and some memory before anything is asked on it. Where there are as many
as there may be, those that have been idle the longest give way to newcomers: whoever opens thousands and
asks nothing keeps nobody out. And a client that does not take its answer is cut off after a while: what it
was to get would lie here for as long as it likes. Streams have a limit of their own and are left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import nsmallest
from typing import Protocol

import structlog

LOOK_SECONDS = 5.0
STALL_SECONDS = 30.0
"""How long an answer may lie without its client taking a byte of it."""
GIVE_WAY = 64
"""So many idle connections give way at once, so that a flood does not look through all of them each time."""
_log = structlog.get_logger(__name__)


class Connection(Protocol):
    """One client's connection."""

    @property
    def idle_since(self) -> float | None:
        """When it became idle, by a clock that all of them share; None while something is asked on it."""

    @property
    def unsent(self) -> int | None:
        """Bytes of an answer that its client has not taken; None where there is none, or on a stream."""

    def cut(self) -> None:
        """End it at once."""


class Connections:
    """All connections of a server; used on the event loop only.

    Args:
        limit: How many there may be.
        clock: Tells seconds; never goes back.
    """

    def __init__(self, limit: int, clock: Callable[[], float]) -> None:
        self.limit = limit
        self._clock = clock
        self._open: set[Connection] = set()
        self._stalled: dict[Connection, tuple[int, float]] = {}
        self._turned_away = 0

    def __len__(self) -> int:
        """How many there are."""
        return len(self._open)

    def enter(self, connection: Connection) -> bool:
        """Take one in, for which idle ones may have to go; False where none is idle and there is no room."""
        if len(self._open) >= self.limit:
            self._make_room()
        if len(self._open) >= self.limit:
            self._turned_away += 1
            return False
        self._open.add(connection)
        return True

    def leave(self, connection: Connection) -> None:
        """One has ended; idempotent."""
        self._open.discard(connection)
        self._stalled.pop(connection, None)

    def _make_room(self) -> None:
        idle = [(since, each) for each in self._open if (since := each.idle_since) is not None]
        for _, connection in nsmallest(GIVE_WAY, idle, key=lambda pair: pair[0]):
            self._turned_away += 1
            self.leave(connection)
            connection.cut()

    async def look_after(self) -> None:
        """Cut off who takes nothing, and tell when there is no room; runs until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        """Look at all of them once."""
        now = self._clock()
        for connection in tuple(self._open):
            self._look_at(connection, now)
        if self._turned_away:
            _log.warning("more connections than may be open", limit=self.limit, turned_away=self._turned_away)
            self._turned_away = 0

    def _look_at(self, connection: Connection, now: float) -> None:
        unsent = connection.unsent
        before, since = self._stalled.get(connection, (0, now))
        if not unsent:
            self._stalled.pop(connection, None)
        elif connection not in self._stalled or unsent < before:
            self._stalled[connection] = (unsent, now)
        elif now - since >= STALL_SECONDS:
            _log.info("a client does not take its answer and is cut off", unsent=unsent)
            self.leave(connection)
            connection.cut()
