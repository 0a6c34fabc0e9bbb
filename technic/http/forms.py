"""The bytes of events as wires carry them: made once, however many readers a form has.

A snapshot's are small, and live as long as their event. A match may have hundreds of kilobytes: a copy for
each reader would hold the event loop, and lie in memory as often as there are slow readers. So those who want
one while it is being made wait for the same, and the last ones are kept, within a bound.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from functools import partial

from technic.engine.scan.events import MatchesFound, ScanEvent
from technic.scanner.bounded import Bounded

KEPT_BYTES = 16 * 1024 * 1024

Later = Callable[[], Awaitable[bytes]]
Made = bytes | Later
"""Bytes, or what gives them once a thread has made them."""
Carry = Callable[[bytes], bytes]
"""Puts around a payload what a wire needs around it."""


class Forms:
    """The forms of all events; used on one event loop only.

    Args:
        limit_bytes: Most that is kept of matches.
    """

    def __init__(self, limit_bytes: int = KEPT_BYTES) -> None:
        self._matches: Bounded[tuple[int, Hashable], tuple[MatchesFound, bytes]] = Bounded(limit_bytes)
        self._under_way: dict[tuple[int, Hashable], asyncio.Future[bytes]] = {}

    def find(self, event: ScanEvent, name: Hashable) -> bytes | None:
        """An event's form, if it is there already."""
        if not isinstance(event, MatchesFound):
            return event.encodings.get(name)
        kept = self._matches.get((id(event), name))
        return kept[1] if kept is not None and kept[0] is event else None

    def make(self, event: ScanEvent, name: Hashable, payload: Made | None, carry: Carry) -> Made:
        """An event's form, to be found by the others; none where there is nothing to tell.

        Args:
            event: Whose.
            name: Of the form: the same for all who get the same; None for what one reader alone gets.
            payload: What the form carries; None for nothing.
            carry: Makes the form of the payload.
        """
        if payload is None:
            return b""
        if isinstance(payload, bytes):
            return self._keep(event, name, carry(payload))
        return partial(self._share, event, name, payload, carry)

    def _keep(self, event: ScanEvent, name: Hashable, made: bytes) -> bytes:
        if name is not None and isinstance(event, MatchesFound):
            self._matches.keep((id(event), name), (event, made), len(made))
        elif name is not None:
            event.encodings[name] = made
        return made

    async def _share(self, event: ScanEvent, name: Hashable, payload: Later, carry: Carry) -> bytes:
        """Make a form whose payload takes a thread, for all who ask meanwhile."""
        found, key = self.find(event, name), (id(event), name)
        if found is not None:
            return found
        if key not in self._under_way:
            self._under_way[key] = asyncio.ensure_future(self._make(event, name, payload, carry))
        return await asyncio.shield(self._under_way[key])

    async def _make(self, event: ScanEvent, name: Hashable, payload: Later, carry: Carry) -> bytes:
        try:
            return self._keep(event, name, carry(await payload()))
        finally:
            del self._under_way[id(event), name]
