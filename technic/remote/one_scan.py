"""One scan as the subject of a watch: its typed stream, with the rows that a gap may have swallowed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from technic.errors import UnknownScan
from technic.remote.bookmark import Bookmark
from technic.remote.caller import Caller, Query, quoted
from technic.remote.faults import Unreachable
from technic.remote.frames import Frame
from technic.remote.habits import Way
from technic.remote.polling import by_asking, rows_so_far
from technic.remote.raw import Raw
from technic.remote.snapshot import unknown


class OneScan:
    """A scan, from a place in its stream on; see `Subject`.

    Args:
        bookmark: Which, and where the watch stands.
    """

    def __init__(self, bookmark: Bookmark) -> None:
        self._bookmark = bookmark
        self._quoted = quoted(bookmark.scan_id)

    @property
    def ended(self) -> bool:
        """Whether the terminal snapshot was told."""
        return self._bookmark.ended

    @property
    def gap(self) -> bool:
        """Whether rows may have been found of which it was not told."""
        return self._bookmark.gap

    def take(self, raw: Raw) -> list[Frame]:
        """What is news in a typed frame, or in all rows so far. Raises ForeignAnswer."""
        if raw.get("type") == "rows":
            return self._bookmark.fill(raw["rows"])
        return self._bookmark.take(raw)

    async def mend(self, caller: Caller) -> list[Frame]:
        """The rows that were missed."""
        return self._bookmark.fill(await rows_so_far(caller, self._bookmark.scan_id))

    def address(self, way: Way) -> tuple[str, Query]:
        """Its stream of typed frames."""
        form = "ws" if way is Way.SOCKET else "sse"
        return f"/scan/{form}/{self._quoted}", {"events": "all", "since": self._bookmark.place}

    def by_asking(self, caller: Caller, alive: Callable[[], None]) -> AsyncGenerator[Raw]:
        """Its progress, and its rows as they become more."""
        return by_asking(caller, self._bookmark, alive)

    async def end(self, caller: Caller) -> Raw:
        """How it has ended."""
        answer = await caller.call("GET", f"/scan/progress/{self._quoted}")
        return {**answer.json(holds="percentage"), "type": "state"}

    def unknown(self) -> UnknownScan:
        """There is no such scan."""
        return unknown(self._bookmark.scan_id)

    def lost(self, detail: str) -> Unreachable:
        """Where to go on."""
        scan_id, place = self._bookmark.scan_id, self._bookmark.place
        return Unreachable(
            detail,
            suggestion=f"Watch {scan_id} again when the server is back, with since={place!r}: "
            "the scan goes on there, and nothing is lost.",
            scan_id=scan_id,
            place=place,
        )
