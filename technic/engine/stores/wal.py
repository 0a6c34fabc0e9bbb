"""Bringing the write-ahead log home into the database, beside the writer instead of in its way.

A passive checkpoint by another connection never stalls a commit. Only where writes come so fast that the
log grows in spite of it does the writer pause and empty it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from technic.engine.offload import Offload
from technic.engine.stores.database import Vanished, connect
from technic.engine.stores.place import Place
from technic.errors import told

_log = structlog.get_logger(__name__)
LARGE_BYTES = 4 << 20
HUGE_BYTES = 128 << 20
_PAUSE_SECONDS = 1.0


class Checkpointer:
    """Looks after the log of one database.

    Args:
        place: The database.
        run: Runs a function with the writer's connection, between two groups.
    """

    def __init__(
        self, place: Place, run: Callable[[Callable[[sqlite3.Connection], object]], Awaitable[object]]
    ) -> None:
        self._place = place
        self._run = run
        self._thread = Offload("checkpoint")
        self._task: asyncio.Task[None] | None = None
        self._next = 0.0
        self._told_bytes = HUGE_BYTES

    def nudge(self) -> None:
        """Something was written; never waits."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._next and (self._task is None or self._task.done()):
            self._next = loop.time() + _PAUSE_SECONDS
            self._task = loop.create_task(self._look())

    async def _look(self) -> None:
        try:
            if await self._thread(self._place.guarded(self._passive)) > HUGE_BYTES:
                await self._run(self._empty)
                self._tell_of(self._place.log.stat().st_size)
        except (sqlite3.Error, OSError) as error:  # whoever writes or reads next will tell of it
            _log.debug("the log of the database stays as it is", reason=told(error))

    def _tell_of(self, log_bytes: int) -> None:
        """A program that reads for long keeps the log from being emptied."""
        if log_bytes > self._told_bytes:
            self._told_bytes = 2 * log_bytes
            _log.warning("another program reads scans.db for long, and its log grows", log_bytes=log_bytes)

    def _passive(self) -> int:
        """Bring home what is there, if it is much; how large the log still is."""
        log = self._place.log
        if not log.exists() or log.stat().st_size <= LARGE_BYTES:
            return 0
        connection = connect(self._place.path)
        try:
            with self._place.writing():
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        finally:
            connection.close()
        return log.stat().st_size

    def _empty(self, connection: sqlite3.Connection) -> None:
        with self._place.writing():
            empty(connection)

    async def settle(self) -> None:
        """Until nothing is being brought home."""
        if self._task is not None:
            await self._task

    async def close(self) -> None:
        """Let go."""
        await self.settle()
        self._thread.close()


def empty(connection: sqlite3.Connection) -> None:
    """Bring everything home and cut the log to nothing, as far as readers let; waits for none of them."""
    (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {patience}")


def leave(connection: sqlite3.Connection, place: Place) -> None:
    """Let go of a database. One that has vanished gets its log first, wherever it is now.

    SQLite would take what is left of that log for the log of the file that is in its place, and damage it.

    Raises:
        Vanished: The log is in its place still, and cannot be emptied; the connection stays open.
    """
    if place.vanished:
        with suppress(sqlite3.Error):
            empty(connection)
        if place.log_remains:
            raise Vanished
    with place.writing():
        connection.close()
