"""How often a scan tells of its progress: at once where the stage changed, else at the ticks of its own.

A tick comes once an interval, at a phase of the scan's own. Scans that share their work have news at the
same moment; if they all spoke then, each would wait for the ninety-nine others to have spoken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """When the next progress event is due, in the seconds of the machine's clock.

    Attributes:
        interval_seconds: Time between two ticks; 0 tells everything at once.
        phase_seconds: When the ticks come, 0 to the interval.
    """

    interval_seconds: float
    phase_seconds: float = 0.0
    _shown_at: float = -math.inf
    _stage: str = ""
    _waking: bool = False
    _news: bool = False

    def at_once(self, stage: str) -> bool:
        """Whether news of this stage should not wait for a tick."""
        return stage != self._stage or self.interval_seconds <= 0.0

    def shown(self, stage: str, now: float) -> None:
        """An event has gone out; it told all there was."""
        self._news = False
        self._shown_at = now
        self._stage = stage

    def ask_to_wake(self, now: float) -> float | None:
        """There is news: seconds to the next tick that is not too soon; None if asked already."""
        self._news = True
        if self._waking:
            return None
        self._waking = True
        earliest = max(now, self._shown_at + self.interval_seconds / 2)
        ticks = math.ceil((earliest - self.phase_seconds) / self.interval_seconds)
        return self.phase_seconds + ticks * self.interval_seconds - now

    def woken(self) -> bool:
        """The tick has come: whether there is still news to tell."""
        self._waking = False
        return self._news
