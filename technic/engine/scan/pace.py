"""How often a scan tells of its progress: at ticks of its own, finer ones where the stage has changed.

A tick comes once an interval, at a phase of the scan's own. Scans that share their work have news at the
same moment; if they all spoke then, each would wait for the ninety-nine others to have spoken. Changes of
state do not come through here: they are told at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

STAGE_TICKS = 5
"""Ticks an interval for a change of stage: with 0.1 s it is told within 20 ms, unseen by a person."""


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
    _wake_at: float = math.inf
    _news: bool = False

    def shown(self, stage: str, now: float) -> None:
        """An event has gone out; it told all there was."""
        self._news = False
        self._shown_at = now
        self._stage = stage

    def ask_to_wake(self, stage: str, now: float) -> float | None:
        """There is news: seconds to the tick that tells it; None where an earlier one was asked for."""
        self._news = True
        if stage == self._stage and self._wake_at < math.inf:
            return None  # whatever was asked for comes no later than a tick of the coarser grid
        at = self._next_tick(stage, now)
        if at >= self._wake_at:
            return None
        self._wake_at = at
        return at - now

    def woken(self) -> bool:
        """The tick has come: whether there is still news to tell."""
        self._wake_at = math.inf
        return self._news

    def _next_tick(self, stage: str, now: float) -> float:
        """The first tick from now on that is not too soon after the last event."""
        grid = self.interval_seconds if stage == self._stage else self.interval_seconds / STAGE_TICKS
        earliest = max(now, self._shown_at + grid / 2)
        return self.phase_seconds + math.ceil((earliest - self.phase_seconds) / grid) * grid
