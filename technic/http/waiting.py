"""Calls that wait for their scan: to its end, or for as long as their client likes.

A client that leaves a start which waits to the end leaves its scan to nobody, and it is cancelled
(see `holders`). One that leaves a wait of its own choice does not.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from technic.engine.admission import Submission
from technic.engine.engine import Engine
from technic.engine.outcome import ScanOutcome
from technic.engine.scan.events import Snapshot
from technic.errors import Stopping
from technic.http.guests import Departure
from technic.http.keys import ENGINE, GUESTS, HOLDERS
from technic.http.refusals import TooManyStreams
from technic.scanner.request import ScanRequest


async def begin(request: web.Request, asked: ScanRequest, key: str | None) -> Submission:
    """Start a scan, or find the one that has the key already, for a client that does not wait to its end.

    Raises:
        QueueFull, Stopping, KeyReused: It was not started.
    """
    async with request.app[HOLDERS].call(key) as hold:
        submission = await _submit(request.app[ENGINE], asked, key)
        hold.keep()
    return submission


async def run_to_end(request: web.Request, asked: ScanRequest, key: str | None = None) -> ScanOutcome:
    """Run a scan for a client that waits, and tell what it came to.

    Raises:
        ConnectionResetError: The client has left; the scan is cancelled unless somebody else holds it.
        Stopping: The server stops; what happens to the scan is the engine's to decide.
        QueueFull, TooManyStreams, KeyReused: It was not even started.
    """
    engine, guests = request.app[ENGINE], request.app[GUESTS]
    wait = _Wait()
    async with request.app[HOLDERS].call(key) as hold:
        with guests.seat(request, wait.dismiss, patient=True):
            submitting = asyncio.ensure_future(_submit(engine, asked, key))
            try:
                submission = await asyncio.shield(submitting)
                hold.waits(submission)
                await wait.until_ended(engine, submission.snapshot.scan_id)
            except (asyncio.CancelledError, ConnectionResetError):
                hold.leaves(await submitting)
                raise
            except Stopping:
                hold.keep()
                raise
    return await engine.result(submission.snapshot.scan_id)


async def wait_a_while(request: web.Request, scan_id: str, seconds: float) -> bool:
    """Wait until a scan has ended, for so long at most.

    Returns:
        Whether it was waited as long as that; not where there is no room for one more who waits, or the
        server stops.

    Raises:
        ConnectionResetError: The client has left. The scan goes on.
        UnknownScan: There is no such scan.
    """
    wait = _Wait()
    try:
        with request.app[GUESTS].seat(request, wait.dismiss, patient=True):
            async with asyncio.timeout(seconds):
                await wait.until_ended(request.app[ENGINE], scan_id)
    except TimeoutError:
        return True
    except (Stopping, TooManyStreams):
        return False
    return True


async def _submit(engine: Engine, asked: ScanRequest, key: str | None) -> Submission:
    if key is None:
        return Submission(await engine.submit(asked), joined=False)
    return await engine.submit_once(asked, key)


class _Wait:
    """A wait that somebody else can end."""

    def __init__(self) -> None:
        self._departure: Departure | None = None
        self._waited: asyncio.Future[Snapshot] | None = None

    def dismiss(self, departure: Departure) -> None:
        """End it; the first reason counts. While the server drains, it may go on."""
        if departure is Departure.DRAINING:
            return
        self._departure = self._departure or departure
        if self._waited is not None:
            self._waited.cancel()

    async def until_ended(self, engine: Engine, scan_id: str) -> None:
        """Wait for a scan. Raises ConnectionResetError or Stopping where it was dismissed before."""
        self._waited = waited = asyncio.ensure_future(engine.wait(scan_id))
        if self._departure is not None:
            waited.cancel()
        try:
            await waited
        except asyncio.CancelledError:
            waited.cancel()
            if self._departure is Departure.LEFT:
                raise ConnectionResetError("The client left.") from None
            if self._departure is Departure.STOPPING:
                raise Stopping("The server is shutting down.", retry_after=2.0, scan_id=scan_id) from None
            raise
