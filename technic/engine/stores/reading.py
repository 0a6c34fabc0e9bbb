"""The one who reads scans.db while others write: a connection that cannot write, in a thread of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from technic.engine.offload import Offload
from technic.engine.stores.database import connect, reason
from technic.engine.stores.place import Place
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
        place: The database, as the writer has opened it.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._thread = Offload("history")
        self._connection: sqlite3.Connection | None = None
        self._proofs = 0

    async def __call__(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """What `function` finds.

        Raises:
            HistoryUnreadable: The database is in trouble; the next call opens it anew.
            RecordDamaged: What was asked for is.
        """
        return await self._thread(self._read, function)

    def _read(self, function: Callable[[sqlite3.Connection], T]) -> T:
        try:
            self._place.check()
            if self._proofs != self._place.proofs:
                self._let_go()
            if self._connection is None:
                self._proofs = self._place.proofs
                self._connection = connect(self._place.path, readonly=True)
                self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KILOBYTES}")
            return function(self._connection)
        except sqlite3.Error as error:
            self._let_go()
            why = reason(error, self._place.path)
            raise HistoryUnreadable(why.detail, suggestion=why.advice) from error

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def let_go(self) -> None:
        """Close the database until the next call."""
        await self._thread(self._let_go)

    async def close(self) -> None:
        """Let go for good."""
        await self.let_go()
        self._thread.close()
