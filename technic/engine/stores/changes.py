"""What of a scan in memory has still to be written to the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from technic.engine.scan.events import Snapshot
from technic.engine.stores.base import Claim, Kept, Reservation
from technic.engine.stores.entries import Entry
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from technic.scanner.units import SourceSpec

_GROUP_BYTES = 16 << 20
_GROUP_OTHERS = 16
"""So many scans that are not new go into one group: a start that comes meanwhile waits for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A scan as it is now, and of its parts those that the disk does not have.

    Attributes:
        stored: The disk may have had something of it before.
        whole: The disk has nothing of it, or what it has is not to be trusted: all of it is here.
        dropped: The checkpoints that the disk has are good for nothing.
        place: The place of the first of `kept` among its checkpoints.
        source_kept: The list that `kept` was cut from, to know it again.
        upto: How much of that list is kept with this change.
    """

    request: ScanRequest
    snapshot: Snapshot
    reserved: Reservation
    claim: Claim | None
    strikes: int
    source: SourceSpec | None
    stored: bool
    whole: bool
    dropped: bool
    states: tuple[Snapshot, ...]
    place: int
    kept: tuple[Kept, ...]
    source_kept: list[Kept]
    upto: int
    result: ScanResult | None
    end_number: int

    @property
    def has_parts(self) -> bool:
        """Whether there is more of it than how far the scan is."""
        return bool(self.dropped or self.states or self.kept or self.snapshot.status.ended)


@dataclass(slots=True, eq=False)
class Draft:
    """How far a scan in memory is on the disk.

    Attributes:
        entry: The scan.
        states: So many of its states are.
        kept: So many of its checkpoints are.
        stored: Some of it may be, so that forgetting it takes a deletion.
        whole: None of it is, or what is there is not to be trusted.
        dropped: Its checkpoints there are good for nothing.
        spoiled: Why it can never be written; None where it can.
        waiters: Who waits for it to be written.
    """

    entry: Entry
    states: int = 0
    kept: int = 0
    stored: bool = False
    whole: bool = True
    dropped: bool = False
    spoiled: str | None = None
    waiters: list[asyncio.Future[None]] = field(default_factory=list)

    def discard(self) -> None:
        """The checkpoints are good for nothing any more."""
        self.entry.discard()
        self.kept, self.dropped = 0, True

    def take(self) -> Change:
        """What is to be written now; taken for written from here on, until `fail`."""
        entry = self.entry
        if self.whole:
            self.states = self.kept = 0
        change = Change(
            request=entry.request,
            snapshot=entry.snapshot,
            reserved=entry.reserved,
            claim=entry.claim,
            strikes=entry.strikes,
            source=entry.source,
            stored=self.stored,
            whole=self.whole,
            dropped=self.dropped,
            states=tuple(entry.states[self.states :]),
            place=self.kept,
            kept=tuple(entry.kept[self.kept :]),
            source_kept=entry.kept,
            upto=len(entry.kept),
            result=entry.result,
            end_number=entry.end_number,
        )
        self.states, self.kept = len(entry.states), len(entry.kept)
        self.stored, self.whole, self.dropped = True, False, False
        return change

    def fail(self, change: Change) -> None:
        """A change was taken and not written: all of it is to be."""
        self.stored, self.whole = change.stored, True

    def settle(self, change: Change) -> None:
        """Readers may know of a change now."""
        entry = self.entry
        if entry.shown is None or change.snapshot.seq >= entry.shown.seq:
            entry.shown = change.snapshot
        if entry.kept is change.source_kept:
            entry.shown_kept = max(entry.shown_kept, change.upto)


def pressing(due: dict[str, Draft]) -> list[str]:
    """Who of these goes to the disk next: all that are new, for a client waits for each, and a few others."""
    new = [scan_id for scan_id, draft in due.items() if not draft.stored]
    others = islice((scan_id for scan_id, draft in due.items() if draft.stored), _GROUP_OTHERS)
    return [*new, *others]


def cut(source: dict[str, Draft], scan_ids: Iterable[str]) -> list[Draft]:
    """The first of these scans, up to a bound, which leave the source."""
    drafts: list[Draft] = []
    nbytes = 0
    for scan_id in scan_ids:
        if nbytes > _GROUP_BYTES:
            break
        drafts.append(source.pop(scan_id))
        result = drafts[-1].entry.result
        nbytes += 0 if result is None else result.rows.nbytes
    return drafts


def wake(waiters: Iterable[asyncio.Future[None]]) -> None:
    """Whoever waits goes on."""
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)
