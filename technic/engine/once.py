"""What several scans need at the same time is computed by the first of them, in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import TypeVar

from technic.engine.offload import Offload
from technic.engine.turnstile import Turnstile

T = TypeVar("T")


class OnceForAll:
    """Lets one of those who need a thing make it, while the others wait; belongs to the event loop.

    Args:
        offload: The thread in which it is made.
        turnstile: Those who waited go through it.
    """

    def __init__(self, offload: Offload, turnstile: Turnstile) -> None:
        self._offload = offload
        self._turnstile = turnstile
        self._under_way: dict[Hashable, asyncio.Future[None]] = {}

    async def __call__(self, key: Hashable, look: Callable[[], T | None], make: Callable[[], T]) -> T:
        """What somebody has made already, or else makes.

        Args:
            key: Equal for equal things; None where nobody else can use it.
            look: Finds what was made, cheaply; None where it is not there (any more).
            make: Makes it in the thread, so that others find it.
        """
        first = None if key is None else self._under_way.get(key)
        if first is not None:
            await asyncio.wait((first,))
            await self._turnstile()
        found = look()
        if found is not None:
            return found
        if key is None or key in self._under_way:  # what one makes is not found by others: each makes its own
            return await self._offload(make)
        made = self._under_way[key] = asyncio.get_running_loop().create_future()
        try:
            return await self._offload(make)
        finally:
            del self._under_way[key]
            made.set_result(None)
