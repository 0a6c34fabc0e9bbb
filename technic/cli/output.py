"""Where the rows of a scan go, and in which form."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from technic.cli.complaints import tell
from technic.cli.files import check_file, write_file
from technic.cli.forms import Form
from technic.cli.streams import check_stdout, write_rows
from technic.cli.table import BEST, COMFORTABLE, rows_table, summary
from technic.engine.outcome import ScanOutcome
from technic.scanner.export import EXPORTS

_SUFFIXES = {".json": Form.JSON, ".csv": Form.CSV, ".parquet": Form.PARQUET}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where rows go: a file, or stdout where `path` is None."""

    form: Form
    path: Path | None


def destination(form: Form | None, path: Path | None) -> Destination:
    """Where the rows shall go; refused before the scan runs and not after it.

    Args:
        form: As it was asked for; by the file's name where it was not, else a table.
        path: The file; None for stdout.

    Raises:
        typer.BadParameter: The file cannot be written, or a terminal would get a binary form.
        Unusable: There is no stdout.
    """
    if path is not None:
        check_file(path)
        return Destination(form or _SUFFIXES.get(path.suffix.lower(), Form.TABLE), path)
    check_stdout()
    if form is Form.PARQUET and sys.stdout.isatty():
        raise typer.BadParameter(
            "parquet is no text for a terminal; add --output rows.parquet", param_hint="--format"
        )
    return Destination(form or Form.TABLE, None)


def write(ended: ScanOutcome, to: Destination, *, limited: bool) -> None:
    """Write the rows, and say on stderr what a machine's form has no place for.

    Args:
        ended: The scan.
        to: Where, and in which form.
        limited: Whether a limit was asked for; a table without one shows the best only.

    Raises:
        Unusable: They cannot be written.
    """
    if to.form is Form.TABLE:
        _write_table(ended, to, BEST if not limited else ended.result.total)
        return
    put(_rendered(ended, to.form), to.path)
    tell(_summary(ended, ended.result.total))
    for warning in ended.result.warnings:
        tell(warning)


def _rendered(ended: ScanOutcome, form: Form) -> bytes:
    if form is Form.JSON:
        from technic.http.encoding import json_bytes  # noqa: PLC0415 - only JSON has the server's envelope
        from technic.http.payloads import result_body  # noqa: PLC0415

        return json_bytes(result_body(ended.snapshot, ended.result, ended.result.page())) + b"\n"
    _, rendered = EXPORTS[form.value]
    return rendered(ended.result.rows)


def _write_table(ended: ScanOutcome, to: Destination, most: int) -> None:
    """The table with its summary below; in a file as plain text."""
    rows = ended.result.page(limit=most)
    paper = io.BytesIO()
    console = like_stdout(paper) if to.path is None else _plain(paper)
    _print_table(console, ended, rows)
    put(paper.getvalue(), to.path)


def like_stdout(paper: io.BytesIO) -> Console:
    """Prints as stdout would show it: colours on a terminal, at its width; elsewhere all columns fit.

    A name that its encoding does not know must not end the scan.
    """
    terminal = sys.stdout.isatty()
    return Console(
        file=io.TextIOWrapper(paper, sys.stdout.encoding, "replace", write_through=True),
        force_terminal=terminal or None,
        width=None if terminal else COMFORTABLE,
    )


def _plain(paper: io.BytesIO) -> Console:
    """Prints text for a file."""
    file = io.TextIOWrapper(paper, "utf-8", write_through=True)
    return Console(file=file, width=COMFORTABLE, no_color=True, force_terminal=False)


def _print_table(console: Console, ended: ScanOutcome, rows: list[dict[str, Any]]) -> None:
    if rows:
        console.print(rows_table(rows, console.width))
    for warning in ended.result.warnings:
        console.print(warning, markup=False, highlight=False)
    if ended.result.performance_metrics["symbols_requested"]:  # else it failed before there was anything
        console.print(_summary(ended, len(rows)), style="dim", markup=False, highlight=False)


def _summary(ended: ScanOutcome, shown: int) -> str:
    metrics = ended.result.performance_metrics
    return summary(shown, ended.result.total, metrics, status=ended.snapshot.status.value)


def put(content: bytes, path: Path | None) -> None:
    """Write bytes to stdout, or to a file that is whole or not there at all. Raises Unusable."""
    if path is not None:
        write_file(path, content)
        return
    write_rows(content)
