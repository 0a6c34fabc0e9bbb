"""scans.db in the hands of the one who writes it: opened, used and let go in one thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

import structlog

from technic.engine.offload import Offload
from technic.engine.stores.database import Vanished, prepare
from technic.engine.stores.place import Place
from technic.engine.stores.proof import Known
from technic.engine.stores.schema import epoch_of
from technic.engine.stores.wal import empty, leave
from technic.engine.stores.writing import Tally, count
from technic.errors import told

_log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class File:
    """One connection and its thread.

    Args:
        place: Where the database is; marked when it is opened.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._thread = Offload("store")
        self._connection: sqlite3.Connection | None = None
        self._busy_seconds: float | None = None
        self._proofs = 0

    @property
    def is_open(self) -> bool:
        """Whether it can be used."""
        return self._connection is not None

    async def open(self, load: Callable[[sqlite3.Connection], T]) -> tuple[Tally, T]:
        """Open it; how much there is, and what `load` reads of it.

        Raises:
            sqlite3.Error, OSError, Unusable: It cannot be used; nothing of it was changed.
        """
        try:
            return await self._thread(self._open, load)
        except BaseException:
            self._thread.close()
            raise

    def _open(self, load: Callable[[sqlite3.Connection], T], *, create: bool = True) -> tuple[Tally, T]:
        connection = prepare(self._place.path, create=create, busy_seconds=self._busy_seconds)
        try:
            counted, loaded = count(connection), load(connection)
            self._place.mark(Known(epoch_of(connection), counted.last))
        except BaseException:
            connection.close()
            raise
        self._connection, self._proofs = connection, self._place.proofs
        return counted, loaded

    async def use(
        self, function: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `function` does with it.

        Raises:
            Vanished, Overwritten, Garbled: It is not what was opened any more; nothing was done.
        """
        return await self._thread(self._use, lambda connection: function(connection, *args, **kwargs))

    def _use(self, function: Callable[[sqlite3.Connection], T]) -> T:
        self._place.check()
        if self._proofs != self._place.proofs:
            self._open_anew()
        assert self._connection is not None, "open() comes first"  # noqa: S101
        return function(self._connection)

    def reached(self, last: int) -> None:
        """An end of this number is in it: it is known again by that."""
        self._place.reached(last)

    async def hurry(self, busy_seconds: float) -> None:
        """Wait no longer than this for another program's lock, from now on."""
        self._busy_seconds = busy_seconds
        if self._connection is not None:
            await self._thread(self._connection.execute, f"PRAGMA busy_timeout = {busy_seconds * 1000:.0f}")

    async def has_vanished(self) -> bool:
        """Whether it is not where it was opened any more, or is another one. Raises Garbled."""
        return await self._thread(self._has_vanished)

    def _has_vanished(self) -> bool:
        try:
            self._place.check()
        except Vanished:
            return True
        return False

    async def open_anew(self, *, vanished: bool) -> Tally:
        """Let go of it and open what is in its place now; how much there is. Raises as `open`.

        Args:
            vanished: Another file may be there, or none; else that is an error, for what memory holds of
                this one has to be saved first.
        """
        return await self._thread(partial(self._open_anew, vanished=vanished))

    def _open_anew(self, *, vanished: bool = False) -> Tally:
        if self._connection is not None:
            leave(self._connection, self._place)
            self._connection = None
        if not vanished and self._place.taken:
            raise Vanished
        counted, _ = self._open(lambda _: None, create=vanished)
        return counted

    async def close(self) -> None:
        """Bring the log home and let go."""
        await self._thread(self._close)
        self._thread.close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            empty(connection)
        except sqlite3.Error as error:  # the log is read at the next start
            _log.debug("the log of the database stays as it is", reason=told(error))
        connection.close()
