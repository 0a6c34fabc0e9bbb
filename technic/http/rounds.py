"""Who is written to when: streams that have news are served in turns, a bounded number in each.

A fact is news to all its readers at once, and a write does not yield: 1000 sockets would hold the loop for
milliseconds in which nothing else is read or answered. So a hundred are served in one turn of the loop, in
the order in which they had news.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

SERVED_A_TURN = 100


class Served(Protocol):
    """Whoever has a turn."""

    def serve(self, most: int) -> int:
        """Write to so many readers at most, and tell to how many; it must neither wait nor raise."""


class Rounds:
    """The turns of all streams; used on one event loop only.

    Args:
        quota: How many readers are written to in one turn of the loop.
    """

    def __init__(self, quota: int = SERVED_A_TURN) -> None:
        self._quota = quota
        self._waiting: deque[Served] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None

    def enter(self, served: Served) -> None:
        """Serve this one soon, after those who entered before it; once for each time that it enters."""
        self._waiting.append(served)
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        """Serve the next ones, and come back while somebody waits."""
        waiting, left = self._waiting, self._quota
        for _ in range(len(waiting)):
            if left <= 0:
                break
            left -= waiting.popleft().serve(left)
        if waiting and self._loop is not None:
            self._loop.call_soon(self._turn)
        else:
            self._loop = None
