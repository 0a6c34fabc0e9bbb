"""What a scan tells the world: facts, in the past tense, numbered by one `seq` a scan.

A `StateChanged` and a `MatchesFound` are never dropped on their way to a reader; of several
`ProgressAdvanced` a slow reader gets the newest alone. `at` is when the bus told it (seconds of Unix time);
what an earlier process told has 0. All are immutable but for `encodings`, where the delivery keeps each wire
form of an event so that it is made once, however many readers there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from technic.errors import Failure
from technic.scanner.rows import Rows


class Status(StrEnum):
    """Where a scan stands, as users see it."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing can change it any more."""
        return self in _ENDED


_ENDED = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage of a scan: its share of the whole, what has ended of it, and how long it took so far.

    `status` is pending, running, completed, skipped (nothing to do, or never reached by an ended scan), or
    stopped (the scan ended in it).
    """

    name: str
    weight: float
    current: int
    total: int
    status: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A scan at one moment; the units and rules of each field stand in docs/architecture.md.

    Attributes:
        stage: `queued`, or the earliest stage that has not ended; an ended scan keeps its last.
        current: What has ended of the stage, failed symbols included; never what has begun.
        percentage: 0..100 of the whole scan, never goes back, 100 only when completed.
        eta_seconds: For the whole scan; None until there is something to go by, 0 at the end.
        symbols_per_second: Symbols that ended / seconds of the stage.
        last_symbol: The last symbol that ended.
        stage_eta_seconds: Like eta_seconds, of the stage alone.
        matches: Rows that passed the filters, before `limit`.
        failures: Symbols that failed.
        queue_position: 1 is next; None once the scan has begun.
    """

    scan_id: str
    seq: int
    status: Status
    stage: str
    current: int
    total: int
    stage_percentage: float
    percentage: float
    message: str
    eta_seconds: float | None
    stage_eta_seconds: float | None
    symbols_per_second: float
    elapsed_seconds: float
    last_symbol: str | None
    stages: tuple[StageView, ...]
    matches: int
    failures: int
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    error: Failure | None
    priority: int
    queue_position: int | None
    cancel_requested: bool
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The scan was submitted, has begun, was asked to stop, or has ended: see `snapshot.status`."""

    scan_id: str
    seq: int
    snapshot: Snapshot
    at: float = field(default=0.0, compare=False)
    encodings: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ProgressAdvanced:
    """Something has ended since the last snapshot."""

    scan_id: str
    seq: int
    snapshot: Snapshot
    at: float = field(default=0.0, compare=False)
    encodings: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class MatchesFound:
    """These rows passed the filters; each row of a scan is in exactly one such event."""

    scan_id: str
    seq: int
    rows: Rows
    at: float = field(default=0.0, compare=False)
    encodings: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)


ScanEvent = StateChanged | ProgressAdvanced | MatchesFound
"""What readers get."""
