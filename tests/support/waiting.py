"""Waiting for a fact, never for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

GUARD_SECONDS = 30


async def until(fact: Callable[[], T | Awaitable[T]]) -> T:
    """What `fact` gives, once it is true; asked again on every turn of the loop."""
    async with asyncio.timeout(GUARD_SECONDS):
        while True:
            found = fact()
            value = await found if isinstance(found, Awaitable) else found
            if value:
                return value
            await asyncio.sleep(0)
