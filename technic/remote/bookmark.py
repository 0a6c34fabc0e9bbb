"""Where a watch stands in a scan's stream: what is new to it, and where it goes on after a break.

Pure: it is handed what came, whatever way it came, and gives the frames that are news.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from technic.remote.faults import ForeignAnswer
from technic.remote.frames import Frame, Hello, Match, Progress, Row, State
from technic.remote.snapshot import Snapshot, read

BEGINNING = "-1"
"""The place of one who has seen nothing."""

Raw = Mapping[str, Any]


class Bookmark:
    """One watch of one scan.

    Args:
        scan_id: Of which.
        since: Where an earlier watch stood.

    Attributes:
        scan_id: Of which.
        gap: Whether rows may have been found of which it was not told; `fill` closes it.
        told: How many rows it was told.
        ended: Whether the terminal snapshot was told.
    """

    def __init__(self, scan_id: str, since: str = BEGINNING) -> None:
        self.scan_id = scan_id
        self.gap = False
        self.ended = False
        self._since = since  # what to say while there is nothing better to say
        self._epoch: str | None = None
        self._known = -1  # all up to here is known
        self._shown = -1  # of the last frame
        self._symbols: set[str] = set()

    @property
    def place(self) -> str:
        """What to say to the server after a break: everything up to here was told, rows too."""
        if self._epoch is None or self.gap:
            return self._since
        return f"{self._epoch}-{self._known}" if self._known >= 0 else BEGINNING

    @property
    def told(self) -> int:
        """How many rows it was told."""
        return len(self._symbols)

    def take(self, raw: Raw) -> list[Frame]:
        """What is news in a typed frame of a stream. Raises ForeignAnswer."""
        kind = raw.get("type")
        if kind == "hello":
            return [self._hello(raw)]
        if kind == "match":
            return self._match(raw)
        if kind in {"progress", "state"}:
            return self._snapshot(read(Snapshot, raw), raw)
        return []  # of a later version, or an answer to nothing that we asked

    def fill(self, rows: Sequence[Row]) -> list[Frame]:
        """All rows that have been found so far, asked for because of a gap; what is news in them."""
        self.gap = False
        return self._rows(rows, None)

    def _hello(self, raw: Raw) -> Hello:
        epoch, seq = raw.get("epoch"), raw.get("seq")
        if not isinstance(epoch, str) or not isinstance(seq, int):
            raise ForeignAnswer("a stream begins with a hello that has no epoch or no seq")
        recovered = raw.get("recovered") is True
        if not recovered:
            self._since = self.place
            self.gap = True
        if self._epoch not in {None, epoch}:
            self._known = self._shown = -1
        self._epoch = epoch
        self._known = max(self._known, seq)
        return Hello(self.scan_id, epoch, seq, recovered, self.place)

    def _snapshot(self, snapshot: Snapshot, raw: Raw) -> list[Frame]:
        """A stream begins with how the scan stands, whether that is known or not; the end is told once."""
        old = snapshot.seq <= self._shown
        if self.ended or (old and not snapshot.ended):
            return []
        self._advance(snapshot.seq)
        self.ended = snapshot.ended
        frame = State if raw["type"] == "state" else Progress
        return [frame(snapshot, self.place, _number(raw.get("at")))]

    def _match(self, raw: Raw) -> list[Frame]:
        seq, rows = raw.get("seq"), raw.get("rows")
        if not isinstance(seq, int) or not isinstance(rows, list):
            raise ForeignAnswer("a match has no seq or no rows")
        if seq <= self._shown or self.ended:
            return []
        self._advance(seq)
        return self._rows(rows, _number(raw.get("at")))

    def _rows(self, rows: Sequence[Row], at: float | None) -> list[Frame]:
        """Those that were not told yet. A scan that began anew, or a gap, may bring others again."""
        news = []
        for row in rows:
            symbol = row.get("symbol") if isinstance(row, Mapping) else None
            if not isinstance(symbol, str):
                raise ForeignAnswer("a row has no symbol")
            if symbol not in self._symbols:
                self._symbols.add(symbol)
                news.append(row)
        if not news:
            return []
        return [Match(self.scan_id, max(self._shown, 0), tuple(news), self.place, at)]

    def _advance(self, seq: int) -> None:
        self._shown = max(self._shown, seq)
        self._known = max(self._known, seq)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
