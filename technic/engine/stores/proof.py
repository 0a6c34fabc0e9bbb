"""Whether scans.db, into which somebody wrote beside its log, is still the database that was opened.

It is where another program brought the log home. It is not where somebody copied a file over it: then pages
of both are read as one, and SQLite does not notice.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from technic.engine.stores.database import Garbled, Overwritten, connect, is_damaged


@dataclass(frozen=True, slots=True)
class Known:
    """What a database is known again by.

    Attributes:
        epoch: Whose numbering it has.
        last: The highest number of an end in it; an older copy has none so high.
    """

    epoch: str
    last: int


def prove(path: Path, known: Known) -> None:
    """Return if it is sound, and the one that is known; reads all of the file, in some seconds a gigabyte.

    Raises:
        Overwritten: It is sound, but another one, or an older copy.
        Garbled: It is not sound.
        sqlite3.Error: It cannot be read now.
    """
    connection = connect(path, readonly=True)
    try:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise Garbled(verdict)
        found = _known(connection)
    except sqlite3.DatabaseError as error:
        if is_damaged(error):
            raise Garbled(str(error)) from error
        raise
    finally:
        connection.close()
    if found is None or found.epoch != known.epoch or found.last < known.last:
        raise Overwritten


def _known(connection: sqlite3.Connection) -> Known | None:
    """None where there are other tables."""
    try:
        (epoch,) = connection.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone() or ("",)
        (last,) = connection.execute("SELECT max(end_number) FROM scans").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:  # there is no such table, or column
            return None
        raise
    return Known(epoch, last or 0)
