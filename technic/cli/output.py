"""Where the rows of a scan go, and in which form."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from technic.cli.complaints import tell
from technic.cli.forms import Form
from technic.cli.table import BEST, COMFORTABLE, rows_table, summary
from technic.engine.outcome import ScanOutcome
from technic.errors import Unusable
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
    """
    if path is None:
        if form is Form.PARQUET and sys.stdout.isatty():
            raise typer.BadParameter(
                "parquet is no text for a terminal; add --output rows.parquet", param_hint="--format"
            )
        return Destination(form or Form.TABLE, None)
    if path.is_dir():
        raise typer.BadParameter(f"{path} is a folder; name a file in it", param_hint="--output")
    if not os.access(path.parent, os.W_OK):
        raise typer.BadParameter(f"the folder {path.parent} cannot be written to", param_hint="--output")
    return Destination(form or _SUFFIXES.get(path.suffix.lower(), Form.TABLE), path)


def write(ended: ScanOutcome, to: Destination, *, limited: bool) -> None:
    """Write the rows, and say on stderr what a machine's form has no place for.

    Args:
        ended: The scan.
        to: Where, and in which form.
        limited: Whether a limit was asked for; a table without one shows the best only.

    Raises:
        Unusable: The file cannot be written.
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
    if to.path is None:
        _reconfigure_for_any_text()
        _print_table(Console(width=_width()), ended, rows)
        return
    console = Console(width=COMFORTABLE, no_color=True, force_terminal=False)
    with console.capture() as text:
        _print_table(console, ended, rows)
    put(text.get().encode(), to.path)


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


def _width() -> int | None:
    """A terminal's own width; into a pipe or file the one at which all columns fit."""
    return None if sys.stdout.isatty() else COMFORTABLE


def _reconfigure_for_any_text() -> None:
    """A name that the terminal's encoding does not know must not end the scan."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")


def put(content: bytes, path: Path | None) -> None:
    """Write bytes to stdout, or to a file that is whole or not there at all."""
    if path is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        if path.exists() and not path.is_file():  # a pipe or a device: there is nothing to put in its place
            path.write_bytes(content)
        else:
            _replace(path.resolve(), content)
    except OSError as error:
        raise Unusable(
            f"{path} cannot be written: {error.strerror}", suggestion="Name another file with --output."
        ) from error


def _replace(path: Path, content: bytes) -> None:
    """Write beside the file and put the result in its place; a full disk leaves the old one."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        raise
