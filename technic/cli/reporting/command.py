"""What `technic report` does: looks at the file first, asks the server, writes the page, says how it went."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from technic.cli.complaints import tell
from technic.cli.files import check_file, write_file
from technic.cli.naming import resolve
from technic.cli.options import server_url
from technic.cli.plain import plain
from technic.cli.remote import connected
from technic.cli.reporting.gathering import Findings, Told, gather
from technic.cli.reporting.page import GENERATOR, page
from technic.errors import ScanUnfinished, Unusable

_HEAD_BYTES = 400
_PARTS_BESIDE_CHARTS = 3


def write_report(
    scan_id: str, url: str | None, output: Path | None, *, charts: int, rows: int, force: bool
) -> None:
    """Write the page of a scan.

    Raises:
        typer.BadParameter: The file cannot be written, or is somebody else's.
        TechnicError: The server does not give it.
    """
    if output is not None:
        _check(output, force=force)
    with _bar(charts + _PARTS_BESIDE_CHARTS) as told:
        found = asyncio.run(_gathered(scan_id, server_url(url), charts, told))
        content = page(found, rows)
        told("the page")
    if output is None:
        output = Path(f"scan-{found.snapshot.scan_id}.html")
        _check(output, force=force)
    write_file(output, content)
    tell(f"{output}: {found.results.total} rows, {len(content) / 1e6:.1f} MB")


async def _gathered(scan_id: str, url: str, charts: int, told: Told) -> Findings:
    async with connected(url) as client:
        (whole,) = await resolve(client, [scan_id])
        try:
            return await gather(client, whole, charts, told)
        except ScanUnfinished as error:
            raise Unusable(
                f"{error.detail}; a report is of one that has ended",
                suggestion=f"`technic watch {whole[:8]}` waits for its end.",
            ) from error


def _check(path: Path, *, force: bool) -> None:
    """See that a file can be written and that nothing is lost by it. Raises typer.BadParameter."""
    check_file(path)
    if not force and not _may_be_written_over(path):
        raise typer.BadParameter(
            f"{path} is there and is no report; --force writes over it", param_hint="--output"
        )


def _may_be_written_over(path: Path) -> bool:
    """Whether nothing is lost: there is no file, or it is a report, or no file at all but a pipe."""
    if not path.is_file():
        return True
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return False
    return not head or f'name="generator" content="{GENERATOR}'.encode() in head


@contextmanager
def _bar(parts: int) -> Iterator[Told]:
    """A bar on a terminal, nothing elsewhere: it takes a second."""
    console = Console(stderr=True)
    columns = (BarColumn(36), TextColumn("{task.percentage:>5.1f} %"), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Asking the server", total=parts)

        def told(part: str) -> None:
            shown = plain(part[:60])
            progress.update(task, advance=1, description=shown.replace("[", "\\["))

        yield told
