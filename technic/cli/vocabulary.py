"""What can be asked for, shown: a table that fits the terminal, unwrapped in a pipe, JSON for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from technic.cli.plain import plain

_WIDE = 1000
"""In a pipe nothing is wrapped."""


def show(heads: Sequence[str], lines: Sequence[Sequence[str]], values: Any, *, as_json: bool) -> None:
    """Print either form.

    Args:
        heads: Of the columns; the first are kept whole, the last takes the room that is left.
        lines: The cells of each row.
        values: The same as JSON values.
        as_json: Which of both.
    """
    import orjson  # noqa: PLC0415 - keeps `technic --help` quick
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    if as_json:
        typer.echo(orjson.dumps(values, option=orjson.OPT_INDENT_2))
        return
    console = Console()
    if not console.is_terminal:
        console.width = _WIDE
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads[:-1]:
        table.add_column(head, no_wrap=True)
    table.add_column(heads[-1])
    for cells in lines:
        table.add_row(*(Text("\n".join(map(plain, cell.splitlines()))) for cell in cells))
    with console.capture() as printed:
        console.print(table)
    typer.echo("\n".join(line.rstrip() for line in printed.get().splitlines()))


def naming(words: Sequence[str], known: Sequence[str], kind: str) -> Sequence[str]:
    """The names that are meant: those given, or all that are known.

    Raises:
        typer.BadParameter: One is not known; it says which is near.
    """
    from technic.scanner.fields import nearest  # noqa: PLC0415 - keeps `technic --help` quick

    for word in words:
        if word not in known:
            near = nearest(word, known)
            more = f" Did you mean {near!r}?" if near else f" `technic {kind}s` lists all."
            raise typer.BadParameter(f"{word[:60]!r} is not a {kind}.{more}", param_hint="NAME")
    return words or known
