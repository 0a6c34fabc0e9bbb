"""How many actors go on in one turn of the event loop.

A block that a hundred scans wait for, or a commit that holds a hundred of them, wakes a hundred actors at
once. Each needs a fraction of a millisecond; all in one turn would hold up whoever reads or asks meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import deque


class Turnstile:
    """Lets a few through in a turn of the loop, in the order in which they came.

    Args:
        most: How many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = most
        self._turning = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __call__(self) -> None:
        """Go through, now or in a later turn."""
        loop = asyncio.get_running_loop()
        if not self._turning:
            self._turning = True
            loop.call_soon(self._turn)
        if self._left > 0:  # so nobody waits
            self._left -= 1
            return
        place = loop.create_future()
        self._waiting.append(place)
        await place

    def _turn(self) -> None:
        """The next turn: those who wait come first; a place that was given up is nobody's."""
        self._left = self._most
        while self._waiting and self._left > 0:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                self._left -= 1
        self._turning = self._left < self._most
        if self._turning:
            asyncio.get_running_loop().call_soon(self._turn)
