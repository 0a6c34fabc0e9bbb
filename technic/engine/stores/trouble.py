"""What keeps scans.db from being written, and when that is tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import structlog

from technic.engine.stores.database import is_locked, reason

_log = structlog.get_logger(__name__)
RETRY_SECONDS = 3.0

Retry = Callable[[], Coroutine[None, None, None]]


class Trouble:
    """The state of one database: well, or in trouble.

    Args:
        path: The database.
        retry: Opens it anew and writes what is behind; enters the trouble again or leaves it.

    Attributes:
        sentence: What the trouble is and what to do; None where all is well.
        errors: How often the database, not a scan, was why nothing was written.
        locked: Whether the last time it was another program's lock, which may go at any moment.
        retrying: The last try.
    """

    def __init__(self, path: Path, retry: Retry) -> None:
        self._path = path
        self._retry = retry
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False
        self.sentence: str | None = None
        self.errors = 0
        self.locked = False
        self.retrying: asyncio.Task[None] | None = None

    def __bool__(self) -> bool:
        """Whether there is any."""
        return self.sentence is not None

    def enter(self, error: BaseException) -> None:
        """The database cannot be used; it is tried again before long."""
        self.errors += 1
        self.locked = is_locked(error)
        sentence = reason(error, self._path).sentence
        if not self:
            _log.warning("scans go on in memory, for the database cannot be written", reason=sentence)
        self.sentence = sentence
        if self._timer is None and not self._stopped:
            self._timer = asyncio.get_running_loop().call_later(RETRY_SECONDS, self._begin_retry)

    def leave(self) -> None:
        """All is well, and everything is written."""
        self.sentence = None

    def _begin_retry(self) -> None:
        self._timer = None
        self.retrying = asyncio.get_running_loop().create_task(self._retry())

    async def stop(self) -> None:
        """Try no more of its own accord; returns when the try that runs has ended."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        if self.retrying is not None:
            await self.retrying
