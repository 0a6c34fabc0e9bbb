"""A scan's mailbox: bounded, in order, closed once its actor has ended."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from technic.engine.scan.messages import Message
from technic.errors import SystemFault


class Mailbox:
    """Messages in the order of their posting; one reader, on the event loop's thread.

    Args:
        capacity: Most messages that may wait. Units out, the commands of clients and the actor's own
            timers bound what can be posted, so a full mailbox is a fault of the engine.
    """

    def __init__(self, capacity: int = 65_536) -> None:
        self._waiting: deque[Message] = deque()
        self._arrived = asyncio.Event()
        self._capacity = capacity
        self._closed = False
        self._late: Callable[[], None] | None = None
        self.dropped = 0

    def post(self, message: Message) -> None:
        """Put a message in; never waits. After `close` it is counted and dropped."""
        if self._closed:
            self.dropped += 1
            if self._late is not None:
                self._late()
            return
        if len(self._waiting) >= self._capacity:
            raise SystemFault(f"a mailbox holds {self._capacity} messages and its actor does not read them")
        self._waiting.append(message)
        self._arrived.set()

    async def take(self) -> Message:
        """The next message; waits for one."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    def close(self) -> None:
        """Nobody reads any more; idempotent."""
        self.dropped += len(self._waiting)
        self._waiting.clear()
        self._closed = True

    def tell_late(self, late: Callable[[], None]) -> None:
        """Have `late` called for each message that is dropped from now on: its actor counts no more."""
        self._late = late
