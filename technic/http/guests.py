"""Who is being served for long: streams, and calls that wait for their scan.

Three things concern them all. There is a most. They are told when the server stops, because aiohttp closes
no stream by itself: streams go when it begins to, calls that wait for their scan may stay until the scans
have had their grace. And somebody has to notice that a client has left: aiohttp tells a handler only where
`handler_cancellation` is on, and one that waits would outlive its client; so one task looks after them all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

from aiohttp import web

from technic.errors import Stopping
from technic.http.refusals import TooManyStreams

LOOK_SECONDS = 0.25
"""How long a client may be gone before its handler is told."""


class Departure(Enum):
    """Why somebody is sent away before the end."""

    LEFT = "left"
    DRAINING = "draining"
    """The server begins to stop: streams go, whoever waits for a scan may stay."""
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True, eq=False)
class _Guest:
    transport: asyncio.Transport
    dismiss: Callable[[Departure], None]
    patient: bool


class Guests:
    """All who are being served for long; used on the event loop only.

    Args:
        limit: How many there may be.
        look_seconds: How often to look whether one has left.

    Attributes:
        closing: Whether nobody is let in any more.
    """

    def __init__(self, limit: int, *, look_seconds: float = LOOK_SECONDS) -> None:
        self._limit = limit
        self._look_seconds = look_seconds
        self._guests: set[_Guest] = set()
        self._some = asyncio.Event()
        self._departed = asyncio.Event()
        self.closing = False

    def __len__(self) -> int:
        """How many there are."""
        return len(self._guests)

    @contextmanager
    def seat(
        self, request: web.BaseRequest, dismiss: Callable[[Departure], None], *, patient: bool = False
    ) -> Iterator[None]:
        """Serve somebody.

        Args:
            request: Whose connection to watch.
            dismiss: Told, from another task and perhaps more than once, that it is time to go.
            patient: Whether a drain may find it there at its end.

        Raises:
            TooManyStreams: There are as many as there may be.
            Stopping: The server is about to go.
            ConnectionResetError: The client has left already.
        """
        guest = _Guest(self._admit(request), dismiss, patient)
        self._guests.add(guest)
        self._some.set()
        try:
            yield
        finally:
            self._guests.discard(guest)
            self._departed.set()
            if not self._guests:
                self._some.clear()

    def _admit(self, request: web.BaseRequest) -> asyncio.Transport:
        if self.closing:
            raise Stopping("The server is shutting down.", retry_after=2.0)
        if len(self._guests) >= self._limit:
            raise TooManyStreams(f"{self._limit} connections are held open already.", retry_after=5.0)
        if request.transport is None:
            raise ConnectionResetError("The client left before it was served.")
        return request.transport

    async def look_after(self) -> None:
        """Tell whoever's client has left; runs until cancelled, and sleeps while nobody is there."""
        while True:
            await self._some.wait()
            await asyncio.sleep(self._look_seconds)
            for guest in [guest for guest in self._guests if guest.transport.is_closing()]:
                guest.dismiss(Departure.LEFT)

    async def drain(self, limit_seconds: float) -> None:
        """Let nobody in from this moment on, and send every stream away; who waits for a scan stays.

        Args:
            limit_seconds: How long streams may take; then their connections are cut.
        """
        self.closing = True
        await self._send_away(Departure.DRAINING, limit_seconds, lambda guest: not guest.patient)

    async def close(self, limit_seconds: float) -> None:
        """Send everybody away and let nobody in; idempotent.

        Args:
            limit_seconds: How long they may take; then their connections are cut.
        """
        self.closing = True
        await self._send_away(Departure.STOPPING, limit_seconds, lambda _: True)

    async def _send_away(
        self, departure: Departure, limit_seconds: float, leaves: Callable[[_Guest], bool]
    ) -> None:
        """Tell everybody, and see those go who shall leave."""
        for guest in list(self._guests):
            guest.dismiss(departure)
        try:
            async with asyncio.timeout(limit_seconds):
                while any(map(leaves, self._guests)):
                    self._departed.clear()
                    await self._departed.wait()
        except TimeoutError:
            for guest in filter(leaves, list(self._guests)):
                guest.transport.abort()
