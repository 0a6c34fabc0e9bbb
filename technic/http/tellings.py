"""How a reader is told of things: which frame an item becomes, and the reader's place behind it."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from technic.engine.fleet import Numbered
from technic.engine.scan.events import MatchesFound, ScanEvent
from technic.http.codings import Coding
from technic.http.frames import Frames, Made

T_contra = TypeVar("T_contra", contravariant=True)


class Telling(Protocol[T_contra]):
    """How the items of one subscription are told.

    Attributes:
        name: Under which a wire keeps its own forms of an item.
    """

    name: str

    def frame(self, item: T_contra) -> Made | None:
        """An item's frame; None for nothing."""

    def place(self, item: T_contra) -> bytes:
        """Where a reader stands that has it."""

    def kept(self, item: T_contra) -> dict[object, Any] | None:
        """Where forms are kept that all readers of an item share; None where this one's is its own."""


class ScanTelling:
    """One scan's events.

    Args:
        frames: Where frames are made and kept.
        epoch: Names the numbers.
        coding: How frames look.
        typed: Whether they have a type, and tell of matches.
    """

    def __init__(self, frames: Frames, epoch: str, coding: Coding, *, typed: bool) -> None:
        self._frames = frames
        self.name = "typed" if typed else "plain"
        self._epoch = epoch.encode()
        self._coding = coding
        self._typed = typed

    def frame(self, item: ScanEvent) -> Made | None:
        """An event's frame."""
        return self._frames.frame(item, typed=self._typed, coding=self._coding)

    def place(self, item: ScanEvent) -> bytes:
        """`epoch-seq`."""
        return b"%b-%d" % (self._epoch, item.seq)

    def kept(self, item: ScanEvent) -> dict[object, Any] | None:
        """In the event, unless it is large."""
        return None if isinstance(item, MatchesFound) else item.encodings


class FleetTelling:
    """The events of all scans; takes what `ScanTelling` takes."""

    def __init__(self, frames: Frames, epoch: str, coding: Coding, *, typed: bool) -> None:
        self._frames = frames
        self.name = "fleet typed" if typed else "fleet plain"
        self._epoch = epoch.encode()
        self._coding = coding
        self._typed = typed

    def frame(self, item: Numbered) -> Made | None:
        """A numbered event's frame."""
        return self._frames.numbered(item, typed=self._typed, coding=self._coding)

    def place(self, item: Numbered) -> bytes:
        """`epoch-offset`."""
        return b"%b-%d" % (self._epoch, item.offset)

    def kept(self, item: Numbered) -> dict[object, Any] | None:
        """In the event, unless it is large or the number is the reader's."""
        large = isinstance(item.event, MatchesFound)
        return item.event.encodings if item.own and not large else None
