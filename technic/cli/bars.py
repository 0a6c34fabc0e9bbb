"""A bar on stderr for whatever takes long and is no scan; nothing where that is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

from technic.cli.progress import is_live

Far = Callable[[int, int | None], None]
"""Called with how far it is, and of how much where that is known."""


@contextmanager
def counting(words: str, total: int | None, *, unit: Literal["things", "bytes"] = "things") -> Iterator[Far]:
    """A bar for the length of a block; it goes when that is left.

    Args:
        words: What is done.
        total: Of how much, where that is known.
        unit: What is counted.
    """
    if not is_live():
        yield lambda _done, _total: None
        return
    count = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), count, TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as progress:
        task = progress.add_task(words, total=total)

        def far(done: int, total: int | None) -> None:
            progress.update(task, completed=done, total=total)

        yield far
