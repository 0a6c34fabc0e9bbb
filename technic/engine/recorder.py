"""The recorder: the one that writes what happens to the store, so that HTTP can read it there.

What has to be kept before anybody hears of it (a scan's creation, its changes of state, what has ended for
good) is awaited; progress is written as it comes by on the bus.
"""

from __future__ import annotations

from technic.engine.scan.events import ProgressAdvanced, ScanEvent, Snapshot
from technic.engine.stores.base import Claim, Kept, Reservation, ScanStore
from technic.engine.totals import Totals
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from technic.scanner.units import SourceSpec

_NUMBERS = 1_000
_PERCENT = 5.0
"""What is reserved at a time: a scan that goes on after a crash leaves out at most so many numbers, and its
bar stands still until the truth has come up to it."""


class Recorder:
    """Writes what happens to a store.

    Args:
        store: Where to.

    Attributes:
        totals: What became of the scans that ended.
    """

    def __init__(self, store: ScanStore) -> None:
        self._store = store
        self.totals = Totals()

    async def create(self, request: ScanRequest, snapshot: Snapshot, claim: Claim | None) -> Reservation:
        """A scan exists; kept when this returns. What it may tell."""
        reserved = Reservation(snapshot.seq + _NUMBERS)
        await self._store.create(request, snapshot, reserved, claim)
        return reserved

    async def readmit(self, scan_id: str, told: Reservation, strikes: int) -> Reservation:
        """A scan of an earlier process goes on in this one. What it may tell."""
        reserved = Reservation(told.seq + _NUMBERS, told.percentage)
        await self._store.readmit(scan_id, reserved, strikes)
        return reserved

    async def commit(self, snapshot: Snapshot, result: ScanResult | None) -> None:
        """A scan's state has changed; kept when this returns."""
        await self._store.commit(snapshot, result)
        if snapshot.status.ended:
            self.totals.add(snapshot, result)

    async def keep(self, scan_id: str, kept: Kept, source: SourceSpec) -> None:
        """A part of a scan has ended for good; kept when this returns."""
        await self._store.keep(scan_id, kept, source)

    async def discard(self, scan_id: str) -> None:
        """What was kept of a scan's parts is good for nothing any more."""
        await self._store.discard(scan_id)

    async def cover(self, event: ScanEvent, reserved: Reservation) -> Reservation:
        """What a scan may tell, enough for an event of it; kept when this returns."""
        percentage = event.snapshot.percentage if isinstance(event, ProgressAdvanced) else 0.0
        if event.seq < reserved.seq and percentage <= reserved.percentage:
            return reserved
        more = Reservation(
            max(reserved.seq, event.seq + _NUMBERS),
            max(reserved.percentage, min(99.99, round(percentage + _PERCENT, 2))),
        )
        await self._store.reserve(event.scan_id, more)
        return more

    def __call__(self, event: ScanEvent) -> None:
        """Take one event in; called by the bus."""
        if isinstance(event, ProgressAdvanced):
            self._store.note(event.snapshot)
