"""The one who writes scans.db: a thread, and what waits for it in groups.

What waits when the thread is free goes into one transaction, up to a bound, so many commits cost little more
than one, and a new scan does not wait for long. When the database cannot be written, nobody waits for it:
scans go on in memory, what is behind is remembered, and every few seconds it is tried to write it anew as a
whole.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from technic.engine.stores.arrears import Arrears
from technic.engine.stores.changes import Change, Draft, cut, pressing, wake
from technic.engine.stores.database import concerns_all
from technic.engine.stores.file import File
from technic.engine.stores.place import Place
from technic.engine.stores.transactions import Transactions
from technic.engine.stores.trouble import Trouble
from technic.engine.stores.wal import Checkpointer
from technic.engine.stores.writing import Tally
from technic.engine.suspects import Suspects
from technic.errors import Unusable

_log = structlog.get_logger(__name__)
NOTE_SECONDS = 0.25
_LAST_BUSY_SECONDS, _LAST_TRIES = 0.2, 4
"""How long another program's lock is waited for at the end, each time, and how often."""

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
        self._settled = settled
        self._rescued = rescued
        self._file = File(place)
        self._checkpointer = Checkpointer(place, self.run)
        self._due: dict[str, Draft] = {}
        self._arrears = Arrears()
        self._trouble = Trouble(place.path, self._catch_up)
        self._disk = Transactions(
            self._file, self._arrears, self._trouble, suspects, self._checkpointer.nudge
        )
        self._dooms: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None
        self._soon: asyncio.TimerHandle | None = None
        self._closed = False

    async def open(self, load: Callable[[sqlite3.Connection], T]) -> T:
        """Open the database; what `load` reads of it.

        Raises:
            sqlite3.Error, OSError, Unusable: It cannot be used.
        """
        try:
            self._disk.tally, loaded = await self._file.open(load)
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
    def trouble(self) -> str | None:
        """What keeps the database from being written; None where all is well."""
        return self._trouble.sentence

    @property
    def tally(self) -> Tally:
        """The ended scans that the disk has; whoever forgets some with `run` counts them off."""
        return self._disk.tally

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
            self._trouble.enter(error)
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
                await self._group(self._due, pressing(self._due))
            else:
                self._go_without()

    @property
    def _reachable(self) -> bool:
        return not self._trouble and self._file.is_open

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

    async def _group(self, source: dict[str, Draft], scan_ids: Sequence[str]) -> None:
        """Write the first of these scans, whose drafts leave the source; who waits for them goes on."""
        drafts = cut(source, scan_ids)
        changes = [draft.take() for draft in drafts]
        waiters = [waiter for draft in drafts for waiter in draft.waiters]
        for draft in drafts:
            draft.waiters = []
        waiters += self._dooms
        self._dooms = []
        kept = await self._disk.write(drafts, changes)
        try:
            for draft, change, is_kept in zip(drafts, changes, kept, strict=True):
                if not is_kept:
                    draft.fail(change)
                self._settle(draft, change, kept=is_kept)
        finally:
            wake(waiters)

    def _settle(self, draft: Draft, change: Change, *, kept: bool) -> None:
        if not kept:
            self._arrears.owe(draft)
        draft.settle(change)
        self._settled(draft, change, kept)
        if not kept:
            self._arrears.spare(draft)

    async def _catch_up(self) -> None:
        """Open the database anew and write what is behind; once all is there, the trouble is over."""
        try:
            vanished = await self._file.has_vanished()
            if vanished:
                await self._rescue()
            self._disk.tally = await self._file.open_anew(vanished=vanished)
        except (sqlite3.Error, OSError, Unusable) as error:
            self._trouble.enter(error)
            return
        errors = self._trouble.errors
        self._arrears.smallest_first()
        while self._arrears:
            await self._group(self._arrears.behind, [*self._arrears.behind])
            if self._trouble.errors > errors:
                return
        self._trouble.leave()
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
        """Write what is due, bring the log home, let go; idempotent.

        Another program's lock is waited for, but not for long; what cannot be written is told of.
        """
        if self._closed:
            return
        self._closed = True
        await self._file.hurry(_LAST_BUSY_SECONDS)
        self._go()
        assert self._task is not None  # noqa: S101 - by the line above
        await self._task
        if self._soon is not None:
            self._soon.cancel()
        await self._trouble.stop()
        await self.run(lambda _: None)  # it tells whether the file is still there
        tries = 0
        while self._trouble and (tries == 0 or (self._trouble.locked and tries < _LAST_TRIES)):
            await self._catch_up()
            tries += 1
        self._arrears.tell_of_loss(self.trouble)
        await self._checkpointer.close()
        await self._file.close()
