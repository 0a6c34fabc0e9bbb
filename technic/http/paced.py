"""A reader that wants to hear less often: what happens in between reaches it as one.

Who shows a hundred scans needs no thousand frames a second: a page that draws twice a second throws most of
them away, and each costs its browser more than the drawing. The cursor conflates by itself; all there is to
do is to call later.
"""

from __future__ import annotations

import asyncio
from typing import TypeVar

from technic.engine.cursor import Cursor

T = TypeVar("T")


class Paced(Cursor[T]):
    """A cursor that calls at most once in so many seconds.

    News after a silence are told at once. Whoever polls in between gets what there is.

    Args:
        source: What is read.
        seconds: The pause after everything has been told.
    """

    def __init__(self, source: Cursor[T], seconds: float) -> None:
        super().__init__()
        self._source = source
        self._seconds = seconds
        self._clock = asyncio.get_running_loop().time
        self._quiet_until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        source.notify(self._hear)

    def _hear(self) -> None:
        if self._timer is not None:
            return
        wait = self._quiet_until - self._clock()
        if wait <= 0:
            self.call()
        else:
            self._timer = asyncio.get_running_loop().call_later(wait, self._tell)

    def _tell(self) -> None:
        self._timer = None
        self.call()

    def poll(self) -> list[T] | None:
        """See `Cursor.poll`."""
        taken = self._source.poll()
        if taken is None:
            self._quiet_until = self._clock() + self._seconds
        return taken

    def close(self) -> None:
        """See `Cursor.close`."""
        super().close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._source.close()
