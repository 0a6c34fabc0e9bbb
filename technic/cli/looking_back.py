"""What `technic history` does: ask the server, page by page, and write what it says."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import RenderableType

from technic.cli.forms import Listing
from technic.cli.output import like_stdout, put
from technic.cli.past_tables import scans_table, statistics_tables
from technic.cli.remote import Remote, ask
from technic.cli.since import since_of
from technic.cli.streams import check_stdout
from technic.clock import rfc3339
from technic.http.encoding import json_bytes

_HOUR_SECONDS = 3600
_COLUMNS = (
    "scan_id", "status", "symbols", "matches", "rows", "failures", "elapsed_seconds", "created_at",
    "completed_at", "tags", "error",
)  # fmt: skip

Query = Mapping[str, str | int]


def show_history(url: str, named: Query, since: str | None, limit: int, form: Listing) -> None:
    """Write ended scans to stdout.

    Args:
        url: The server.
        named: What else they shall be: their `status`, a `tag`; empty for whatever it is.
        since: As it was typed; None for all.
        limit: How many at most.
        form: How to write them.

    Raises:
        typer.BadParameter: The url or the time cannot be meant.
        Unusable: The server does not answer, or they cannot be written.
    """
    query = _period(since) | {name: text for name, text in named.items() if text}
    check_stdout()
    body = asyncio.run(_scans(url, query, limit))
    if form is Listing.JSON:
        put(json_bytes(body) + b"\n", None)
    elif form is Listing.CSV:
        put(_csv(body["scans"]), None)
    else:
        _print(lambda width: scans_table(body["scans"], body["total"], width))


def show_statistics(url: str, since: str | None, form: Listing) -> None:
    """Write figures over ended scans to stdout. Raises as `show_history`."""
    query = _period(since) | {"bucket_seconds": _HOUR_SECONDS}
    check_stdout()
    body = ask(url, "/scan/stats", query, holds="by_status")
    if form is Listing.JSON:
        put(json_bytes(body) + b"\n", None)
    else:
        _print(lambda _: statistics_tables(body))


def _period(since: str | None) -> dict[str, str | int]:
    return {} if since is None else {"since": rfc3339(since_of(since, datetime.now(UTC)))}


async def _scans(url: str, query: Query, limit: int) -> dict[str, Any]:
    async with Remote(url) as server:
        return await server.history(query, limit)


def _csv(scans: Sequence[dict[str, Any]]) -> bytes:
    """A line of names, then a line a scan; UTF-8, lines ended by CR LF (RFC 4180)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for scan in scans:
        error = scan["error"] or {}
        told = scan | {"tags": "; ".join(scan["tags"]), "error": error.get("code")}
        writer.writerow([_harmless(told[name]) for name in _COLUMNS])
    return text.getvalue().encode("utf-8", "replace")


def _harmless(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") else value


def _print(parts: Callable[[int], Sequence[RenderableType]]) -> None:
    """Print what is made for a width."""
    paper = io.BytesIO()
    console = like_stdout(paper)
    for part in parts(console.width):
        console.print(part)
    put(paper.getvalue(), None)
