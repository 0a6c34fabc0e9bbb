"""One reader's cursor into what all scans tell, and which of them it wants."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable

from technic.engine.cursor import Cursor
from technic.engine.fleet import Fleet, Numbered
from technic.engine.scan.events import MatchesFound, ScanEvent, StateChanged
from technic.engine.selection import Selection
from technic.errors import Stopping

NUMBERED_A_POLL = 64
"""Most events that one `poll` gives, so that a long replay does not hold the event loop."""


class FleetReader(Cursor[Numbered]):
    """A reader of all scans, or of some; it may be steered by another task than the one that reads.

    Each scan that it comes to want begins with the snapshot of that moment; what was told of it before does
    not follow.

    Args:
        fleet: What all scans tell.
        scan_ids: The scans wanted; None for all, those to come too.
        since: The reader has seen everything up to this offset of the fleet's epoch. All that it wants and
            that is kept after it is replayed; where something is missing, or the offset lies in the future,
            `recovered` is False. None: it begins now.
        matches: Whether the reader wants MatchesFound.

    Attributes:
        recovered: Whether everything after `since` follows; without `since`, False.
        offset: The reader's place: it has been given everything up to here.

    Raises:
        Stopping: The engine is closing.
    """

    def __init__(
        self, fleet: Fleet, scan_ids: Iterable[str] | None = None, *, since: int | None, matches: bool
    ) -> None:
        super().__init__()
        self._fleet = fleet
        self._selection = Selection(scan_ids)
        self._matches = matches
        self.recovered = since is not None and fleet.reaches(since)
        self.offset = since if since is not None and self.recovered else fleet.offset
        self._greetings = deque(
            numbered.event
            for scan_id, numbered in fleet.living.items()
            if numbered.offset <= self.offset and self._selection.wants(scan_id)
        )
        self._joined: dict[str, int] = {}  # where scans were joined that other events may still lie before
        self._stopped = False
        self._awake = True
        fleet.join(self)

    # --- what it wants

    def goes_on(self, scan_id: str) -> bool:
        """Whether a scan has not ended: what is told of it needs no introduction."""
        return scan_id in self._fleet.living

    def awaits(self, scan_id: str) -> bool:
        """Whether something of a scan may lie before the reader, which then comes anyway."""
        return self._awake and self._selection.wants(scan_id)

    def add(self, scan_ids: Collection[str]) -> None:
        """Want these scans too, from now on."""
        fleet = self._fleet
        new = [scan_id for scan_id in scan_ids if not self._selection.wants(scan_id)]
        self._selection.add(scan_ids, living=fleet.living)
        self._greet([scan_id for scan_id in new if scan_id in fleet.living])

    def add_everything(self) -> None:
        """Want all scans, those to come too."""
        new = [scan_id for scan_id in self._fleet.living if not self._selection.wants(scan_id)]
        self._selection.everything()
        self._greet(new)

    def remove(self, scan_ids: Collection[str]) -> None:
        """Want these scans no more."""
        self._selection.remove(scan_ids, living=self._fleet.living)
        self._greetings = deque(event for event in self._greetings if event.scan_id not in scan_ids)

    def remove_everything(self) -> None:
        """Want no scan."""
        self._selection.nothing()
        self._greetings.clear()

    def show(self, ended: StateChanged) -> None:
        """Give the last snapshot of a scan that has ended; who wants the scan has it, or gets it anyway."""
        if not self._selection.wants(ended.scan_id):
            self._catch_up()
            self._greetings.append(ended)
            self._wake()

    def _greet(self, scan_ids: Iterable[str]) -> None:
        self._catch_up()
        for scan_id in scan_ids:
            self._greetings.append(self._fleet.living[scan_id].event)
            self._joined[scan_id] = self._fleet.offset
        self._wake()

    def _catch_up(self) -> None:
        """Nothing wanted lies behind a reader that sleeps."""
        if not self._awake:
            self.offset = self._fleet.offset

    # --- what it gets

    def hear(self, numbered: Numbered) -> None:
        """This was published; only what is wanted wakes a reader that sleeps."""
        if not self._awake and self._wants(numbered.event):
            self.offset = numbered.offset - 1
            self._wake()

    def stop(self) -> None:
        """The next poll raises Stopping."""
        self._stopped = True
        self._wake()

    def _wake(self) -> None:
        self._awake = True
        self.call()

    def _wants(self, event: ScanEvent) -> bool:
        return self._selection.wants(event.scan_id) and (self._matches or not isinstance(event, MatchesFound))

    def poll(self) -> list[Numbered] | None:
        """Move the cursor over the next events; never [], see `Cursor.poll`."""
        if self._stopped:
            raise Stopping("the engine is closing")
        while self._awake:
            if taken := self._greeted() or self._read():
                return taken
        return None

    def _greeted(self) -> list[Numbered]:
        count = min(len(self._greetings), NUMBERED_A_POLL)
        return [Numbered(self.offset, self._greetings.popleft(), own=False) for _ in range(count)]

    def _read(self) -> list[Numbered]:
        """Move the cursor over the next events, and sleep where nothing is left behind it."""
        found, self.offset = self._fleet.after(self.offset, NUMBERED_A_POLL)
        taken = [n for n in found if self._wants(n.event) and n.offset > self._joined.get(n.event.scan_id, 0)]
        if self.offset == self._fleet.offset:
            self._joined.clear()
            self._awake = False
        return taken

    def close(self) -> None:
        """The reader has left; idempotent."""
        super().close()
        self._fleet.leave(self)
