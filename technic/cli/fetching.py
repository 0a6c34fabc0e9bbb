"""The rows of a scan on a server: a table page by page, all other forms as the server streams them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from technic.cli.bars import counting
from technic.cli.complaints import ExitCode, complain_of
from technic.cli.files import IN_MEMORY_BYTES, whole_file
from technic.cli.forms import Form
from technic.cli.interrupts import Interrupts
from technic.cli.naming import resolve
from technic.cli.output import About, Destination, destination, tell_about, write_table
from technic.cli.remote import connected
from technic.cli.streams import write_portions
from technic.cli.table import BEST, Row
from technic.cli.watching import unless_interrupted
from technic.client import Results, TechnicClient

_PATIENCE_SECONDS = 60.0
_ANSWER_SECONDS = 300.0
"""A server may sort a million rows before it says a word."""
_PAGE_ROWS = 1000
_PORTION_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows.

    Attributes:
        scan_id: Of which scan, or how its id begins.
        sort_by: Another order than its own.
        descending: Whether that order has the highest first.
        limit: How many at most; None for all, in a table for the best few.
        offset: The first.
        partial: Also of a scan that goes on.
    """

    scan_id: str
    sort_by: str | None
    descending: bool
    limit: int | None
    offset: int
    partial: bool


def fetch(url: str, wanted: Wanted, form: Form | None, output: Path | None) -> ExitCode:
    """Write rows to a file or to stdout.

    Raises:
        typer.BadParameter: The url, the id or the file cannot be meant.
        Unusable: The server does not answer or has no such rows, or they cannot be written.
    """
    to = destination(form, output)
    ended = asyncio.run(_fetched(url, wanted, to))
    if ended is None:
        return ExitCode.INTERRUPTED
    if ended.error is not None:
        complain_of(ended.error.failure())
    return ExitCode.FAILED if ended.status == "failed" else ExitCode.DONE


async def _fetched(url: str, wanted: Wanted, to: Destination) -> Results | None:
    """What is known of the scan, once its rows are written; None after Ctrl-C."""

    async def work() -> Results:
        async with connected(
            url, patience_seconds=_PATIENCE_SECONDS, answer_seconds=_ANSWER_SECONDS
        ) as client:
            await client.health()  # it is there, and a technic server
            (scan_id,) = await resolve(client, [wanted.scan_id])
            known = await client.results(scan_id, limit=0, partial=wanted.partial)
            about = About(known.total, known.performance_metrics, known.warnings, known.status)
            if to.form is Form.TABLE:
                write_table(await _pages(client, scan_id, wanted, known.total), about, to)
            else:
                await _export(client, scan_id, wanted, to)
                tell_about(about)
            return known

    with Interrupts() as interrupts:
        return await unless_interrupted(work(), interrupts)


async def _pages(client: TechnicClient, scan_id: str, wanted: Wanted, total: int) -> list[Row]:
    """The rows of a table; of a scan that goes on in one piece, since its pages would move."""
    most = BEST if wanted.limit is None else wanted.limit
    count = max(0, min(most, total - wanted.offset))
    size = count if wanted.partial else _PAGE_ROWS
    rows: list[Row] = []
    with counting("Fetching rows", count) as far:
        while len(rows) < count:
            page = await client.results(
                scan_id,
                offset=wanted.offset + len(rows),
                limit=min(size, count - len(rows)),
                sort_by=wanted.sort_by,
                descending=wanted.descending,
                partial=wanted.partial,
            )
            rows += page.rows
            far(len(rows), count)
            if not page.rows:
                break
    return rows


async def _export(client: TechnicClient, scan_id: str, wanted: Wanted, to: Destination) -> None:
    asked = asdict(wanted) | {"scan_id": scan_id}
    with _sink(to.path) as file, counting("Fetching", None, unit="bytes") as far:
        await client.export(**asked, to=file, form=to.form.value, on_bytes=far)


@contextmanager
def _sink(path: Path | None) -> Iterator[IO[bytes]]:
    """A file to write to; what shall go to stdout goes there once it is whole."""
    if path is not None:
        with whole_file(path) as file:
            yield file
        return
    with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as spool:
        yield spool
        spool.seek(0)
        write_portions(iter(lambda: spool.read(_PORTION_BYTES), b""))
