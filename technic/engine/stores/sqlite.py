"""Scans remembered in one file: what was kept outlives the process, and the next one goes on from there.

Scans that live are in memory too, so that reading them touches no disk; what is shown of them is what is
kept. One thread writes (`writer`), another reads ended scans (`archive`). When the file cannot be written,
scans go on in memory and `health` says why (docs/adr/0009).
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

from technic.config.settings import StoreSettings
from technic.engine.scan.events import Snapshot
from technic.engine.stores.archive import Archive
from technic.engine.stores.base import Claim, Kept, Remembered, Reservation, StoreHealth, Unfinished
from technic.engine.stores.changes import Change, Draft
from technic.engine.stores.database import FILE, unusable
from technic.engine.stores.entries import Entry
from technic.engine.stores.history import HistoryPage, HistoryQuery, Statistics, StatisticsQuery
from technic.engine.stores.place import Place
from technic.engine.stores.remains import Remains, remains, unfinished
from technic.engine.stores.writer import Writer
from technic.engine.suspects import Suspects
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from technic.scanner.units import SourceSpec


class SqliteStore:
    """The store in a file.

    Args:
        folder: Where its file is, or is to be.
        settings: How long, how many, how much.
        suspects: Told for whom its thread writes; None tells nobody.
    """

    def __init__(self, folder: Path, settings: StoreSettings, suspects: Suspects | None = None) -> None:
        self._path = folder / FILE
        place = Place(self._path)
        self._writer = Writer(place, self._settled, self._rescued, suspects or Suspects(None))
        self._archive = Archive(place, settings, self._writer)
        self._live: dict[str, Draft] = {}
        self._claims: dict[str, Draft] = {}  # of scans that live
        self._left: list[Unfinished] = []
        self._epoch = ""
        self._open = False

    @property
    def epoch(self) -> str:
        """Names the file's numbering."""
        return self._epoch

    @property
    def durable(self) -> bool:
        """It is."""
        return True

    async def open(self) -> None:
        """Make the file ready, and take in what an earlier process left.

        Raises:
            Unusable: Why that cannot be, and what to do; nothing of the file is lost.
        """
        try:
            found = await self._writer.open(remains)
        except (sqlite3.Error, OSError) as error:
            raise unusable(error, self._path) from error
        self._open = True
        await self._take_in(found)

    async def _take_in(self, found: Remains) -> None:
        self._epoch = found.epoch
        for entry in found.left:
            scan_id = entry.snapshot.scan_id
            thinned = scan_id in found.thinned
            self._live[scan_id] = draft = Draft(
                entry, len(entry.states), len(entry.kept), stored=True, whole=thinned
            )
            self._left.append(unfinished(entry))
            if entry.claim is not None:
                self._claims[entry.claim.key] = draft
        for entry in found.ruined:
            self._archive.number(entry)
            await self._writer.put(Draft(entry, stored=True, whole=False, dropped=True))

    async def close(self) -> None:
        """Keep what is not kept yet and let go; idempotent. Strikes of scans that run are forgotten."""
        if not self._open:
            return
        self._open = False
        for draft in self._live.values():
            if draft.entry.strikes:
                draft.entry.strikes = 0
                self._writer.put_soon(draft)
        await self._archive.settle()
        await self._writer.close()
        await self._archive.close()

    async def create(
        self, request: ScanRequest, snapshot: Snapshot, reserved: Reservation, claim: Claim | None = None
    ) -> None:
        """A scan exists. A key that another scan has stays with that one."""
        draft = Draft(Entry(request, snapshot, reserved, claim, states=[snapshot]))
        self._live[snapshot.scan_id] = draft
        if claim is not None:
            self._claims.setdefault(claim.key, draft)
        await self._writer.put(draft)

    async def commit(self, snapshot: Snapshot, result: ScanResult | None = None) -> None:
        """A scan's state has changed; one that has ended stays as it is."""
        draft = self._live.get(snapshot.scan_id)
        if draft is not None and draft.entry.commit(snapshot, result):
            if snapshot.status.ended:
                self._archive.number(draft.entry)
            await self._writer.put(draft)

    def _settled(self, draft: Draft, change: Change, kept: bool) -> None:  # noqa: FBT001 - a callback's
        """Readers may know of a change; told by the writer."""
        if change.snapshot.status.ended:
            self._live.pop(change.snapshot.scan_id, None)
            claim = draft.entry.claim
            if claim is not None and self._claims.get(claim.key) is draft:
                del self._claims[claim.key]
            self._archive.take(draft.entry, kept=kept)

    async def _rescued(self) -> list[Draft]:
        """The file has vanished: all that memory holds, to be written anew; asked by the writer."""
        ended = [Draft(entry, stored=True) for entry in await self._archive.rescue()]
        return [*ended, *self._live.values()]

    async def keep(self, scan_id: str, kept: Kept, source: SourceSpec) -> None:
        """A part of a scan has ended for good."""
        draft = self._live.get(scan_id)
        if draft is not None and draft.entry.keep(kept, source):
            await self._writer.put(draft)

    async def reserve(self, scan_id: str, reserved: Reservation) -> None:
        """A scan may tell so much more."""
        draft = self._live.get(scan_id)
        if draft is not None:
            draft.entry.reserved = reserved
            await self._writer.put(draft)

    async def readmit(self, scan_id: str, reserved: Reservation, strikes: int) -> None:
        """A scan that an earlier process left goes on in this one."""
        draft = self._live.get(scan_id)
        if draft is not None:
            draft.entry.readmit(reserved, strikes)
            await self._writer.put(draft)

    async def discard(self, scan_id: str) -> None:
        """The checkpoints of a scan that runs are good for nothing any more."""
        draft = self._live.get(scan_id)
        if draft is not None and not draft.entry.snapshot.status.ended:
            draft.discard()
            await self._writer.put(draft)

    async def forget(self, scan_id: str) -> bool:
        """Forget an ended scan; False where there is none, or it has not ended. Raises as `get`."""
        return scan_id not in self._live and await self._archive.forget(scan_id)

    def note(self, snapshot: Snapshot) -> None:
        """Progress of a scan; one older than what is known is ignored."""
        draft = self._live.get(snapshot.scan_id)
        if draft is not None and draft.entry.note(snapshot):
            self._writer.put_soon(draft)

    async def get(self, scan_id: str, *, whole: bool = True) -> Remembered | None:
        """What is known of a scan; the rows of a large result that has gone to the disk only where `whole`.

        Raises:
            CacheError: What is kept of it is damaged, or cannot be read now.
        """
        entry = self._in_memory(scan_id)
        if entry is None:
            return await self._archive.get(scan_id, whole=whole)
        return entry.remembered(self._writer.warning(scan_id))

    async def snapshot(self, scan_id: str) -> Snapshot | None:
        """The newest snapshot of a scan alone. Raises as `get`."""
        entry = self._in_memory(scan_id)
        return await self._archive.snapshot(scan_id) if entry is None else entry.shown

    def _in_memory(self, scan_id: str) -> Entry | None:
        draft = self._live.get(scan_id)
        return self._archive.held(scan_id) if draft is None else draft.entry

    async def active(self) -> list[Snapshot]:
        """The scans that have not ended, oldest first."""
        shown = (draft.entry.shown for draft in self._live.values())
        return [snapshot for snapshot in shown if snapshot is not None and not snapshot.status.ended]

    async def unfinished(self) -> list[Unfinished]:
        """What earlier processes left, oldest first."""
        left, self._left = self._left, []
        return left

    async def claim(self, key: str) -> Claim | None:
        """Which scan has an Idempotency-Key. Raises as `get`."""
        draft = self._claims.get(key)
        if draft is not None and draft.entry.shown is not None:
            return draft.entry.claim
        return await self._archive.claim(key)

    async def history(self, query: HistoryQuery) -> HistoryPage:
        """Ended scans, newest end first. Raises CacheError where they cannot be read now."""
        return await self._archive.history(query)

    async def statistics(self, query: StatisticsQuery) -> Statistics:
        """Figures over ended scans. Raises as `history`."""
        return await self._archive.statistics(query)

    async def sweep(self, now: datetime) -> list[str]:
        """Forget what is too old or too much; the ids of all that was forgotten since the last sweep."""
        return await self._archive.sweep(now)

    def health(self) -> StoreHealth:
        """How it is."""
        return StoreHealth("sqlite", self._writer.trouble, self._archive.scans, self._archive.nbytes)
