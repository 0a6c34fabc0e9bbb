"""The port of stores: where scans are remembered. HTTP reads of progress and results read a store only.

A store promises: what an awaited write returned from is kept as long as the store's kind of keeping lasts,
and is what every later read gives; `note` never waits and may be lost in a crash; a terminal status is
final; and whatever it keeps is bounded by age, count and bytes. It never fails a scan: a store that cannot
write goes on in memory, and `health` says so. All of it belongs to the event loop's thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from technic.engine.scan.events import Snapshot, Status
from technic.engine.sheets import Sheets
from technic.engine.stores.history import HistoryPage, HistoryQuery, Statistics, StatisticsQuery
from technic.errors import Failure
from technic.scanner.checkpoint import Checkpoint
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from technic.scanner.rows import Rows
from technic.scanner.units import SourceSpec


@dataclass(frozen=True, slots=True)
class Claim:
    """An Idempotency-Key that a client gave a scan.

    Attributes:
        key: The client's own word.
        request_key: `ScanRequest.request_key()` of what it asked for with it.
        scan_id: The scan that has it.
    """

    key: str
    request_key: str
    scan_id: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a scan may tell before it has to reserve more; after a crash it goes on behind it.

    Attributes:
        seq: Numbers below this may be used.
        percentage: Progress up to this may be shown.
    """

    seq: int = 0
    percentage: float = 0.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint under the number of the event that told of its rows, if it has any."""

    seq: int
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a store knows of one scan.

    Attributes:
        request: What was asked for.
        snapshot: The newest one.
        found: Rows of its checkpoints, in no order; empty where there is a result.
        lost: Failures of its checkpoints; empty where there is a result.
        result: The final result, also of a cancelled or failed scan; None before, and where there is none.
        warning: Why it will not outlive this process, where it should; None where all is well.
        unread: The result's rows, where they were left where they lie; `result.rows` is empty then.
    """

    request: ScanRequest
    snapshot: Snapshot
    found: tuple[Rows, ...] = ()
    lost: tuple[Failure, ...] = ()
    result: ScanResult | None = None
    warning: str | None = None
    unread: Sheets | None = None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A scan that an earlier process left, pending or running.

    Attributes:
        request: What was asked for.
        snapshot: The newest that was kept; its status says whether it had begun.
        reserved: What the earlier process may have told.
        strikes: How many processes died while they computed for it, since a part of it was kept last.
        source: Whose bars its checkpoints were computed from; None where there are none.
        kept: Its checkpoints, in the order of their numbers.
        states: The snapshots of its changes of state, in the order of their numbers.
    """

    request: ScanRequest
    snapshot: Snapshot
    reserved: Reservation
    strikes: int
    source: SourceSpec | None
    kept: tuple[Kept, ...]
    states: tuple[Snapshot, ...]

    @property
    def begun(self) -> bool:
        """Whether it ran when it was left."""
        return self.snapshot.status is not Status.PENDING


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """How a store is.

    Attributes:
        kind: Which store: `memory`, `sqlite`.
        trouble: What keeps it from keeping what it should, in a sentence; None where all is well.
        scans: How many ended scans it remembers.
        bytes: How much disk or memory they take, about.
    """

    kind: str
    trouble: str | None
    scans: int
    bytes: int


class ScanStore(Protocol):
    """Where scans are remembered."""

    @property
    def epoch(self) -> str:
        """Names this store's numbering; another store, or one that lost its numbers, has another."""

    @property
    def durable(self) -> bool:
        """Whether what it keeps outlives the process."""

    async def open(self) -> None:
        """Make ready. Raises Unusable where that cannot be."""

    async def close(self) -> None:
        """Let go; idempotent. Scans that run now were left on purpose: their strikes are forgotten."""

    # --- awaited writes: kept on return

    async def create(
        self, request: ScanRequest, snapshot: Snapshot, reserved: Reservation, claim: Claim | None = None
    ) -> None:
        """A scan exists."""

    async def commit(self, snapshot: Snapshot, result: ScanResult | None = None) -> None:
        """A scan's state has changed. A scan that has ended stays as it is.

        With a result the scan's checkpoints are dropped; one that ends without a result keeps them.
        """

    async def keep(self, scan_id: str, kept: Kept, source: SourceSpec) -> None:
        """A part of a scan has ended for good; it has no strike any more."""

    async def reserve(self, scan_id: str, reserved: Reservation) -> None:
        """A scan may tell so much more."""

    async def readmit(self, scan_id: str, reserved: Reservation, strikes: int) -> None:
        """An unfinished scan goes on in this process, with so many strikes."""

    async def discard(self, scan_id: str) -> None:
        """The checkpoints of a scan that runs are good for nothing any more."""

    async def forget(self, scan_id: str) -> bool:
        """Forget an ended scan; False where there is none, or it has not ended."""

    # --- writes that never wait

    def note(self, snapshot: Snapshot) -> None:
        """Progress of a scan. One older than what is known is ignored."""

    # --- reads

    async def get(self, scan_id: str, *, whole: bool = True) -> Remembered | None:
        """What is known of a scan; None where nothing is. The rows of a large result only where `whole`."""

    async def snapshot(self, scan_id: str) -> Snapshot | None:
        """The newest snapshot of a scan alone, which is cheaper."""

    async def active(self) -> list[Snapshot]:
        """The scans that have not ended, oldest first."""

    async def unfinished(self) -> list[Unfinished]:
        """What earlier processes left, oldest first; to be asked once, after `open`."""

    async def claim(self, key: str) -> Claim | None:
        """Which scan has an Idempotency-Key."""

    async def history(self, query: HistoryQuery) -> HistoryPage:
        """Ended scans, newest end first."""

    async def statistics(self, query: StatisticsQuery) -> Statistics:
        """Figures over ended scans."""

    async def sweep(self, now: datetime) -> list[str]:
        """Forget what is too old or too much; the ids that were forgotten since the last sweep."""

    def health(self) -> StoreHealth:
        """How it is; cheap."""
