"""The port of stores: where scans are remembered. HTTP reads of progress and results read a store only.

A store promises: what `commit` returned from is kept as long as the store's kind of keeping lasts, and
is what every later read gives; `note` never waits and may be lost in a crash; a terminal status is
final; and whatever it keeps is bounded by age, count and bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from technic.engine.scan.events import Snapshot
from technic.errors import Failure
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from technic.scanner.rows import Rows


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a store knows of one scan.

    Attributes:
        request: What was asked for.
        snapshot: The newest one.
        found: Rows that passed the filters so far, in no order; empty once the scan has ended.
        lost: Symbols that failed so far; empty once the scan has ended.
        result: The final result, also of a cancelled or failed scan; None before, and where there is none.
    """

    request: ScanRequest
    snapshot: Snapshot
    found: tuple[Rows, ...]
    lost: tuple[Failure, ...]
    result: ScanResult | None


class ScanStore(Protocol):
    """Where scans are remembered."""

    @property
    def epoch(self) -> str:
        """Names this store's numbering; another store, or one that lost its numbers, has another."""

    async def open(self) -> None:
        """Make ready. Raises Unusable where that cannot be."""

    async def close(self) -> None:
        """Let go; idempotent."""

    async def create(self, request: ScanRequest, snapshot: Snapshot) -> None:
        """A scan exists; kept when this returns."""

    async def commit(self, snapshot: Snapshot, result: ScanResult | None = None) -> None:
        """A scan's state has changed; kept when this returns. A scan that has ended stays as it is."""

    def note(self, snapshot: Snapshot) -> None:
        """Progress of a scan; never waits. One older than what is known is ignored."""

    def found(self, scan_id: str, rows: Rows) -> None:
        """Rows that passed; never waits."""

    def lost(self, scan_id: str, failures: tuple[Failure, ...]) -> None:
        """Symbols that failed; never waits."""

    async def get(self, scan_id: str) -> Remembered | None:
        """What is known of a scan; None where nothing is."""

    async def active(self) -> list[Snapshot]:
        """The scans that have not ended, oldest first."""

    async def sweep(self, now: datetime) -> list[str]:
        """Forget what is too old or too much; the ids that were forgotten."""
