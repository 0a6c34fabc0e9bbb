"""The file scans.db: opening it, and telling in a sentence why it cannot be used.

WAL with synchronous=NORMAL: a commit is in the file's pages when it returns, so it outlives a process that
is killed; a machine that loses power may lose the last seconds, never the file.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from technic.engine.stores.schema import STEPS, migrate, version_of
from technic.errors import Unusable, told

FILE = "scans.db"
BUSY_SECONDS = 1.0
"""How long another program's lock is waited for."""

_REASONS = {
    sqlite3.SQLITE_BUSY: ("another program has locked it", "Close the program that has it open."),
    sqlite3.SQLITE_LOCKED: ("another program has locked it", "Close the program that has it open."),
    sqlite3.SQLITE_FULL: ("the disk is full", "Make room on the disk."),
    sqlite3.SQLITE_IOERR: ("the disk cannot be read or written", "Check the disk."),
    sqlite3.SQLITE_READONLY: ("it cannot be written", "Give this user the right to write it."),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "Give this user the right to write in its folder."),
    sqlite3.SQLITE_CORRUPT: (
        "it is damaged",
        "Move it away, with -wal and -shm beside it; `sqlite3 FILE .recover` may save what is in it.",
    ),
    sqlite3.SQLITE_NOTADB: ("it is no database", "Move the file away, or set another data_dir."),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the database cannot be used, and what to do about it."""

    detail: str
    advice: str

    @property
    def sentence(self) -> str:
        """Both."""
        return f"{self.detail}. {self.advice}"


class Vanished(sqlite3.OperationalError):
    """The file that is open is not the one at its path any more, or its log is not."""


class Overwritten(Vanished):
    """Another database, or an older one, was copied over the one that is open."""


class Garbled(sqlite3.DatabaseError):
    """Something was copied over the database that is open, and what is read now is a mixture of both."""


def reason(error: BaseException, path: Path) -> Reason:
    """Why an error is raised over this file."""
    if isinstance(error, Overwritten):
        detail = f"another file was copied over {told(path)} while the server had it open"
        return Reason(detail, "Stop the server before you do that.")
    if isinstance(error, Garbled):
        detail = (
            f"something was written over {told(path)} while the server had it open; it is damaged ({error})"
        )
        return Reason(detail, "Move it away with its -wal and -shm; then put the right one there, if any.")
    if isinstance(error, Vanished):
        detail = f"{told(path)}, or its -wal or -shm, was removed or replaced while the server had it open"
        return Reason(detail, "Stop the server before you move its files. It is made anew where none is.")
    if isinstance(error, Unusable):
        return Reason(error.detail, error.advice)
    code = getattr(error, "sqlite_errorcode", None) or 0
    known, advice = _REASONS.get(code & 0xFF, ("it cannot be used", "Check the file and its folder."))
    return Reason(f"{told(path)}: {known} ({told(error)})", advice)


def unusable(error: BaseException, path: Path) -> Unusable:
    """The same, to be raised at a start."""
    why = reason(error, path)
    return Unusable(why.detail, suggestion=why.advice)


def concerns_all(error: BaseException) -> bool:
    """Whether an error is the database's; else it is that of what was to be written."""
    own = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError, sqlite3.NotSupportedError)
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, own)


def is_damaged(error: BaseException) -> bool:
    """Whether the file is no sound database."""
    code = getattr(error, "sqlite_errorcode", None) or 0
    return code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def lacks_room(error: BaseException) -> bool:
    """Whether less might have been written where this could not be."""
    code = getattr(error, "sqlite_errorcode", None) or 0
    return code & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


def is_locked(error: BaseException) -> bool:
    """Whether it is another program that has locked the file, and may let go of it at any moment."""
    code = getattr(error, "sqlite_errorcode", None) or 0
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def connect(
    path: Path, *, readonly: bool = False, create: bool = True, busy_seconds: float | None = None
) -> sqlite3.Connection:
    """A connection for one thread at a time, without transactions of its own accord."""
    mode = "ro" if readonly else "rwc" if create else "rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS if busy_seconds is None else busy_seconds,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def prepare(path: Path, *, create: bool = True, busy_seconds: float | None = None) -> sqlite3.Connection:
    """The connection that writes, to a file of the newest version that surely can be written.

    Args:
        path: The file.
        create: Make it where there is none.
        busy_seconds: How long it waits for a lock; None for `BUSY_SECONDS`.

    Raises:
        Unusable: Why it cannot, and what to do; the file is as it was.
        sqlite3.Error: The same, without the sentence.
    """
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    connection = connect(path, create=create, busy_seconds=busy_seconds)
    try:
        _refuse_foreign(connection, path)
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # of a new file; it has to come first
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # a thread of its own does it, see writer
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    version = version_of(connection)
    if version > len(STEPS):
        raise Unusable(
            f"{told(path)} was written by a newer technic (version {version} of its tables, this program"
            f" knows {len(STEPS)})",
            suggestion="Start the newer technic, or set another data_dir.",
        )
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise Unusable(
            f"{told(path)} is a database of another program",
            suggestion="Move the file away, or set another data_dir.",
        )
