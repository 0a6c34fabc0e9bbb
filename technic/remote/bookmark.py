"""Where a watch stands in a scan's stream: what is new to it, and where it goes on after a break.

Pure: it is handed what came, whatever way it came, and gives the frames that are news.
"""

from __future__ import annotations

from collections.abc import Sequence

from technic.remote.frames import Frame, Hello, Match, Progress, Row, State
from technic.remote.raw import (
    BEGINNING,
    Raw,
    greeting_of,
    kind_of,
    place,
    rows_of,
    seq_of,
    symbol_of,
    told_at,
)
from technic.remote.snapshot import Snapshot, read


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
        return place(self._epoch, self._known)

    @property
    def told(self) -> int:
        """How many rows it was told."""
        return len(self._symbols)

    def take(self, raw: Raw) -> list[Frame]:
        """What is news in a typed frame of a stream. Raises ForeignAnswer."""
        kind = kind_of(raw)
        if kind == "hello":
            return [self._hello(raw)]
        if kind == "match":
            return self._match(raw)
        return [] if kind is None else self._snapshot(read(Snapshot, raw), raw)

    def fill(self, rows: Sequence[Row]) -> list[Frame]:
        """All rows that have been found so far, asked for because of a gap; what is news in them."""
        self.gap = False
        return self._rows(rows, None)

    def _hello(self, raw: Raw) -> Hello:
        told = greeting_of(raw)
        if not told.recovered:
            self._since = self.place
            self.gap = True
        if self._epoch not in {None, told.epoch}:
            self._known = self._shown = -1
        self._epoch = told.epoch
        self._known = max(self._known, told.seq)
        return Hello(self.scan_id, told.epoch, told.seq, told.recovered, self.place)

    def _snapshot(self, snapshot: Snapshot, raw: Raw) -> list[Frame]:
        """A stream begins with how the scan stands, whether that is known or not; the end is told once."""
        old = snapshot.seq <= self._shown
        if self.ended or (old and not snapshot.ended):
            return []
        self._advance(snapshot.seq)
        self.ended = snapshot.ended
        frame = State if raw["type"] == "state" else Progress
        return [frame(snapshot, self.place, told_at(raw))]

    def _match(self, raw: Raw) -> list[Frame]:
        seq, rows = seq_of(raw), rows_of(raw)
        if seq <= self._shown or self.ended:
            return []
        self._advance(seq)
        return self._rows(rows, told_at(raw))

    def _rows(self, rows: Sequence[Row], at: float | None) -> list[Frame]:
        """Those that were not told yet. A scan that began anew, or a gap, may bring others again."""
        news = []
        for row in rows:
            symbol = symbol_of(row)
            if symbol not in self._symbols:
                self._symbols.add(symbol)
                news.append(row)
        if not news:
            return []
        return [Match(self.scan_id, max(self._shown, 0), tuple(news), self.place, at)]

    def _advance(self, seq: int) -> None:
        self._shown = max(self._shown, seq)
        self._known = max(self._known, seq)
