"""Ended scans of scans.db, and those that should be there but are in memory only, as one history."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from math import inf

from technic.config.settings import StoreSettings
from technic.engine.scan.events import Snapshot
from technic.engine.stores import reader
from technic.engine.stores.base import Claim, Remembered
from technic.engine.stores.entries import Entry, entry_of
from technic.engine.stores.history import (
    HistoryEntry,
    HistoryPage,
    HistoryQuery,
    Statistics,
    StatisticsQuery,
)
from technic.engine.stores.place import Place
from technic.engine.stores.reading import Reading
from technic.engine.stores.recent import Recent
from technic.engine.stores.retention import Bounds, forget_portion
from technic.engine.stores.shelf import Shelf, ended_scans, failed_among, history_entry, meant
from technic.engine.stores.statistics import statistics
from technic.engine.stores.unread import unread
from technic.engine.stores.writer import Writer


class Archive:
    """Ended scans.

    Args:
        place: The database.
        settings: How long, how many, how much.
        writer: Who forgets on the disk.
    """

    def __init__(self, place: Place, settings: StoreSettings, writer: Writer) -> None:
        self._settings = settings
        self._writer = writer
        self._read = Reading(place)
        self._held = Shelf(settings)  # what the disk does not have
        self._claims: dict[str, Claim] = {}  # of these
        self._recent = Recent()
        self._forgotten: list[str] = []
        self._forgets = 0
        self._last = 0
        self._forgetting = asyncio.Lock()
        self._trimming = asyncio.Lock()
        self._trim: asyncio.Task[None] | None = None

    def number(self, entry: Entry) -> None:
        """A scan ends, after all that ended before: by this the oldest are told, not by the clock."""
        self._last = entry.end_number = max(self._last, self._writer.tally.last) + 1

    def take(self, entry: Entry, *, kept: bool) -> None:
        """A scan has ended; `kept` says whether the disk has it, which may come true later."""
        scan_id = entry.snapshot.scan_id
        if scan_id in self._writer.doomed:  # forgotten while it was being written
            return
        if not kept:
            if self._held.get(scan_id) is None:
                self._lost(self._held.put(entry))
                if entry.claim is not None:
                    self._claims.setdefault(entry.claim.key, entry.claim)
            return
        self._let_go(scan_id)
        known = entry.remembered()
        if known is not None:
            self._recent.put(known)
        much = self._writer.tally
        if much.scans > self._settings.max_scans or much.nbytes > self._settings.max_bytes:
            self._trim_soon()

    async def rescue(self) -> list[Entry]:
        """The file has vanished: nobody reads it any more, and what is still known of it is held instead."""
        await self._read.let_go()
        entries = sorted(map(entry_of, self._recent.take_all()), key=lambda entry: entry.ended_at)
        for entry in entries:
            self.number(entry)
            self.take(entry, kept=False)
        return entries

    def held(self, scan_id: str) -> Entry | None:
        """A scan that the disk does not have."""
        return self._held.get(scan_id)

    async def get(self, scan_id: str, *, whole: bool = True) -> Remembered | None:
        """All that is known of a scan, but for the rows of a large result where they are not wanted `whole`.

        Raises:
            CacheError: What is kept of it is damaged, or cannot be read now.
        """
        if scan_id in self._writer.doomed:
            return None
        known, forgets = self._recent.get(scan_id), self._forgets
        if known is None and not whole:
            known = await unread(self._read, scan_id)
        if known is None:
            known = await self._read(partial(reader.remembered, scan_id=scan_id))
            if known is not None and forgets == self._forgets:
                self._recent.put(known)
        return known

    async def snapshot(self, scan_id: str) -> Snapshot | None:
        """The last snapshot of a scan. Raises as `get`."""
        if scan_id in self._writer.doomed:
            return None
        known = self._recent.get(scan_id)
        return known.snapshot if known else await self._read(partial(reader.snapshot, scan_id=scan_id))

    async def claim(self, key: str) -> Claim | None:
        """Which scan has a key. Raises as `get`."""
        known = self._claims.get(key) or await self._read(partial(reader.claim, key=key))
        return None if known is None or known.scan_id in self._writer.doomed else known

    async def forget(self, scan_id: str) -> bool:
        """Forget a scan; False where there is none. Of several who ask at once one has done it."""
        async with self._forgetting:  # whoever comes later looks once the earlier one has told the writer
            if not await self._has(scan_id):
                return False
            self._gone([scan_id])
            gone = self._writer.delete(scan_id)
        await gone
        return True

    async def _has(self, scan_id: str) -> bool:
        if scan_id in self._writer.doomed:
            return False
        if self._held.get(scan_id) is not None:
            return True
        return await self._read(partial(reader.has_ended, scan_id=scan_id))

    async def history(self, query: HistoryQuery) -> HistoryPage:
        """Newest end first.

        Raises:
            HistoryUnreadable: The database cannot be read now.
        """
        held, without = list(self._held), self._elsewhere()
        return await self._read(partial(_page, query=query, held=held, without=without))

    async def statistics(self, query: StatisticsQuery) -> Statistics:
        """Figures over them. Raises as `history`."""
        held, without = list(self._held), self._elsewhere()
        return await self._read(partial(_figures, query=query, held=held, without=without))

    def _elsewhere(self) -> tuple[str, ...]:
        """Ids of scans that are not to be looked for on the disk, though they may get there meanwhile."""
        return (*self._writer.doomed, *(entry.snapshot.scan_id for entry in self._held))

    async def sweep(self, now: datetime) -> list[str]:
        """Forget what is too old or too much; the ids of all that was forgotten since the last sweep."""
        self._lost(self._held.expire(now))
        oldest = now - timedelta(days=self._settings.retention_days)
        await self._make_room(oldest.timestamp())
        forgotten, self._forgotten = self._forgotten, []
        return forgotten

    def _trim_soon(self) -> None:
        if self._trim is None or self._trim.done():
            self._trim = asyncio.get_running_loop().create_task(self._make_room(-inf))

    async def _make_room(self, oldest: float) -> None:
        """Forget on the disk, in portions between which others get their turn."""
        bounds = Bounds(oldest, self._settings.max_scans, self._settings.max_bytes)
        async with self._trimming:
            more = True
            while more:
                have = replace(self._writer.tally)
                portion = await self._writer.run(partial(forget_portion, bounds=bounds, have=have))
                if portion is None:
                    return
                self._writer.tally.add(portion.tally)
                self._gone(portion.gone)
                more = portion.more

    def _lost(self, entries: Iterable[Entry]) -> None:
        """These had to go from memory: what the disk has of them goes too."""
        for entry in entries:
            self._gone([entry.snapshot.scan_id])
            self._forget_claim(entry)
            self._writer.doom(entry.snapshot.scan_id)

    def _gone(self, scan_ids: Iterable[str]) -> None:
        for scan_id in scan_ids:
            self._forgets += 1
            self._forgotten.append(scan_id)
            self._recent.drop(scan_id)
            self._let_go(scan_id)

    def _let_go(self, scan_id: str) -> None:
        entry = self._held.take(scan_id)
        if entry is not None:
            self._forget_claim(entry)

    def _forget_claim(self, entry: Entry) -> None:
        if entry.claim is not None and self._claims.get(entry.claim.key) is entry.claim:
            del self._claims[entry.claim.key]

    @property
    def scans(self) -> int:
        """How many there are."""
        return self._writer.tally.scans + len(self._held)

    @property
    def nbytes(self) -> int:
        """How many bytes they take, on the disk and in memory."""
        return self._writer.tally.nbytes + self._held.nbytes

    async def settle(self) -> None:
        """Until nothing is being forgotten."""
        if self._trim is not None:
            await self._trim

    async def close(self) -> None:
        """Let go of the database."""
        await self._read.close()


def _ended_at(entry: HistoryEntry) -> datetime:
    return entry.snapshot.completed_at or entry.snapshot.created_at


def _page(
    connection: sqlite3.Connection, query: HistoryQuery, held: Sequence[Entry], without: tuple[str, ...]
) -> HistoryPage:
    """A page of what the disk has and what it has not."""
    ours = [history_entry(entry) for entry in held if meant(query, entry)]
    passed = max(0, query.offset - len(ours))  # of the disk's; they are all newer than the page
    asked = replace(query, offset=passed, limit=query.offset + query.limit - passed)
    entries, total = reader.history(connection, asked, without)
    if ours:
        entries = sorted([*ours, *entries], key=_ended_at, reverse=True)
    first = query.offset - passed
    return HistoryPage(tuple(entries[first : first + query.limit]), total + len(ours))


def _figures(
    connection: sqlite3.Connection, query: StatisticsQuery, held: Sequence[Entry], without: tuple[str, ...]
) -> Statistics:
    """Figures over what the disk has and what it has not; computed where it is read, off the loop."""
    records, failed = reader.ended_scans(connection, query, without)
    span = HistoryQuery(since=query.since, until=query.until)
    ours = [entry for entry in held if meant(span, entry)]
    records += ended_scans(ours)
    return statistics(records, [*failed, *failed_among(ours)], query)
