"""Calls that wait for their scan: a scan whose only reader has left is cancelled."""

from __future__ import annotations

import asyncio

from aiohttp import web

from technic.engine.outcome import ScanOutcome
from technic.errors import Stopping
from technic.http.guests import Departure
from technic.http.keys import ENGINE, GUESTS
from technic.scanner.request import ScanRequest


async def run_to_end(request: web.Request, asked: ScanRequest) -> ScanOutcome:
    """Run a scan for a client that waits, and tell what it came to.

    Raises:
        ConnectionResetError: The client has left, and the scan is cancelled.
        Stopping: The server stops; what happens to the scan is the engine's to decide.
        QueueFull, TooManyStreams: It was not even started.
    """
    engine = request.app[ENGINE]
    wait = _Wait()
    with request.app[GUESTS].seat(request, wait.dismiss):
        submission = asyncio.ensure_future(engine.submit(asked))
        try:
            scan_id = (await asyncio.shield(submission)).scan_id
            await wait.until_done(asyncio.ensure_future(engine.wait(scan_id)))
        except (asyncio.CancelledError, ConnectionResetError):
            await engine.cancel((await submission).scan_id, reason="its client left")
            raise
    return await engine.result(scan_id)


class _Wait:
    """A wait that somebody else can end."""

    def __init__(self) -> None:
        self._departure: Departure | None = None
        self._waited: asyncio.Future[object] | None = None

    def dismiss(self, departure: Departure) -> None:
        """End it; the first reason counts."""
        self._departure = self._departure or departure
        if self._waited is not None:
            self._waited.cancel()

    async def until_done(self, waited: asyncio.Future[object]) -> None:
        """Wait for something. Raises ConnectionResetError or Stopping where it was dismissed before."""
        self._waited = waited
        if self._departure is not None:
            waited.cancel()
        try:
            await waited
        except asyncio.CancelledError:
            waited.cancel()
            if self._departure is Departure.LEFT:
                raise ConnectionResetError("The client left.") from None
            if self._departure is Departure.STOPPING:
                raise Stopping("The server is shutting down.", retry_after=2.0) from None
            raise
