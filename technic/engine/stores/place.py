"""Whether scans.db is still the file that was opened.

A file that is removed or replaced takes writes as before, and nobody ever finds them again; one that is
written over is read as a mixture. SQLite raises no error. So the writer and the reader look before they use
it, which costs some ten microseconds: for the files themselves, and for when the database was
written last. In between it is written by our own checkpoints alone; else it has to prove what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import ParamSpec, TypeVar

from technic.engine.stores.database import Vanished
from technic.engine.stores.proof import Known, prove

P = ParamSpec("P")
T = TypeVar("T")
Identity = tuple[int, int]
"""Device and inode."""
Stamp = tuple[int, int]
"""When a file was written last, in nanoseconds since 1970, and its bytes."""


class Place:
    """Knows a database again, and the log and the index beside it. May be asked from any thread.

    Args:
        path: The database.

    Attributes:
        proofs: How often it proved what it is; whoever has it open from before opens it anew.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path.with_name(f"{path.name}-wal")
        self._files = (path, self.log, path.with_name(f"{path.name}-shm"))
        self.opened: tuple[Identity | None, ...] = ()
        self.proofs = 0
        self._known = Known("", 0)
        self._stamp: Stamp | None = None
        self._writing = 0
        self._lock = Lock()

    def mark(self, known: Known) -> None:
        """What is here now was opened, and is known again by this."""
        self.opened = tuple(_identity(file) for file in self._files)
        self._known, self._stamp = known, _stamp(self.path)

    def reached(self, last: int) -> None:
        """A scan whose end has this number is in it now."""
        self._known = replace(self._known, last=last)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """For the length of the block this process writes the database itself."""
        with self._lock:
            self._writing += 1
        try:
            yield
        finally:
            with self._lock:
                with suppress(Vanished):  # whoever looks next will see that
                    self._stamp = _stamp(self.path)
                self._writing -= 1

    @property
    def vanished(self) -> bool:
        """Whether one of the files that were opened is not here any more."""
        found = zip(self._files, self.opened, strict=False)  # of a place without a mark nothing can vanish
        return any(_identity(file) != opened for file, opened in found)

    @property
    def taken(self) -> bool:
        """Whether there is another file now in the place of the one that was opened."""
        return _identity(self.path) not in self.opened[:1]

    def check(self) -> None:
        """Look whether it may be used.

        Raises:
            Vanished: Nobody would find any more what is written now.
            Overwritten, Garbled, sqlite3.Error: As `prove`, which is asked where somebody else wrote.
        """
        if self.vanished:
            raise Vanished
        stamp = self._foreign()
        if stamp is not None:
            prove(self.path, self._known)
            self._stamp = stamp
            self.proofs += 1

    def _foreign(self) -> Stamp | None:
        """When somebody else wrote the database; None where nobody did since it was looked at."""
        for _ in range(2):  # the first look may fall between a write of our own and its end
            stamp = _stamp(self.path)
            if stamp == self._stamp or self._writing or not self.opened:
                return None
        return stamp

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


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except OSError as error:
        raise Vanished from error
    return found.st_mtime_ns, found.st_size


def _identity(file: Path) -> Identity | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
