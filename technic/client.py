"""The async client of a technic server: start a scan, watch it through restarts, fetch its rows.

    async with TechnicClient("http://127.0.0.1:8000") as client:
        results = await client.run(ScanRequest(preset="breakout_20d"), on_progress=show)
        print(results.frame)

All errors are those of `technic.errors`, of the class that the server's problem names; `detail` says what,
`advice` what to do about it. It needs nothing of the server's own parts.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from technic.errors import Fault, InvalidRequest, TechnicError
from technic.remote.bookmark import Bookmark
from technic.remote.caller import Caller, Notice, quoted
from technic.remote.faults import ForeignAnswer, Unreachable
from technic.remote.fleet import IDS_MOST, Fleet
from technic.remote.following import Show, follow
from technic.remote.frames import Frame, Hello, Match, Missing, Progress, Row, State
from technic.remote.habits import Habits, Way
from technic.remote.one_scan import OneScan
from technic.remote.past import History
from technic.remote.raw import BEGINNING
from technic.remote.reader import Reader
from technic.remote.results import Results
from technic.remote.snapshot import Cancelling, Snapshot, Stage, Started, read
from technic.remote.watching import Watching
from technic.scanner.request import ScanRequest, parse_request

__all__ = [
    "Cancelling",
    "ForeignAnswer",
    "Frame",
    "Habits",
    "Hello",
    "History",
    "Match",
    "Missing",
    "Progress",
    "Results",
    "Row",
    "Snapshot",
    "Stage",
    "Started",
    "State",
    "TechnicClient",
    "Unreachable",
    "Way",
]

_PARTING_SECONDS = 5.0
_PLACE = re.compile(r"(?:[^\s-][^\s]{0,99}-)?(?:-1|[0-9]{1,18})")


class TechnicClient(Reader):
    """A technic server; to be entered in a running loop, and used from that loop alone.

    Any number of calls and watches may go on at once. Calls that find the server busy or restarting are
    tried again for `habits.patience_seconds`; none is done twice by that.

    Args:
        url: Where it listens: `http://127.0.0.1:8000`, with a path where a proxy adds one.
        habits: How long to wait for what.
        headers: Sent with every request; for a proxy that wants to know who asks.

    Raises:
        Unusable: The url is none.
    """

    def __init__(
        self, url: str, *, habits: Habits | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(Caller(url, habits or Habits(), headers))

    async def __aenter__(self) -> Self:
        await self._caller.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._caller.__aexit__(kind, error, trace)

    async def start(
        self,
        request: ScanRequest | None = None,
        *,
        key: str | None = None,
        on_wait: Notice | None = None,
        **fields: Any,
    ) -> Started:
        """Start a scan, once, however often the question has to be sent.

        Args:
            request: What to scan; or its fields by name, `preset="oversold"`; neither scans everything.
            key: The Idempotency-Key: one that was used before gives the scan of then. A new one by default.
            on_wait: Called with why, each time the server is busy or away and is to be asked again.
            fields: See `request`.

        Raises:
            InvalidRequest: `faults` points to each field that cannot be used.
            QueueFull: As many scans wait as may, all the time.
            TypeError: Both a request and fields were given.
        """
        asked = _asked(request, fields) | {"async_mode": True}
        headers = {"Idempotency-Key": key or uuid4().hex}
        answer = await self._caller.call("POST", "/scan/start", body=asked, headers=headers, on_wait=on_wait)
        return read(Started, answer.json(holds="progress_url"))

    async def watch(
        self, scan_id: str, *, since: str = BEGINNING, on_break: Notice | None = None
    ) -> AsyncGenerator[Frame]:
        """What happens to a scan, from its beginning to its end, each match once.

        It connects again when the connection is lost, also to a server that was restarted, and goes on where
        it stood: over a WebSocket, else Server-Sent Events, else by asking. Frames come in order: a seq is
        never lower than one before it, in one epoch. The last frame is the terminal state.

        What a server cannot replay any more is fetched: then `limit` decides which of these rows can be seen.

        Args:
            scan_id: Which.
            since: The `place` of the last frame of an earlier watch, to go on there.
            on_break: Called with why, whenever a connection is lost and another one is to come.

        Raises:
            UnknownScan: The server does not know the scan, or not any more.
            Unreachable: It was away for `habits.patience_seconds`; says where to go on.
        """
        if not _PLACE.fullmatch(since):
            raise InvalidRequest((Fault("/since", f"{since[:60]!r} is not the place of a frame."),))
        subject = OneScan(Bookmark(scan_id, since))
        async with aclosing(Watching(self._caller, subject, on_break).frames()) as frames:
            async for frame in frames:
                yield frame

    async def watch_all(
        self, scan_ids: Sequence[str] = (), *, on_break: Notice | None = None
    ) -> AsyncGenerator[Frame]:
        """How many scans stand, over one connection: snapshots, which count their rows but do not tell them.

        Each scan's snapshots come in order, its terminal one exactly once, also over restarts of the server.

        Args:
            scan_ids: Which, up to 500; the watch ends with the last of them. Without any: all that go on,
                those to come too, and there is no end.
            on_break: As in `watch`.

        Raises:
            ValueError: Too many are named.
            Unreachable: The server was away for `habits.patience_seconds`.
        """
        if len(scan_ids) > IDS_MOST:
            raise ValueError(f"scan_ids: {IDS_MOST} at most; leave it out for all.")
        async with aclosing(Watching(self._caller, Fleet(scan_ids), on_break).frames()) as frames:
            async for frame in frames:
                yield frame

    async def cancel(self, scan_id: str) -> Cancelling:
        """Ask a scan to stop and keep what it found; harmless where it has ended. Raises UnknownScan."""
        answer = await self._caller.call("POST", f"/scan/cancel/{quoted(scan_id)}")
        return read(Cancelling, answer.json(holds="status"))

    async def run(
        self,
        request: ScanRequest | None = None,
        *,
        on_progress: Show | None = None,
        key: str | None = None,
        **fields: Any,
    ) -> Results:
        """Start a scan, watch it to its end, and fetch its rows.

        Whoever cancels this call cancels the scan. A scan that somebody else cancels gives the rows that it
        had: `status` says so.

        Args:
            request: As in `start`.
            on_progress: Called with each snapshot. One that raises is logged once and called no more.
            key: As in `start`.
            fields: As in `start`.

        Raises:
            TechnicError: The scan failed, of the problem's class; `metadata["scan_id"]` is the scan, and
                `results` still has the rows that it had.
        """
        scan_id = (await self.start(request, key=key, **fields)).scan_id
        try:
            last = await follow(self.watch(scan_id), on_progress)
        except BaseException as error:
            if not isinstance(error, TechnicError):
                await self._leave(scan_id)
            raise
        if last is not None and last.error is not None:
            last.error.metadata = {**last.error.metadata, "scan_id": scan_id}
            raise last.error
        return await self.results(scan_id)

    async def _leave(self, scan_id: str) -> None:
        """Cancel a scan that nobody waits for any more; it is no matter where that cannot be said."""
        with contextlib.suppress(TechnicError, TimeoutError):
            async with asyncio.timeout(_PARTING_SECONDS):
                await self.cancel(scan_id)


def _asked(request: ScanRequest | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A request as JSON values. Raises InvalidRequest, TypeError."""
    if request is not None and fields:
        raise TypeError("give a request or its fields, not both")
    return (request or parse_request(fields, presets=None)).as_json()
