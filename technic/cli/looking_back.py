"""What `technic history` does: ask the server, page by page, and write what it says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from technic.cli.bars import counting
from technic.cli.forms import Form
from technic.cli.output import destination, print_to, put
from technic.cli.past_tables import scans_table, statistics_tables
from technic.cli.remote import connected
from technic.cli.sheets import sheet
from technic.cli.since import since_of
from technic.client import History
from technic.clock import rfc3339
from technic.http.encoding import json_bytes

_HOUR_SECONDS = 3600
_COLUMNS = (
    "scan_id", "status", "symbols", "matches", "rows", "failures", "elapsed_seconds", "created_at",
    "completed_at", "tags", "error",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which ended scans.

    Attributes:
        statuses: How they ended; all where none is named.
        tag: One of their tags.
        preset: Of which preset.
        text: What their request names.
        since: Since when, as it was typed.
        limit: How many at most.
    """

    statuses: Sequence[str]
    tag: str | None
    preset: str | None
    text: str | None
    since: str | None
    limit: int


def show_history(url: str, wanted: Wanted, form: Form | None, output: Path | None) -> None:
    """Write ended scans.

    Args:
        url: The server.
        wanted: Which.
        form: How to write them.
        output: The file to write them to; None for stdout.

    Raises:
        typer.BadParameter: The url, the time or the file cannot be meant.
        Unusable: The server does not answer, or they cannot be written.
    """
    since, to = _moment(wanted.since), destination(form, output)
    past = asyncio.run(_scans(url, wanted, since))
    match to.form:
        case Form.TABLE:
            print_to(to, lambda width: scans_table(past.scans, past.total, width))
        case Form.JSON:
            put(json_bytes({"total": past.total, "scans": past.scans}) + b"\n", to.path)
        case _:
            put(sheet([_flat(scan) for scan in past.scans], _COLUMNS, to.form), to.path)


def show_statistics(url: str, since: str | None, form: Form | None, output: Path | None) -> None:
    """Write figures over ended scans, as a table or as JSON. Raises as `show_history`."""
    moment, to = _moment(since), destination(form, output)
    if to.form not in {Form.TABLE, Form.JSON}:
        raise typer.BadParameter("figures are a table or json; name the file so", param_hint="--output")
    body = asyncio.run(_figures(url, moment))
    if to.form is Form.JSON:
        put(json_bytes(body) + b"\n", to.path)
    else:
        print_to(to, lambda _: statistics_tables(body))


def _moment(since: str | None) -> str | None:
    return None if since is None else rfc3339(since_of(since, datetime.now(UTC)))


async def _scans(url: str, wanted: Wanted, since: str | None) -> History:
    async with connected(url) as client:
        with counting("Fetching scans", None):
            return await client.history(
                statuses=wanted.statuses,
                tag=wanted.tag,
                preset=wanted.preset,
                text=wanted.text,
                since=since,
                limit=wanted.limit,
            )


async def _figures(url: str, since: str | None) -> Mapping[str, Any]:
    period = {} if since is None else {"since": since}
    async with connected(url) as client:
        return await client.statistics(**period, bucket_seconds=_HOUR_SECONDS)


def _flat(scan: Mapping[str, Any]) -> dict[str, Any]:
    """A scan as a line has it: of its error the code."""
    return dict(scan) | {"error": (scan["error"] or {}).get("code")}
