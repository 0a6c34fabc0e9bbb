"""Whether scans.db is still the file that was opened.

A file that is removed or replaced takes writes as before, and nobody ever finds them again: SQLite raises no
error. So the writer and the reader look before they use it, which costs three `stat` of some microseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from technic.engine.stores.database import Vanished

P = ParamSpec("P")
T = TypeVar("T")
Identity = tuple[int, int]
"""Device and inode."""


class Place:
    """Knows a database again, and the log and the index beside it. May be asked from any thread.

    Args:
        path: The database.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path.with_name(f"{path.name}-wal")
        self._files = (path, self.log, path.with_name(f"{path.name}-shm"))
        self.opened: tuple[Identity | None, ...] = ()

    def mark(self) -> None:
        """What is here now was opened."""
        self.opened = tuple(_identity(file) for file in self._files)

    @property
    def vanished(self) -> bool:
        """Whether one of the files that were opened is not here any more."""
        found = zip(self._files, self.opened, strict=False)  # of a place without a mark nothing can vanish
        return any(_identity(file) != opened for file, opened in found)

    def check(self) -> None:
        """Raises Vanished where nobody would find any more what is written now."""
        if self.vanished:
            raise Vanished

    def guarded(self, function: Callable[P, T]) -> Callable[P, T]:
        """The same function, after a check."""

        @wraps(function)
        def at_home(*args: P.args, **kwargs: P.kwargs) -> T:
            self.check()
            return function(*args, **kwargs)

        return at_home

    @property
    def log_remains(self) -> bool:
        """Whether the log that was opened is still here, with something in it."""
        return _identity(self.log) in self.opened[1:2] and self.log.stat().st_size > 0


def _identity(file: Path) -> Identity | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
