"""What can be read of a server: scans, their rows, symbols, history; nothing here changes anything."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any

from technic.remote.caller import Caller, Query, quoted
from technic.remote.downloads import Received, download
from technic.remote.past import History, history
from technic.remote.results import Results
from technic.remote.snapshot import Active, Snapshot, read
from technic.remote.whole import whole_file


class Reader:
    """The questions of a client; see `technic.client.TechnicClient`, which is one.

    Args:
        caller: The server.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    @property
    def url(self) -> str:
        """Where the server listens, without a slash at the end."""
        return self._caller.url

    async def progress(self, scan_id: str) -> Snapshot:
        """How a scan stands. Raises UnknownScan."""
        return read(Snapshot, await self._get(f"/scan/progress/{quoted(scan_id)}", holds="percentage"))

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
        query = _page(offset, limit, sort_by, descending=descending, partial=partial)
        return read(Results, await self._get(f"/scan/results/{quoted(scan_id)}", query, holds="results"))

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

    async def export(
        self,
        scan_id: str,
        to: IO[bytes] | str | Path,
        *,
        form: str = "parquet",
        offset: int = 0,
        limit: int | None = None,
        sort_by: str | None = None,
        descending: bool = True,
        partial: bool = False,
        on_bytes: Received | None = None,
    ) -> None:
        """Write the rows of a scan into a file, as they come: so they may be more than memory holds.

        A lost connection, or a restart of the server, begins the file anew.

        Args:
            scan_id: Which.
            to: The path of a file, which appears when it is whole; or a file, open for bytes, that can be
                sought in, and holds nothing of use where this raises.
            form: `parquet`, `csv`, `jsonl`, `json` or `msgpack`: what `GET /scan/results` knows.
            offset: And what follows: as in `results`.
            limit: See `results`.
            sort_by: See `results`.
            descending: See `results`.
            partial: See `results`.
            on_bytes: Called with how many bytes have come, and of how many where that is known.

        Raises:
            ScanUnfinished, UnknownScan: As `results`.
            OSError: The file cannot be written.
        """
        query = _page(offset, limit, sort_by, descending=descending, partial=partial)
        path = f"/scan/results/{quoted(scan_id)}"
        with whole_file(Path(to)) if isinstance(to, str | Path) else nullcontext(to) as file:
            await download(self._caller, path, query, file, form=form, on_bytes=on_bytes)

    async def active(self) -> list[Snapshot]:
        """The scans that have not ended, oldest first."""
        return list(read(Active, await self._get("/scan/active", holds="scans")).scans)

    async def history(
        self,
        *,
        statuses: Sequence[str] = (),
        tag: str | None = None,
        preset: str | None = None,
        text: str | None = None,
        scan_id: str | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int = 50,
    ) -> History:
        """The scans that have ended, newest end first.

        Args:
            statuses: How they ended; all where none is named.
            tag: One of their tags.
            preset: The preset that they were asked for by.
            text: What stands somewhere in their request: a symbol, a field.
            scan_id: How their ids begin.
            since: When they ended: from then on; RFC 3339 or a day.
            until: Before then.
            limit: How many at most; asked for in as many pages as it takes.
        """
        named = {
            "status": ",".join(statuses),
            "tag": tag,
            "preset": preset,
            "text": text,
            "scan_id": scan_id,
            "since": since,
            "until": until,
        }
        return await history(self._caller, {name: text for name, text in named.items() if text}, limit)

    async def request(self, scan_id: str) -> Mapping[str, Any]:
        """What a scan was asked for: the fields that were set. Raises UnknownScan."""
        answer = await self._get(f"/scan/request/{quoted(scan_id)}", holds="request")
        asked: Mapping[str, Any] = answer["request"]
        return asked

    async def statistics(self, **query: str | int) -> Mapping[str, Any]:
        """Figures over the scans that have ended; `since`, `until`, `bucket_seconds` as in the API."""
        return await self._get("/scan/stats", query, holds="by_status")

    async def symbol(
        self, symbol: str, *, bars: int | None = None, **asked: str | float
    ) -> Mapping[str, Any]:
        """Why a symbol has its rating: `GET /symbols/{symbol}`.

        Args:
            symbol: Which.
            bars: How many of the last bars come back; 0 for all, None for those that are rated.
            asked: Fields of a request: `lookback_bars`, `as_of`, and those of the trade plan.

        Raises:
            UnknownSymbol: No source of the server knows it.
            UnreadableBars, InsufficientHistory: It cannot be rated.
        """
        query = {name: _told(value) for name, value in asked.items()}
        if bars is not None:
            query["bars"] = bars
        return await self._get(f"/symbols/{quoted(symbol)}", query, holds="votes")

    async def universe(self, *, limit: int = 500, **query: str | int) -> Mapping[str, Any]:
        """What can be scanned: `GET /universe`; `sector`, `offset` and `limit` as in the API."""
        return await self._get("/universe", {"limit": limit, **query}, holds="sectors")

    async def health(self) -> Mapping[str, Any]:
        """How the server is: `GET /health`."""
        return await self._get("/health", holds="features")

    async def _get(self, path: str, query: Query | None = None, *, holds: str) -> dict[str, Any]:
        return (await self._caller.call("GET", path, query)).json(holds=holds)


def _told(value: str | float) -> str | int:
    """A value as a query has it."""
    return str(value).lower() if isinstance(value, bool | float) else value


def _page(
    offset: int, limit: int | None, sort_by: str | None, *, descending: bool, partial: bool
) -> dict[str, str | int]:
    """Which rows, as the API's query says it."""
    query: dict[str, str | int] = {"offset": offset}
    if limit is not None:
        query["limit"] = limit
    if sort_by is not None:
        query |= {"sort_by": sort_by, "descending": str(descending).lower()}
    if partial:
        query["partial"] = "true"
    return query
