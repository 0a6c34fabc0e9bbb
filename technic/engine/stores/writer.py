"""The one who writes scans.db: a thread, and what waits for it in groups.

Everything that waits when the thread is free goes into one transaction (up to a bound), so a hundred
commits cost little more than one. When the database cannot be written, nobody waits for it: scans go on in
memory, what is behind is remembered, and every few seconds it is tried to write it anew as a whole.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from technic.engine.stores.arrears import Arrears
from technic.engine.stores.changes import Change, Draft, cut, wake
from technic.engine.stores.database import concerns_all, lacks_room, reason
from technic.engine.stores.file import File
from technic.engine.stores.place import Place
from technic.engine.stores.wal import Checkpointer
from technic.engine.stores.writing import Tally, write
from technic.engine.suspects import Suspects
from technic.errors import Unusable

_log = structlog.get_logger(__name__)
RETRY_SECONDS = 3.0
NOTE_SECONDS = 0.25

T = TypeVar("T")
Settled = Callable[[Draft, Change, bool], None]
Rescued = Callable[[], Awaitable[Sequence[Draft]]]


class Writer:
    """Writes drafts of scans.

    Args:
        place: The database.
        settled: Told of each change that readers may know of now, and whether the disk has it.
        rescued: All that memory holds, once nobody reads a file any more that has vanished.
        suspects: Told for whom the thread writes.
    """

    def __init__(self, place: Place, settled: Settled, rescued: Rescued, suspects: Suspects) -> None:
        self._path = place.path
        self._suspects = suspects
        self._settled = settled
        self._rescued = rescued
        self._file = File(place)
        self._checkpointer = Checkpointer(place, self.run)
        self._due: dict[str, Draft] = {}
        self._arrears = Arrears()
        self._dooms: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None
        self._soon: asyncio.TimerHandle | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._retrying: asyncio.Task[None] | None = None
        self._closed = False
        self._fails = 0  # how often the database, not a scan, was why nothing was written
        self.trouble: str | None = None
        self.tally = Tally()

    async def open(self, load: Callable[[sqlite3.Connection], T]) -> T:
        """Open the database; what `load` reads of it.

        Raises:
            sqlite3.Error, OSError, Unusable: It cannot be used.
        """
        try:
            self.tally, loaded = await self._file.open(load)
        except BaseException:
            await self._checkpointer.close()
            self._closed = True
            raise
        return loaded

    async def put(self, draft: Draft) -> None:
        """Write a scan as it is now; returns when that is kept, or cannot be."""
        if draft.spoiled is not None:
            change = draft.take()
            draft.fail(change)
            self._settle(draft, change, kept=False)
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        draft.waiters.append(waiter)
        self._due[draft.entry.snapshot.scan_id] = draft
        self._go()
        await waiter

    def put_soon(self, draft: Draft) -> None:
        """Write a scan with the next group, or a little later."""
        if draft.spoiled is not None:
            return
        self._due[draft.entry.snapshot.scan_id] = draft
        if self._soon is None and not self._closed:
            self._soon = asyncio.get_running_loop().call_later(NOTE_SECONDS, self._go)

    def delete(self, scan_id: str) -> asyncio.Future[None]:
        """Forget a scan; done when that is kept, or cannot be."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.doom(scan_id)
        self._dooms.append(waiter)
        self._go()
        return waiter

    def doom(self, scan_id: str) -> None:
        """Forget a scan with the next group."""
        self._due.pop(scan_id, None)
        self._arrears.doom(scan_id)

    @property
    def doomed(self) -> tuple[str, ...]:
        """What is forgotten, but still in the database."""
        return tuple(self._arrears.doomed)

    def warning(self, scan_id: str) -> str | None:
        """Why a scan is not in the database."""
        return self._arrears.warning(scan_id, self.trouble)

    async def run(self, function: Callable[[sqlite3.Connection], T]) -> T | None:
        """What a function does with the database between two groups; None where there is trouble."""
        if not self._reachable:
            return None
        try:
            return await self._file.use(function)
        except sqlite3.Error as error:
            if not concerns_all(error):
                raise
            self._enter_trouble(error)
            return None

    def _go(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        """Until nothing is due."""
        while self._due or self._dooms or (self._arrears.doomed and self._reachable):
            if self._reachable:
                await self._group(self._due)
            else:
                self._go_without()

    @property
    def _reachable(self) -> bool:
        return self.trouble is None and self._file.is_open

    def _go_without(self) -> None:
        """What is due is told as if it were kept; the disk gets it when it can."""
        dooms, self._dooms = self._dooms, []
        wake(dooms)
        for scan_id in list(self._due):
            draft = self._due.pop(scan_id)
            change = draft.take()
            draft.fail(change)
            self._settle(draft, change, kept=False)
            waiters, draft.waiters = draft.waiters, []
            wake(waiters)

    async def _group(self, source: dict[str, Draft]) -> None:
        """Write a group of what waits in `source`, whose drafts leave it; who waits for them goes on."""
        drafts = cut(source)
        changes = [draft.take() for draft in drafts]
        waiters = [waiter for draft in drafts for waiter in draft.waiters]
        for draft in drafts:
            draft.waiters = []
        waiters += self._dooms
        self._dooms = []
        kept = await self._written(drafts, changes, tuple(self._arrears.doomed))
        try:
            for draft, change, is_kept in zip(drafts, changes, kept, strict=True):
                if not is_kept:
                    draft.fail(change)
                self._settle(draft, change, kept=is_kept)
        finally:
            wake(waiters)

    async def _written(
        self, drafts: Sequence[Draft], changes: Sequence[Change], doomed: tuple[str, ...]
    ) -> list[bool]:
        """Which of these changes the disk has now."""
        try:
            await self._write(changes, doomed)
        except Exception as error:  # noqa: BLE001 - whatever a change holds, the others must not fail of it
            if len(changes) > 1 and lacks_room(error):
                return await self._one_by_one(drafts, changes, doomed)
            if concerns_all(error) or not changes:
                self._enter_trouble(error)
                return [False] * len(changes)
            if len(changes) > 1:
                return [
                    (await self._written([d], [c], doomed))[0] for d, c in zip(drafts, changes, strict=True)
                ]
            if drafts:
                self._arrears.spoil(drafts[0], error)
            return [False] * len(changes)
        return [True] * len(changes)

    async def _one_by_one(
        self, drafts: Sequence[Draft], changes: Sequence[Change], doomed: tuple[str, ...]
    ) -> list[bool]:
        """The disk has no room for all of it, but for some, maybe: the smallest first, until one fails."""
        kept, fails = [False] * len(changes), self._fails
        for n in sorted(range(len(changes)), key=lambda n: drafts[n].entry.nbytes):
            kept[n] = (await self._written([drafts[n]], [changes[n]], doomed))[0]
            if self._fails > fails:
                break
        return kept

    async def _write(self, changes: Sequence[Change], doomed: tuple[str, ...]) -> None:
        self.tally.add(await self._file.use(write, changes, doomed, self._suspects))
        for scan_id in doomed:
            self._arrears.doomed.pop(scan_id, None)
        self._checkpointer.nudge()

    def _settle(self, draft: Draft, change: Change, *, kept: bool) -> None:
        if not kept:
            self._arrears.owe(draft)
        draft.settle(change)
        self._settled(draft, change, kept)
        if not kept:
            self._arrears.spare(draft)

    def _enter_trouble(self, error: BaseException) -> None:
        self._fails += 1
        sentence = reason(error, self._path).sentence
        if self.trouble is None:
            _log.warning("scans go on in memory, for the database cannot be written", reason=sentence)
        self.trouble = sentence
        if self._retry is None and not self._closed:
            self._retry = asyncio.get_running_loop().call_later(RETRY_SECONDS, self._begin_retry)

    def _begin_retry(self) -> None:
        self._retrying = asyncio.get_running_loop().create_task(self._catch_up())

    async def _catch_up(self) -> None:
        """Open the database anew and write what is behind; once all is there, the trouble is over."""
        self._retry = None
        vanished = await self._file.has_vanished()
        try:
            if vanished:
                await self._rescue()
            self.tally = await self._file.open_anew()
        except (sqlite3.Error, OSError, Unusable) as error:
            self._enter_trouble(error)
            return
        fails = self._fails
        self._arrears.smallest_first()
        while self._arrears:
            await self._group(self._arrears.behind)
            if self._fails > fails:
                return
        self.trouble = None
        if vanished:
            _log.warning("the database is open anew and has what memory held, nothing else of the one before")
        else:
            _log.info("the database can be written again, nothing is missing")
        self._go()

    async def _rescue(self) -> None:
        """The file has vanished: all that memory holds is behind, and nobody has the old one open."""
        for draft in await self._rescued():
            draft.whole = True
            self._arrears.owe(draft)
        await self._checkpointer.settle()

    async def close(self) -> None:
        """Write what is due, bring the log home, let go; idempotent."""
        if self._closed:
            return
        self._closed = True
        self._go()
        assert self._task is not None  # noqa: S101 - by the line above
        await self._task
        for timer in (self._soon, self._retry):
            if timer is not None:
                timer.cancel()
        if self._retrying is not None:
            await self._retrying
        await self.run(lambda _: None)  # it tells whether the file is still there
        if self.trouble is not None:
            await self._catch_up()
        await self._checkpointer.close()
        await self._file.close()
