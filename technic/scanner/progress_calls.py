"""Progress of a scan that runs in the caller's own process, told to a callback."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from technic.scanner.stages import DEFAULT_WEIGHTS, STAGES

ProgressCallback = Callable[[str, int, int, str, dict[str, Any]], object]
"""Called with stage, current, total, message, metadata."""

_MESSAGES = (
    "Loading the universe",
    "Fetching bars: {current} of {total} symbols",
    "Rating: {current} of {total} symbols",
    "Ranking the rows",
)
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class ProgressCalls:
    """Counts what has ended, stage after stage, and tells a callback; counts never go back.

    A callback that raises is logged once and never called again: it must not hurt the scan.

    Args:
        callback: Whom to tell; None for nobody.
        monotonic: Seconds that never go back.
    """

    callback: ProgressCallback | None
    monotonic: Callable[[], float] = time.monotonic
    seconds: dict[str, float] = field(default_factory=dict)
    _stage: int = -1
    _current: int = 0
    _total: int = 0
    _began: float = 0.0
    _stage_began: float = 0.0

    def begin(self, stage: int, total: int) -> None:
        """A stage begins; the one before has ended."""
        now = self.monotonic()
        self._note_seconds(now)
        self._began = now if self._stage < 0 else self._began
        self._stage, self._current, self._total, self._stage_began = stage, 0, total, now
        self._tell(None)

    def advance(self, count: int, symbol: str | None = None) -> None:
        """So many more of the stage's things have ended."""
        if count > 0:
            self._current += count
            self._note_seconds(self.monotonic())
            self._tell(symbol)

    def _note_seconds(self, now: float) -> None:
        if self._stage >= 0:
            self.seconds[STAGES[self._stage]] = now - self._stage_began

    def _tell(self, symbol: str | None) -> None:
        if self.callback is None:
            return
        message = _MESSAGES[self._stage].format(current=self._current, total=self._total)
        try:
            self.callback(STAGES[self._stage], self._current, self._total, message, self._metadata(symbol))
        except Exception:  # noqa: BLE001 - whatever it is, it is the callback's own
            self.callback = None
            _log.exception("the progress callback raised and is not called any more")

    def _metadata(self, symbol: str | None) -> dict[str, Any]:
        """The keys that existing callers know."""
        now = self.monotonic()
        share = self._current / self._total if self._total else 1.0
        percentage = self._percentage(share)
        rate = self._current / (now - self._stage_began) if now > self._stage_began else 0.0
        return {
            "symbol": symbol,
            "stage_progress_pct": math.floor(share * 10_000) / 100,
            "overall_progress_pct": percentage,
            "stage_eta": (self._total - self._current) / rate if rate else None,
            "overall_eta": (now - self._began) * (100 - percentage) / percentage if percentage else None,
            "stage_throughput": rate,
        }

    def _percentage(self, share: float) -> float:
        """Of the whole scan, cut to two decimals, 100 at the very end only."""
        whole = sum(DEFAULT_WEIGHTS[: self._stage]) + DEFAULT_WEIGHTS[self._stage] * share
        if self._stage == len(STAGES) - 1 and self._current == self._total:
            return 100.0
        return math.floor(whole * 10_000) / 100
