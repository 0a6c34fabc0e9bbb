"""When streams were cut off whose readers do not read: noted at the doors of the application, for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from technic.http.connections import Connections
from technic.http.outlet import Outlet


class Cuts:
    """What was noted; seconds of each stream that was cut off, since its connection was first not clear.

    "First" is when its stream met that: at most one event after it was so.

    Attributes:
        gave_up: Until its last words were put behind what waits.
        gone: Until its connection was lost.
    """

    def __init__(self) -> None:
        self.gave_up: list[float] = []
        self.gone: list[float] = []
        self._since: dict[object, float] = {}
        self._more = asyncio.Event()

    async def until_gone(self, count: int, limit_seconds: float) -> None:
        """Wait until so many were lost. Raises TimeoutError: one is let stay."""
        async with asyncio.timeout(limit_seconds):
            while len(self.gone) < count:
                self._more.clear()
                await self._more.wait()

    def met(self, outlet: Outlet) -> None:
        """Its stream wants to write."""
        if outlet.clear:
            self._since.pop(outlet.transport, None)
        else:
            self._since.setdefault(outlet.transport, time.monotonic())

    def cut(self, outlet: Outlet) -> None:
        """It was given up."""
        self.gave_up.append(time.monotonic() - self._since[outlet.transport])

    def lost(self, transport: object) -> None:
        """A connection has ended; of those that were cut off each was met before."""
        since = self._since.pop(transport, None)
        if since is not None:
            self.gone.append(time.monotonic() - since)
            self._more.set()


@contextmanager
def noted_cuts() -> Iterator[Cuts]:
    """Note them for as long as the block."""
    cuts, drained, leave = Cuts(), Outlet.drained, Connections.leave

    async def noting_drained(outlet: Outlet) -> None:
        cuts.met(outlet)
        try:
            await drained(outlet)
        finally:
            if outlet.cut:
                cuts.cut(outlet)

    def noting_leave(connections: Connections, connection) -> None:
        cuts.lost(connection.transport)
        leave(connections, connection)

    Outlet.drained, Connections.leave = noting_drained, noting_leave
    try:
        yield cuts
    finally:
        Outlet.drained, Connections.leave = drained, leave
