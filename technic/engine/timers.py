"""An actor's timers: each posts one message later; all go when the actor does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable


class Timers:
    """Named calls in the future, on the event loop."""

    def __init__(self) -> None:
        self._handles: dict[Hashable, asyncio.TimerHandle] = {}

    def set(self, name: Hashable, seconds: float, call: Callable[[], None]) -> None:
        """Call once after so many seconds; another of the same name is replaced."""
        self.cancel(name)
        self._handles[name] = asyncio.get_running_loop().call_later(seconds, self._fire, name, call)

    def _fire(self, name: Hashable, call: Callable[[], None]) -> None:
        self._handles.pop(name, None)
        call()

    def cancel(self, name: Hashable) -> None:
        """Take a call back; one that does not exist is fine."""
        handle = self._handles.pop(name, None)
        if handle is not None:
            handle.cancel()

    def close(self) -> None:
        """Take all calls back."""
        for handle in self._handles.values():
            handle.cancel()
        self._handles.clear()
