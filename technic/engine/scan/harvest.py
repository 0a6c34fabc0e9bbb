"""What has ended for good in a scan and is not kept yet: gathered for a while, so that keeping costs little.

Rows are told of when they are kept, not before: so whoever reads them has seen nothing that a crash could
take back.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from technic.scanner.checkpoint import Checkpoint, merged


@dataclass(slots=True)
class Harvest:
    """Checkpoints that wait to be kept.

    Attributes:
        interval_seconds: How long they may wait; 0 where keeping costs nothing.
    """

    interval_seconds: float
    _waiting: list[Checkpoint] = field(default_factory=list)
    _asked: bool = False

    def add(self, checkpoint: Checkpoint) -> None:
        """Something has ended; an empty checkpoint is none."""
        if checkpoint:
            self._waiting.append(checkpoint)

    def ask(self) -> float | None:
        """Seconds after which to take what waits; None where nothing does, or that was asked for already."""
        if self._asked or not self._waiting:
            return None
        self._asked = True
        return self.interval_seconds

    def take(self) -> Checkpoint | None:
        """All that waits, as one; None for nothing."""
        self._asked = False
        if not self._waiting:
            return None
        taken = merged(self._waiting)
        self._waiting.clear()
        return taken
