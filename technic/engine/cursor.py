"""What every reader of the bus is: a place in what is told, and somebody to call when there is more.

Who serves many readers is called and polls; who has one reader awaits `take`.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")


class Cursor(ABC, Generic[T]):
    """One reader's place. Read it from one task, or from one thing that polls; both on the event loop.

    Attributes:
        call: Called at every news that the reader may want, from within the publication: it must be quick
            and must not raise.
    """

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self.call: Callable[[], None] = self._news.set

    def notify(self, call: Callable[[], None]) -> None:
        """Call this from now on, in place of waking `take`; what is there already is not told again."""
        self.call = call

    def hush(self) -> None:
        """Call nobody any more: who is called knows the cursor, and what refers to itself is freed late."""
        self.call = _nobody

    @abstractmethod
    def poll(self) -> list[T] | None:
        """What has come since the last poll, in order: None for nothing yet, [] for nothing ever again.

        Raises:
            SlowConsumer: The reader fell behind what is kept.
            Stopping: The engine is closing.
        """

    async def take(self) -> list[T]:
        """The same, as soon as there is something. Raises what `poll` raises."""
        while (taken := self.poll()) is None:
            self._news.clear()
            await self._news.wait()
        return taken

    def close(self) -> None:
        """The reader has left; idempotent."""
        self.hush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class SharedCursor(Cursor[T]):
    """A cursor that another may read for: readers of one subject, at one place, get the same."""

    @property
    @abstractmethod
    def subject(self) -> Hashable:
        """What is read."""

    @property
    @abstractmethod
    def place(self) -> int:
        """Up to where the reader was given all; a number that means nothing without the subject."""

    @abstractmethod
    def relay(self) -> SharedCursor[T]:
        """One more cursor at this place, for all who read the subject; it is no reader of its own."""

    @abstractmethod
    def rest(self) -> None:
        """Call nobody any more: another cursor reads for this one."""

    @abstractmethod
    def resume(self, place: int) -> None:
        """Read on behind a place that another cursor has come to; what is news there is not told again."""


def _nobody() -> None:
    """Who is called for a cursor that has been hushed."""
