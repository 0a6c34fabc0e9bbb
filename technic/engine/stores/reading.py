"""The one who reads scans.db while others write: a connection that cannot write, in a thread of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from technic.engine.offload import Offload
from technic.engine.stores.database import connect, reason
from technic.errors import CacheError

_CACHE_KILOBYTES = 8_192

T = TypeVar("T")


class HistoryUnreadable(CacheError):
    """The database cannot be read now."""

    code = "history_unreadable"
    message = "Earlier scans cannot be read now."
    suggestion = "Try again in a minute; GET /health tells what the trouble is."


class Reading:
    """Runs the functions of `reader`.

    Args:
        path: The database.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = Offload("history")
        self._connection: sqlite3.Connection | None = None

    async def __call__(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """What `function` finds.

        Raises:
            HistoryUnreadable: The database is in trouble; the next call opens it anew.
            RecordDamaged: What was asked for is.
        """
        return await self._thread(self._read, function)

    def _read(self, function: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._connection is None:
                self._connection = connect(self._path, readonly=True)
                self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KILOBYTES}")
            return function(self._connection)
        except sqlite3.Error as error:
            self._let_go()
            why = reason(error, self._path)
            raise HistoryUnreadable(why.detail, suggestion=why.advice) from error

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def close(self) -> None:
        """Let go."""
        await self._thread(self._let_go)
        self._thread.close()
