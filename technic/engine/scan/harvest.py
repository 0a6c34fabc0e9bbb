"""What has ended for good in a scan and is not kept yet: gathered for a while, so that keeping costs little.

Rows are told of when they are kept, not before: so whoever reads them has seen nothing that a crash could
take back. A few rows wait for the interval. Many, found so fast that keeping them would slow the scan down,
wait longer: so long that keeping takes no more than about 3 % of the time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from technic.scanner.checkpoint import Checkpoint, merged

ROW_SECONDS = 1.3e-4
"""How long each row that waits has all of them wait: to keep one takes about 4 microseconds (measured)."""


@dataclass(slots=True)
class Harvest:
    """Checkpoints that wait to be kept.

    Attributes:
        interval_seconds: How long they wait at least; 0 where keeping costs nothing.
    """

    interval_seconds: float
    _waiting: list[Checkpoint] = field(default_factory=list)
    _rows: int = 0
    _since: float = 0.0
    _asked: bool = False

    def add(self, checkpoint: Checkpoint, now: float) -> None:
        """Something has ended; an empty checkpoint is none."""
        if not checkpoint:
            return
        if not self._waiting:
            self._since = now
        self._waiting.append(checkpoint)
        self._rows += checkpoint.matches

    def ask(self, now: float) -> float | None:
        """Seconds until what waits is to be kept; None where nothing does, or that was asked for already."""
        if self._asked or not self._waiting:
            return None
        self._asked = True
        return self._rest(now)

    def due(self, now: float) -> float | None:
        """The time that was asked for has come: seconds to wait longer, None for no more."""
        rest = self._rest(now)
        return rest if self._waiting and rest > 0.0 else None

    def take(self) -> Checkpoint | None:
        """All that waits, as one; None for nothing."""
        self._asked = False
        if not self._waiting:
            return None
        taken = merged(self._waiting)
        self._waiting.clear()
        self._rows = 0
        return taken

    def _rest(self, now: float) -> float:
        if self.interval_seconds <= 0.0:
            return 0.0
        return max(self.interval_seconds, self._rows * ROW_SECONDS) - (now - self._since)
