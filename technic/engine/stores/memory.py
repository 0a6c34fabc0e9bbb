"""Scans remembered in memory: nothing outlives the process, everything is bounded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from secrets import token_hex

from technic.config.settings import StoreSettings
from technic.engine.offload import Offload
from technic.engine.scan.events import Snapshot
from technic.engine.stores.base import Claim, Kept, Remembered, Reservation, StoreHealth, Unfinished
from technic.engine.stores.entries import Entry
from technic.engine.stores.history import HistoryPage, HistoryQuery, Statistics, StatisticsQuery
from technic.engine.stores.shelf import Shelf, ended_scans, failed_among, history_entry, meant
from technic.engine.stores.statistics import statistics
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from technic.scanner.units import SourceSpec


class MemoryStore:
    """The store without a disk.

    Args:
        settings: How long, how many, how much.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self._live: dict[str, Entry] = {}
        self._ended = Shelf(settings)
        self._claims: dict[str, Claim] = {}
        self._forgotten: list[str] = []
        self._epoch = token_hex(4)
        self._offload = Offload("history")

    @property
    def epoch(self) -> str:
        """Names this store's numbering: another in every process."""
        return self._epoch

    @property
    def durable(self) -> bool:
        """It is not."""
        return False

    async def open(self) -> None:
        """Nothing has to be made ready."""

    async def close(self) -> None:
        """Let go of a thread."""
        self._offload.close()

    async def create(
        self, request: ScanRequest, snapshot: Snapshot, reserved: Reservation, claim: Claim | None = None
    ) -> None:
        """A scan exists. A key that another scan has stays with that one."""
        self._live[snapshot.scan_id] = entry = Entry(request, snapshot, reserved, claim, states=[snapshot])
        entry.show()
        if claim is not None:
            self._claims.setdefault(claim.key, claim)

    async def commit(self, snapshot: Snapshot, result: ScanResult | None = None) -> None:
        """A scan's state has changed; one that has ended stays as it is."""
        entry = self._live.get(snapshot.scan_id)
        if entry is None:
            return
        entry.commit(snapshot, result)
        entry.show()
        if snapshot.status.ended:
            self._gone(self._ended.put(self._live.pop(snapshot.scan_id)))

    async def keep(self, scan_id: str, kept: Kept, source: SourceSpec) -> None:
        """A part of a scan has ended for good."""
        entry = self._live.get(scan_id)
        if entry is not None:
            entry.keep(kept, source)
            entry.show()

    async def reserve(self, scan_id: str, reserved: Reservation) -> None:
        """A scan may tell so much more: nobody will ask here."""

    async def readmit(self, scan_id: str, reserved: Reservation, strikes: int) -> None:
        """Nothing is ever left here to be readmitted."""

    async def discard(self, scan_id: str) -> None:
        """The checkpoints of a scan that runs are good for nothing any more."""
        entry = self._live.get(scan_id)
        if entry is not None:
            entry.discard()

    async def forget(self, scan_id: str) -> bool:
        """Forget an ended scan; False where there is none, or it has not ended."""
        entry = self._ended.take(scan_id)
        if entry is None:
            return False
        self._gone([entry])
        return True

    def note(self, snapshot: Snapshot) -> None:
        """Progress of a scan; one older than what is known is ignored."""
        entry = self._live.get(snapshot.scan_id)
        if entry is not None:
            entry.note(snapshot)

    async def get(self, scan_id: str, *, whole: bool = True) -> Remembered | None:  # noqa: ARG002 - all is here
        """What is known of a scan."""
        entry = self._live.get(scan_id) or self._ended.get(scan_id)
        return None if entry is None else entry.remembered()

    async def snapshot(self, scan_id: str) -> Snapshot | None:
        """The newest snapshot of a scan alone."""
        entry = self._live.get(scan_id) or self._ended.get(scan_id)
        return None if entry is None else entry.shown

    async def active(self) -> list[Snapshot]:
        """The scans that have not ended, oldest first."""
        return [entry.snapshot for entry in self._live.values()]

    async def unfinished(self) -> list[Unfinished]:
        """No earlier process left anything."""
        return []

    async def claim(self, key: str) -> Claim | None:
        """Which scan has an Idempotency-Key."""
        return self._claims.get(key)

    async def history(self, query: HistoryQuery) -> HistoryPage:
        """Ended scans, newest end first."""
        return await self._offload(_page, list(self._ended), query)

    async def statistics(self, query: StatisticsQuery) -> Statistics:
        """Figures over ended scans."""
        return await self._offload(_figures, list(self._ended), query)

    async def sweep(self, now: datetime) -> list[str]:
        """Forget what is too old; the ids of all that was forgotten since the last sweep."""
        self._gone(self._ended.expire(now))
        forgotten, self._forgotten = self._forgotten, []
        return forgotten

    def health(self) -> StoreHealth:
        """How it is."""
        return StoreHealth("memory", None, len(self._ended), self._ended.nbytes)

    def _gone(self, entries: list[Entry]) -> None:
        """What these scans leave behind goes too."""
        for entry in entries:
            self._forgotten.append(entry.snapshot.scan_id)
            if entry.claim is not None and self._claims.get(entry.claim.key) is entry.claim:
                del self._claims[entry.claim.key]


def _page(entries: Sequence[Entry], query: HistoryQuery) -> HistoryPage:
    """A page of ended scans, which nobody changes any more; not for the loop where they are many."""
    found = [entry for entry in entries if meant(query, entry)]
    page = found[query.offset : query.offset + query.limit]
    return HistoryPage(tuple(history_entry(entry) for entry in page), len(found))


def _figures(entries: Sequence[Entry], query: StatisticsQuery) -> Statistics:
    """Figures over the same."""
    span = HistoryQuery(since=query.since, until=query.until)
    asked = [entry for entry in entries if meant(span, entry)]
    return statistics(ended_scans(asked), failed_among(asked), query)
