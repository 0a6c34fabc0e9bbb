"""How a reader is told of things: which frame an item becomes, and the reader's place behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import ClassVar, Generic, TypeVar

from technic.engine.fleet import Numbered
from technic.engine.scan.events import ScanEvent
from technic.http.codings import Coding
from technic.http.forms import Made
from technic.http.frames import Frames

T = TypeVar("T")

Carry = Callable[[bytes, bytes], bytes]
"""Makes a payload ready for a wire; the second are the reader's place behind it."""


class Telling(ABC, Generic[T]):
    """How the items of one subscription are told.

    Args:
        frames: Where frames are made and kept.
        epoch: Names the numbers.
        coding: How frames look.
        typed: Whether they have a type, and tell of matches.

    Attributes:
        name: The same for all who are told the same, apart from the coding.
    """

    OF: ClassVar[str]

    def __init__(self, frames: Frames, epoch: str, coding: Coding, *, typed: bool) -> None:
        self.name = f"{self.OF} {'typed' if typed else 'plain'}"
        self._frames = frames
        self._forms = frames.forms
        self._epoch = epoch.encode()
        self._coding = coding
        self._typed = typed

    def carried(self, item: T, wire: Hashable, carry: Carry) -> Made:
        """An item as a kind of wire carries it, none where it is not told.

        Args:
            item: Which.
            wire: Names what this telling and `carry` make of it.
            carry: Makes a frame ready for the wire.
        """
        event = self._event(item)
        name = wire if self._shared(item) else None
        found = self._forms.find(event, name)
        return found if found is not None else self._made(item, event, name, carry)

    def _made(self, item: T, event: ScanEvent, name: Hashable, carry: Carry) -> Made:
        def behind(frame: bytes) -> bytes:
            return carry(frame, b"%b-%d" % (self._epoch, self._number(item)))

        return self._forms.make(event, name, self._frame(item), behind)

    @abstractmethod
    def _event(self, item: T) -> ScanEvent:
        """What is told."""

    @abstractmethod
    def _number(self, item: T) -> int:
        """Where a reader stands that has it."""

    @abstractmethod
    def _shared(self, item: T) -> bool:
        """Whether all readers get the same."""

    @abstractmethod
    def _frame(self, item: T) -> Made | None:
        """Its frame; None for nothing."""


class ScanTelling(Telling[ScanEvent]):
    """One scan's events; a reader's place is `epoch-seq`."""

    OF = "scan"

    def _event(self, item: ScanEvent) -> ScanEvent:
        return item

    def _number(self, item: ScanEvent) -> int:
        return item.seq

    def _shared(self, item: ScanEvent) -> bool:  # noqa: ARG002 - of one scan all do
        return True

    def _frame(self, item: ScanEvent) -> Made | None:
        return self._frames.frame(item, typed=self._typed, coding=self._coding)


class FleetTelling(Telling[Numbered]):
    """The events of all scans; a reader's place is `epoch-offset`."""

    OF = "fleet"

    def _event(self, item: Numbered) -> ScanEvent:
        return item.event

    def _number(self, item: Numbered) -> int:
        return item.offset

    def _shared(self, item: Numbered) -> bool:
        return item.own

    def _frame(self, item: Numbered) -> Made | None:
        return self._frames.numbered(item, typed=self._typed, coding=self._coding)
