"""Many scans as the subject of one watch: those that are named, or all, those to come too.

One connection tells of all, in snapshots alone: rows are counted there, and not told. Each connection begins
with how every scan stands that is wanted; of all scans only those that go on. So a break loses nothing of
named ones, and of all it loses the end of those that ended meanwhile: these are asked for, one by one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from technic.errors import TechnicError, UnknownScan
from technic.remote.caller import Caller, Query, quoted
from technic.remote.faults import ForeignAnswer, Unreachable, error_of, problem_of
from technic.remote.frames import Frame, Hello, Missing, Progress, State
from technic.remote.habits import Way
from technic.remote.raw import Raw
from technic.remote.snapshot import Snapshot, read

IDS_MOST = 500
"""A server takes no more names at once."""
_AT_A_TIME = 16


class Fleet:
    """Scans, from how they stand now; see `Subject`.

    Args:
        scan_ids: Which; none for all, and then there is no end.
    """

    def __init__(self, scan_ids: Sequence[str] = ()) -> None:
        self._named = tuple(dict.fromkeys(scan_ids))
        self._shown: dict[str, Snapshot] = {}  # the last of each that goes on
        self._told: set[str] = set()  # of the named ones, those of which there is no more to tell
        self.gap = False

    @property
    def ended(self) -> bool:
        """Whether all that were named have ended, or are not known."""
        return bool(self._named) and len(self._told) == len(self._named)

    def take(self, raw: Raw) -> list[Frame]:
        """What is news in a default frame. Raises ForeignAnswer."""
        kind = raw.get("type")
        if kind == "hello":
            return [self._hello(raw)]
        if kind == "error":
            return self._error(raw)
        return self._snapshot(raw) if kind is None and "scan_id" in raw else []

    async def mend(self, caller: Caller) -> list[Frame]:
        """How those stand that a break may have hidden the end of."""
        self.gap = False
        return [frame for raw in await self._ask(caller) for frame in self.take(raw)]

    def address(self, way: Way) -> tuple[str, Query]:
        """The stream of all scans, of default frames."""
        path = "/scan/ws" if way is Way.SOCKET else "/scan/sse"
        return path, {"scan_ids": ",".join(self._named)} if self._named else {}

    async def by_asking(self, caller: Caller, alive: Callable[[], None]) -> AsyncGenerator[Raw]:
        """How they stand, again and again. Raises as `Caller.call` and `Answer.json` do."""
        while True:
            for raw in await self._ask(caller, patient=True):
                yield raw
            alive()
            await asyncio.sleep(caller.habits.poll_seconds)

    async def end(self, caller: Caller) -> Raw:
        """No stream of many scans ends. Raises ForeignAnswer."""
        raise ForeignAnswer(f"{caller.url} ends a stream that has no end")

    def unknown(self) -> TechnicError:
        """A server knows this stream, whatever scans it has."""
        return ForeignAnswer("the server has no stream of all scans")

    def lost(self, detail: str) -> Unreachable:
        """They go on at the server's next start."""
        return Unreachable(detail, suggestion="Watch again when the server is back: the scans go on there.")

    def _hello(self, raw: Raw) -> Hello:
        epoch, offset = raw.get("epoch"), raw.get("offset")
        if not isinstance(epoch, str) or not isinstance(offset, int):
            raise ForeignAnswer("a stream begins with a hello that has no epoch or no offset")
        self.gap = not self._named and bool(self._shown)
        return Hello("", epoch, offset, raw.get("recovered") is True, "")

    def _error(self, raw: Raw) -> list[Frame]:
        scan_id, error = raw.get("scan_id"), error_of(raw.get("error"))
        if not isinstance(scan_id, str) or error is None:
            return []
        return self._missing(scan_id, error)

    def _missing(self, scan_id: str, error: TechnicError) -> list[Frame]:
        known = self._shown.pop(scan_id, None) is not None or scan_id in self._named
        if not known or scan_id in self._told:
            return []
        self._told |= {scan_id} & set(self._named)
        return [Missing(scan_id, error)]

    def _snapshot(self, raw: Raw) -> list[Frame]:
        snapshot = read(Snapshot, raw)
        scan_id, before = snapshot.scan_id, self._shown.get(snapshot.scan_id)
        if scan_id in self._told or (before and not snapshot.ended and snapshot.seq <= before.seq):
            return []
        if snapshot.ended:
            self._shown.pop(scan_id, None)
            self._told |= {scan_id} & set(self._named)
        else:
            self._shown[scan_id] = snapshot
        frame = Progress if before and _state(before) == _state(snapshot) else State
        return [frame(snapshot, "", None)]

    async def _ask(self, caller: Caller, *, patient: bool = False) -> list[Raw]:
        """How they stand that are named, or that go on or went on a while ago."""
        raws: list[Raw] = []
        asked = [scan_id for scan_id in self._named if scan_id not in self._told]
        if not self._named:
            answer = await caller.call("GET", "/scan/active", patient=patient)
            raws += answer.json(holds="scans")["scans"]
            there = {raw.get("scan_id") for raw in raws}
            asked = [scan_id for scan_id in self._shown if scan_id not in there]
        for first in range(0, len(asked), _AT_A_TIME):
            some = asked[first : first + _AT_A_TIME]
            raws += await asyncio.gather(*(_standing(caller, scan_id, patient=patient) for scan_id in some))
        return raws


async def _standing(caller: Caller, scan_id: str, *, patient: bool) -> Raw:
    """How a scan stands; of one that is not known the frame that says so."""
    answer = await caller.call("GET", f"/scan/progress/{quoted(scan_id)}", patient=patient)
    if isinstance(answer.error, UnknownScan):
        return {"type": "error", "scan_id": scan_id, "error": problem_of(answer.content)}
    return answer.json(holds="percentage")


def _state(snapshot: Snapshot) -> tuple[str, bool]:
    return snapshot.status, snapshot.cancel_requested
