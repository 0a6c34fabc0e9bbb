"""One scan in memory: all that a store knows of it while it lives, and whatever of it is not on a disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from technic.engine.scan.events import Snapshot
from technic.engine.stores.base import Claim, Kept, Remembered, Reservation
from technic.errors import Failure
from technic.scanner.checkpoint import Checkpoint
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from technic.scanner.rows import Rows
from technic.scanner.units import SourceSpec

_SCAN_BYTES = 12_288  # measured; what a scan takes besides its rows, its failures and the symbols it names
_FAILURE_BYTES = 1_200
_NAME_BYTES = 80


@dataclass(slots=True, eq=False)
class Entry:
    """One scan.

    What is written and what is shown are two things where a store keeps on a disk: readers see a change
    once it is kept. `show` says that it is.

    Attributes:
        request: What was asked for.
        snapshot: The newest.
        reserved: What may be told of it.
        claim: The key that a client gave it.
        strikes: As in `Unfinished`.
        source: Whose bars its checkpoints were computed from.
        kept: Its checkpoints.
        states: The snapshots of its changes of state, without its end.
        result: The final one.
        end_number: Rises from one scan that ends to the next, whatever the clock says; 0 before.
        shown: The newest snapshot for readers; None until the scan is kept at all.
        shown_kept: How many of its checkpoints are for readers.
    """

    request: ScanRequest
    snapshot: Snapshot
    reserved: Reservation
    claim: Claim | None = None
    strikes: int = 0
    source: SourceSpec | None = None
    kept: list[Kept] = field(default_factory=list)
    states: list[Snapshot] = field(default_factory=list)
    result: ScanResult | None = None
    end_number: int = 0
    shown: Snapshot | None = None
    shown_kept: int = 0

    def commit(self, snapshot: Snapshot, result: ScanResult | None = None) -> bool:
        """Its state has changed; False where it had ended before, and nothing is changed."""
        if self.snapshot.status.ended:
            return False
        self.snapshot = snapshot
        if not snapshot.status.ended:
            self.states.append(snapshot)
            return True
        self.result, self.states, self.strikes = result, [], 0
        if result is not None:
            self.discard()
        return True

    def note(self, snapshot: Snapshot) -> bool:
        """Its progress; False where that is old, and nothing is changed."""
        if self.snapshot.status.ended or snapshot.seq <= self.snapshot.seq:
            return False
        self.snapshot = snapshot
        if self.shown is not None:
            self.shown = snapshot
        return True

    def keep(self, kept: Kept, source: SourceSpec) -> bool:
        """A part of it has ended; False where it had ended before."""
        if self.snapshot.status.ended:
            return False
        self.kept.append(kept)
        self.source, self.strikes = source, 0
        return True

    def readmit(self, reserved: Reservation, strikes: int) -> None:
        """It goes on in this process."""
        self.reserved, self.strikes = reserved, strikes

    def discard(self) -> None:
        """Its checkpoints are good for nothing any more."""
        self.kept = []
        self.source, self.shown_kept = None, 0

    def show(self) -> None:
        """All of it is for readers now."""
        self.shown, self.shown_kept = self.snapshot, len(self.kept)

    def remembered(self, warning: str | None = None) -> Remembered | None:
        """What readers may know of it; None where that is nothing yet."""
        if self.shown is None:
            return None
        parts = [kept.checkpoint for kept in self.kept[: self.shown_kept]]
        return Remembered(
            self.request,
            self.shown,
            tuple(part.rows for part in parts if part.rows is not None),
            tuple(failure for part in parts for failure in part.failures),
            self.result if self.shown.status.ended else None,
            warning,
        )

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What failed of it."""
        if self.result is not None:
            return self.result.failures
        return tuple(failure for kept in self.kept for failure in kept.checkpoint.failures)

    @property
    def ended_at(self) -> datetime:
        """When it ended."""
        return self.snapshot.completed_at or self.snapshot.created_at

    @property
    def rows(self) -> int:
        """How many rows its result holds."""
        return 0 if self.result is None else self.result.total

    @property
    def metrics(self) -> Mapping[str, Any]:
        """Its result's figures; empty where there is no result."""
        return {} if self.result is None else self.result.performance_metrics

    @property
    def nbytes(self) -> int:
        """About how much memory it takes."""
        parts = [kept.checkpoint.rows for kept in self.kept if kept.checkpoint.rows is not None]
        if self.result is not None:
            parts.append(self.result.rows)
        return _nbytes(self.request, parts, len(self.failures))


def remembered_nbytes(known: Remembered) -> int:
    """About how much memory an ended scan takes as readers know it."""
    if known.result is None:
        return _nbytes(known.request, known.found, len(known.lost))
    return _nbytes(known.request, [known.result.rows], len(known.result.failures))


def _nbytes(request: ScanRequest, parts: Iterable[Rows], failures: int) -> int:
    named = _NAME_BYTES * len(request.symbols or ())
    return _SCAN_BYTES + named + sum(part.nbytes for part in parts) + _FAILURE_BYTES * failures


def entry_of(known: Remembered) -> Entry:
    """An ended scan again, from what readers know of it; its key is not known to them."""
    parts = [Checkpoint(rows=rows) for rows in known.found]
    if known.lost:
        parts.append(Checkpoint(failures=known.lost))
    entry = Entry(
        known.request,
        known.snapshot,
        Reservation(known.snapshot.seq, known.snapshot.percentage),
        kept=[Kept(known.snapshot.seq, part) for part in parts],
        result=known.result,
    )
    entry.show()
    return entry
