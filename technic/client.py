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
from urllib.parse import quote
from uuid import uuid4

from technic.errors import Fault, InvalidRequest, TechnicError
from technic.remote.bookmark import BEGINNING, Bookmark
from technic.remote.caller import Caller, Query
from technic.remote.faults import ForeignAnswer, Unreachable
from technic.remote.following import Show, follow
from technic.remote.frames import Frame, Hello, Match, Progress, Row, State
from technic.remote.habits import Habits, Way
from technic.remote.past import History, history
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


class TechnicClient:
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
        self._caller = Caller(url, habits or Habits(), headers)

    async def __aenter__(self) -> Self:
        await self._caller.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._caller.__aexit__(kind, error, trace)

    @property
    def url(self) -> str:
        """Where the server listens, without a slash at the end."""
        return self._caller.url

    async def start(
        self, request: ScanRequest | None = None, *, key: str | None = None, **fields: Any
    ) -> Started:
        """Start a scan, once, however often the question has to be sent.

        Args:
            request: What to scan; or its fields by name, `preset="oversold"`; neither scans everything.
            key: The Idempotency-Key: one that was used before gives the scan of then. A new one by default.
            fields: See `request`.

        Raises:
            InvalidRequest: `faults` points to each field that cannot be used.
            QueueFull: As many scans wait as may, all the time.
            TypeError: Both a request and fields were given.
        """
        asked = _asked(request, fields) | {"async_mode": True}
        headers = {"Idempotency-Key": key or uuid4().hex}
        answer = await self._caller.call("POST", "/scan/start", body=asked, headers=headers)
        return read(Started, answer.json(holds="progress_url"))

    async def progress(self, scan_id: str) -> Snapshot:
        """How a scan stands. Raises UnknownScan."""
        return read(Snapshot, await self._get(f"/scan/progress/{_quoted(scan_id)}", holds="percentage"))

    async def watch(self, scan_id: str, *, since: str = BEGINNING) -> AsyncGenerator[Frame]:
        """What happens to a scan, from its beginning to its end, each match once.

        It connects again when the connection is lost, also to a server that was restarted, and goes on where
        it stood: over a WebSocket, else Server-Sent Events, else by asking. Frames come in order: a seq is
        never lower than one before it, in one epoch. The last frame is the terminal state.

        What a server cannot replay any more is fetched: then `limit` decides which of these rows can be seen.

        Args:
            scan_id: Which.
            since: The `place` of the last frame of an earlier watch, to go on there.

        Raises:
            UnknownScan: The server does not know the scan, or not any more.
            Unreachable: It was away for `habits.patience_seconds`; says where to go on.
        """
        if not _PLACE.fullmatch(since):
            raise InvalidRequest((Fault("/since", f"{since[:60]!r} is not the place of a frame."),))
        async with aclosing(Watching(self._caller, Bookmark(scan_id, since)).frames()) as frames:
            async for frame in frames:
                yield frame

    async def results(
        self,
        scan_id: str,
        *,
        offset: int = 0,
        limit: int | None = None,
        sort_by: str | None = None,
        descending: bool = True,
        partial: bool = False,
    ) -> Results:
        """The rows of a scan that has ended, all or a page of them.

        Args:
            scan_id: Which.
            offset: The first row.
            limit: How many at most; None for all.
            sort_by: Another order than the scan's own, by a field.
            descending: Whether that order has the highest first.
            partial: Also of a scan that goes on: what has been found so far.

        Raises:
            ScanUnfinished: It goes on.
            UnknownScan: The server does not know it.
        """
        query: dict[str, str | int] = {"offset": offset}
        if limit is not None:
            query["limit"] = limit
        if sort_by is not None:
            query |= {"sort_by": sort_by, "descending": str(descending).lower()}
        if partial:
            query["partial"] = "true"
        return read(Results, await self._get(f"/scan/results/{_quoted(scan_id)}", query, holds="results"))

    async def pages(
        self, scan_id: str, *, size: int = 1000, sort_by: str | None = None, descending: bool = True
    ) -> AsyncGenerator[Results]:
        """The rows of a scan that has ended, page by page; at least one page. Raises as `results`."""
        if size < 1:
            raise ValueError("size: a page has a row at least.")
        offset = 0
        while True:
            page = await self.results(
                scan_id, offset=offset, limit=size, sort_by=sort_by, descending=descending
            )
            yield page
            offset += len(page.rows)
            if not page.rows or offset >= page.total:
                return

    async def cancel(self, scan_id: str) -> Cancelling:
        """Ask a scan to stop and keep what it found; harmless where it has ended. Raises UnknownScan."""
        answer = await self._caller.call("POST", f"/scan/cancel/{_quoted(scan_id)}")
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

    async def active(self) -> list[Snapshot]:
        """The scans that have not ended, oldest first."""
        return [read(Snapshot, scan) for scan in (await self._get("/scan/active", holds="scans"))["scans"]]

    async def history(
        self,
        *,
        statuses: Sequence[str] = (),
        tag: str | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int = 50,
    ) -> History:
        """The scans that have ended, newest end first.

        Args:
            statuses: How they ended; all where none is named.
            tag: One of their tags.
            since: When they ended: from then on; RFC 3339 or a day.
            until: Before then.
            limit: How many at most; asked for in as many pages as it takes.
        """
        named = {"status": ",".join(statuses), "tag": tag, "since": since, "until": until}
        return await history(self._caller, {name: text for name, text in named.items() if text}, limit)

    async def statistics(self, **query: str | int) -> Mapping[str, Any]:
        """Figures over the scans that have ended; `since`, `until`, `bucket_seconds` as in the API."""
        return await self._get("/scan/stats", query, holds="by_status")

    async def health(self) -> Mapping[str, Any]:
        """How the server is: `GET /health`."""
        return await self._get("/health", holds="features")

    async def _get(self, path: str, query: Query | None = None, *, holds: str) -> dict[str, Any]:
        return (await self._caller.call("GET", path, query)).json(holds=holds)

    async def _leave(self, scan_id: str) -> None:
        """Cancel a scan that nobody waits for any more; it is no matter where that cannot be said."""
        with contextlib.suppress(TechnicError, TimeoutError):
            async with asyncio.timeout(_PARTING_SECONDS):
                await self.cancel(scan_id)


def _asked(request: ScanRequest | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A request as JSON values. Raises InvalidRequest, TypeError."""
    if request is not None and fields:
        raise TypeError("give a request or its fields, not both")
    return (request or parse_request(fields)).as_json()


def _quoted(scan_id: str) -> str:
    """An id as a part of a path."""
    return quote(scan_id, safe="")
