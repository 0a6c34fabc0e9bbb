"""Where the rows of a scan go, and in which form."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console, RenderableType
from rich.text import Text

from technic.cli.complaints import tell
from technic.cli.files import check_file, write_file
from technic.cli.forms import BINARY, Form
from technic.cli.harmless import Harmless
from technic.cli.streams import check_stdout, write_rows
from technic.cli.table import BEST, COMFORTABLE, Row, rows_table, summary
from technic.engine.outcome import ScanOutcome
from technic.scanner.export import EXPORTS

_SUFFIXES: Mapping[str, Form] = {f".{form}": form for form in Form if form is not Form.TABLE}
_TEXT = frozenset({"", ".txt"})
"""Endings of files that a table goes into without being asked for."""
_WHOLE = frozenset({Form.JSON, Form.MSGPACK})
"""Those that hold all that the server answers of a scan, not its rows alone."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where rows go: a file, or stdout where `path` is None."""

    form: Form
    path: Path | None


def destination(form: Form | None, path: Path | None) -> Destination:
    """Where the rows shall go; refused before the scan runs and not after it.

    Args:
        form: As it was asked for; by the file's name where it was not.
        path: The file; None for stdout.

    Raises:
        typer.BadParameter: The file cannot be written, its name says a form that there is not, or a
            terminal would get a binary form.
        Unusable: There is no stdout.
    """
    if path is not None:
        form = form or _form_of(path)
        check_file(path)
        return Destination(form, path)
    check_stdout()
    if form in BINARY and sys.stdout.isatty():
        raise typer.BadParameter(
            f"{form} is no text for a terminal; add --output rows.{form}", param_hint="--format"
        )
    return Destination(form or Form.TABLE, None)


def _form_of(path: Path) -> Form:
    """The form that a file's name says; none is guessed, for `rows.xlsx` must not become a table of text."""
    ending = path.suffix.lower()
    if ending in _SUFFIXES:
        return _SUFFIXES[ending]
    if ending in _TEXT or path.is_dir():
        return Form.TABLE
    known = ", ".join(_SUFFIXES)
    raise typer.BadParameter(
        f"{path.name} ends in no form that there is ({known}, .txt for a table); or say --format",
        param_hint="--output",
    )


def write(ended: ScanOutcome, to: Destination, *, limited: bool) -> None:
    """Write the rows, and say on stderr what a machine's form has no place for.

    Args:
        ended: The scan.
        to: Where, and in which form.
        limited: Whether a limit was asked for; a table without one shows the best only.

    Raises:
        Unusable: They cannot be written.
    """
    result, status = ended.result, ended.snapshot.status.value
    about = About(result.total, result.performance_metrics, result.warnings, status)
    if to.form is Form.TABLE:
        write_table(result.page(limit=result.total if limited else BEST), about, to)
        return
    put(_rendered(ended, to.form), to.path)
    tell_about(about)


@dataclass(frozen=True, slots=True)
class About:
    """What is said below the rows of a scan.

    Attributes:
        total: How many there are.
        metrics: Its figures.
        warnings: What to know about them.
        status: How it stands.
    """

    total: int
    metrics: Mapping[str, Any]
    warnings: Sequence[str]
    status: str

    def summary(self, shown: int) -> str:
        """One line."""
        return summary(shown, self.total, self.metrics, status=self.status)


def _rendered(ended: ScanOutcome, form: Form) -> bytes:
    if form in _WHOLE:
        from technic.http.codings import JSON, MSGPACK  # noqa: PLC0415 - only they have the server's envelope
        from technic.http.payloads import result_body  # noqa: PLC0415

        body = result_body(ended.snapshot, ended.result, ended.result.page())
        return MSGPACK.encode(body) if form is Form.MSGPACK else JSON.encode(body) + b"\n"
    _, rendered = EXPORTS[form.value]
    return rendered(ended.result.rows)


def write_table(rows: Sequence[Row], about: About, to: Destination) -> None:
    """The table with its summary below; in a file as plain text. Raises Unusable."""
    print_to(to, lambda width: _table(rows, about, width))


def print_to(to: Destination, parts: Callable[[int], Iterable[RenderableType]]) -> None:
    """Print what is made for a width; in a file as plain text. Raises Unusable."""
    paper = io.BytesIO()
    console = like_stdout(paper) if to.path is None else _plain(paper)
    for part in parts(console.width):
        console.print(Harmless(part), highlight=False)
    put(paper.getvalue(), to.path)


def tell_about(about: About) -> None:
    """What stands below a table, on stderr: a machine's form has no place for it."""
    tell(about.summary(about.total))
    for warning in about.warnings:
        tell(warning)


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


def _table(rows: Sequence[Row], about: About, width: int) -> Iterator[RenderableType]:
    if rows:
        yield rows_table(rows, width)
    yield from map(Text, about.warnings)
    if about.metrics["symbols_requested"]:  # else it failed before there was anything
        yield Text(about.summary(len(rows)), style="dim")


def put(content: bytes, path: Path | None) -> None:
    """Write bytes to stdout, or to a file that is whole or not there at all. Raises Unusable."""
    if path is not None:
        write_file(path, content)
        return
    write_rows(content)
