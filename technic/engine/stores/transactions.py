"""Bringing changes to the disk, in as many transactions as that takes.

A group is one transaction. Where it fails, what fails is found: a scan that cannot be written, whatever the
database does, harms no other; where the disk lacks room, what is small may still get there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from technic.engine.stores.arrears import Arrears
from technic.engine.stores.changes import Change, Draft
from technic.engine.stores.database import concerns_all, lacks_room
from technic.engine.stores.file import File
from technic.engine.stores.trouble import Trouble
from technic.engine.stores.writing import Tally, write
from technic.engine.suspects import Suspects


class Transactions:
    """Writes groups of changes; one group at a time.

    Args:
        file: The database.
        arrears: Told of scans that cannot be written; what they say is forgotten is deleted first.
        trouble: Entered where the database itself cannot be written.
        suspects: Told for whom the thread writes.
        written: Told that something was.

    Attributes:
        tally: The ended scans that the disk has.
    """

    def __init__(
        self,
        file: File,
        arrears: Arrears,
        trouble: Trouble,
        suspects: Suspects,
        written: Callable[[], None],
    ) -> None:
        self._file = file
        self._arrears = arrears
        self._trouble = trouble
        self._suspects = suspects
        self._written = written
        self.tally = Tally()

    async def write(self, drafts: Sequence[Draft], changes: Sequence[Change]) -> list[bool]:
        """Which of these changes, each of its draft, the disk has now."""
        doomed = tuple(self._arrears.doomed)
        try:
            await self._commit(changes, doomed)
        except Exception as error:  # noqa: BLE001 - whatever a change holds, the others must not fail of it
            if len(changes) > 1 and lacks_room(error):
                return await self._smallest_first(drafts, changes)
            if concerns_all(error) or not changes:
                self._trouble.enter(error)
            elif len(changes) > 1:
                return [(await self.write([d], [c]))[0] for d, c in zip(drafts, changes, strict=True)]
            else:
                self._arrears.spoil(drafts[0], error)
            return [False] * len(changes)
        return [True] * len(changes)

    async def _smallest_first(self, drafts: Sequence[Draft], changes: Sequence[Change]) -> list[bool]:
        """The disk has no room for all of it, but for some, maybe; until one fails."""
        kept, errors = [False] * len(changes), self._trouble.errors
        for n in sorted(range(len(changes)), key=lambda n: drafts[n].entry.nbytes):
            kept[n] = (await self.write([drafts[n]], [changes[n]]))[0]
            if self._trouble.errors > errors:
                break
        return kept

    async def _commit(self, changes: Sequence[Change], doomed: Sequence[str]) -> None:
        self.tally.add(await self._file.use(write, changes, doomed, self._suspects))
        self._file.reached(self.tally.last)
        for scan_id in doomed:
            self._arrears.doomed.pop(scan_id, None)
        self._written()
