"""What can be read of scans: from the store and the bus alone, and from no actor."""

from __future__ import annotations

import asyncio

from technic.clock import Clock
from technic.engine.bus import Bus
from technic.engine.offload import Offload
from technic.engine.outcome import OpenResult, ScanOutcome, opened, outcome_of
from technic.engine.scan.events import Snapshot
from technic.engine.stores.base import Remembered, ScanStore
from technic.engine.stores.history import HistoryPage, HistoryQuery, Statistics, StatisticsQuery
from technic.engine.topic import Subscription, past_topic
from technic.errors import ScanUnfinished, UnknownScan
from technic.scanner.request import ScanRequest

_SWEEP_SECONDS = 30.0


class Records:
    """The scans that are remembered, and the live ones as they are told.

    Args:
        store: Where they are remembered.
        bus: Where they are told.
        offload: The thread that puts partial results together.
        workers: How many processes work, as results say.
    """

    def __init__(self, store: ScanStore, bus: Bus, offload: Offload, *, workers: int) -> None:
        self.bus = bus
        self._store = store
        self._offload = offload
        self._workers = workers

    @property
    def epoch(self) -> str:
        """Names the numbering of the events."""
        return self._store.epoch

    async def snapshot(self, scan_id: str) -> Snapshot:
        """A scan's newest snapshot. Raises UnknownScan."""
        snapshot = await self._store.snapshot(scan_id)
        if snapshot is None:
            raise _unknown(scan_id)
        return snapshot

    async def active(self) -> list[Snapshot]:
        """The scans that have not ended, oldest first."""
        return await self._store.active()

    async def result(self, scan_id: str, *, partial: bool = False) -> ScanOutcome:
        """What a scan came to; with `partial` also of one that has not ended.

        Raises:
            UnknownScan: No scan has this id.
            ScanUnfinished: It has not ended, and `partial` was not asked for.
        """
        known = await self._known(scan_id, partial=partial, whole=True)
        return await self._outcome(known)

    async def open_result(self, scan_id: str, *, partial: bool = False) -> OpenResult:
        """What a scan came to, its rows to be read a sheet at a time. Raises as `result`."""
        known = await self._known(scan_id, partial=partial, whole=False)
        return opened(await self._outcome(known), known.unread)

    async def _outcome(self, known: Remembered) -> ScanOutcome:
        if known.result is not None:
            return outcome_of(known, self._workers)
        return await self._offload(outcome_of, known, self._workers)

    async def _known(self, scan_id: str, *, partial: bool, whole: bool) -> Remembered:
        known = await self._store.get(scan_id, whole=whole)
        if known is None:
            raise _unknown(scan_id)
        if not known.snapshot.status.ended and not partial:
            raise ScanUnfinished(f"scan {scan_id} is {known.snapshot.status}", retry_after=1.0)
        return known

    async def request(self, scan_id: str) -> ScanRequest:
        """What a scan was asked for. Raises UnknownScan."""
        known = await self._store.get(scan_id, whole=False)
        if known is None:
            raise _unknown(scan_id)
        return known.request

    async def history(self, query: HistoryQuery) -> HistoryPage:
        """Ended scans, newest end first."""
        return await self._store.history(query)

    async def statistics(self, query: StatisticsQuery) -> Statistics:
        """Figures over ended scans."""
        return await self._store.statistics(query)

    async def subscribe(
        self, scan_id: str, *, since: int | None = None, matches: bool = False
    ) -> Subscription:
        """A reader of one scan, see `Topic.subscribe`. Raises UnknownScan."""
        known = await self.snapshot(scan_id)
        live = self.bus.subscribe(scan_id, since=since, matches=matches)
        if live is not None:
            return live
        return past_topic(known).subscribe(since=since, matches=matches)

    async def sweep(self, clock: Clock) -> None:
        """Forget what the store no longer keeps, for as long as nobody cancels it."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            for scan_id in await self._store.sweep(clock.now()):
                self.bus.forget(scan_id)


def _unknown(scan_id: str) -> UnknownScan:
    return UnknownScan(f"there is no scan {scan_id[:64]!r}", scan_id=scan_id[:64])
