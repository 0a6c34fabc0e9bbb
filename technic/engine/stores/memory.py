"""Scans remembered in memory: nothing outlives the process, everything is bounded."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex

from technic.config.settings import StoreSettings
from technic.engine.scan.events import Snapshot
from technic.engine.stores.base import Remembered
from technic.errors import Failure
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from technic.scanner.rows import Rows

_SCAN_BYTES = 4_096  # about what a scan takes besides its rows, its failures and the symbols it names
_FAILURE_BYTES = 1_200
_NAME_BYTES = 80


@dataclass(slots=True)
class _Entry:
    request: ScanRequest
    snapshot: Snapshot
    found: list[Rows] = field(default_factory=list)
    lost: list[Failure] = field(default_factory=list)
    result: ScanResult | None = None

    @property
    def nbytes(self) -> int:
        asked = _NAME_BYTES * len(self.request.symbols or ())
        if self.result is None:
            return _SCAN_BYTES + asked
        return _SCAN_BYTES + asked + self.result.rows.nbytes + _FAILURE_BYTES * len(self.result.failures)


class MemoryStore:
    """The store without a disk.

    Args:
        settings: How long, how many, how much.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._live: dict[str, _Entry] = {}
        self._ended: OrderedDict[str, _Entry] = OrderedDict()  # in the order of their ends
        self._ended_bytes = 0
        self._forgotten: list[str] = []
        self._epoch = token_hex(4)

    @property
    def epoch(self) -> str:
        """Names this store's numbering: another in every process."""
        return self._epoch

    async def open(self) -> None:
        """Nothing has to be made ready."""

    async def close(self) -> None:
        """Nothing has to be let go."""

    async def create(self, request: ScanRequest, snapshot: Snapshot) -> None:
        """A scan exists."""
        self._live[snapshot.scan_id] = _Entry(request, snapshot)

    async def commit(self, snapshot: Snapshot, result: ScanResult | None = None) -> None:
        """A scan's state has changed; one that has ended stays as it is."""
        entry = self._live.get(snapshot.scan_id)
        if entry is None:
            return
        entry.snapshot = snapshot
        if snapshot.status.ended:
            entry.found.clear()
            entry.lost.clear()
            entry.result = result
            self._ended[snapshot.scan_id] = self._live.pop(snapshot.scan_id)
            self._ended_bytes += entry.nbytes
            self._make_room()

    def note(self, snapshot: Snapshot) -> None:
        """Progress of a scan; one older than what is known is ignored."""
        entry = self._live.get(snapshot.scan_id)
        if entry is not None and snapshot.seq > entry.snapshot.seq:
            entry.snapshot = snapshot

    def found(self, scan_id: str, rows: Rows) -> None:
        """Rows that passed."""
        entry = self._live.get(scan_id)
        if entry is not None:
            entry.found.append(rows)

    def lost(self, scan_id: str, failures: tuple[Failure, ...]) -> None:
        """Symbols that failed."""
        entry = self._live.get(scan_id)
        if entry is not None:
            entry.lost += failures

    async def get(self, scan_id: str) -> Remembered | None:
        """What is known of a scan."""
        entry = self._live.get(scan_id) or self._ended.get(scan_id)
        if entry is None:
            return None
        return Remembered(entry.request, entry.snapshot, tuple(entry.found), tuple(entry.lost), entry.result)

    async def active(self) -> list[Snapshot]:
        """The scans that have not ended, oldest first."""
        return [entry.snapshot for entry in self._live.values()]

    async def sweep(self, now: datetime) -> list[str]:
        """Forget what is too old; the ids of all that was forgotten since the last sweep."""
        oldest = now - timedelta(days=self._settings.retention_days)
        while self._ended and _ended_at(next(iter(self._ended.values()))) < oldest:
            self._forget_oldest()
        forgotten, self._forgotten = self._forgotten, []
        return forgotten

    def _make_room(self) -> None:
        """Forget the oldest until neither the count nor the bytes are too much; the newest stays."""
        while len(self._ended) > 1 and (
            len(self._ended) > self._settings.max_scans or self._ended_bytes > self._settings.max_bytes
        ):
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        scan_id, entry = self._ended.popitem(last=False)
        self._ended_bytes -= entry.nbytes
        self._forgotten.append(scan_id)


def _ended_at(entry: _Entry) -> datetime:
    return entry.snapshot.completed_at or entry.snapshot.created_at
