"""How often a scan tells of its progress: at once where the stage changed, else once an interval."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """When the next progress event is due, in the seconds of the machine's clock.

    Attributes:
        interval_seconds: Shortest time between two events that announce nothing but counts.
    """

    interval_seconds: float
    _due: float = 0.0
    _stage: str | None = None
    _waking: bool = False

    def due(self, stage: str | None, now: float) -> bool:
        """Whether an event should go out now."""
        return now >= self._due or stage != self._stage

    def shown(self, stage: str | None, now: float) -> None:
        """An event has gone out."""
        self._due = now + self.interval_seconds
        self._stage = stage

    def ask_to_wake(self, now: float) -> float | None:
        """Seconds after which to look again; None where that was asked for already."""
        if self._waking:
            return None
        self._waking = True
        return self._due - now

    def woken(self) -> None:
        """The moment that was asked for has come."""
        self._waking = False
