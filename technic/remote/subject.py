"""What a watch is of: one scan, or many; what is news of it, and how it goes on after a break."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from technic.errors import TechnicError
from technic.remote.caller import Caller, Query
from technic.remote.frames import Frame
from technic.remote.habits import Way
from technic.remote.raw import Raw


class Stream(Protocol):
    """What a connection needs to know of it."""

    def address(self, way: Way) -> tuple[str, Query]:
        """The path, quoted, and the query of its stream, from where the watch stands."""

    async def end(self, caller: Caller) -> Raw:
        """What is told to one who has been told all before."""

    def unknown(self) -> TechnicError:
        """What to say where the server does not know it."""


class Subject(Stream, Protocol):
    """One watch's, with where it stands; used by one watch alone."""

    @property
    def ended(self) -> bool:
        """Whether all has been told."""

    @property
    def gap(self) -> bool:
        """Whether something may have happened that no stream tells any more; `mend` asks for it."""

    def take(self, raw: Raw) -> list[Frame]:
        """What is news in what came, whatever way it came. Raises ForeignAnswer."""

    async def mend(self, caller: Caller) -> list[Frame]:
        """Close the gap; what is news. Raises as `Caller.call` and `Answer.json` do."""

    def by_asking(self, caller: Caller, alive: Callable[[], None]) -> AsyncGenerator[Raw]:
        """What is told where no stream can be had."""

    def lost(self, detail: str) -> TechnicError:
        """What to say where the server stays away."""
