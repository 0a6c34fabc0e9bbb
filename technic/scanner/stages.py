"""The stages of a scan, and what each is expected to cost.

The weights of a scan's progress are the expected shares of its seconds, from what earlier scans of
this process took. They are fixed when a scan starts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

STAGES = ("universe_loading", "data_fetching", "symbol_scanning", "finalization")
"""The stages of a scan, in order."""

UNIVERSE, FETCHING, SCANNING, FINALIZATION = range(4)

DEFAULT_WEIGHTS = (0.05, 0.20, 0.70, 0.05)
"""The stages' shares where nothing is known yet."""

LEAST_WEIGHT = 0.01
"""A stage that has something to do is never invisible."""

_NEWEST = 0.3
"""Weight of the newest scan in the moving averages."""


@dataclass(slots=True)
class StageCosts:
    """Moving averages of what the stages cost; one for an engine, used on one thread.

    `data_fetching` and `symbol_scanning` are kept as seconds a symbol (of fetching: a symbol that was
    not there yet), the two others as seconds a scan.
    """

    _seconds: dict[int, float] = field(default_factory=dict)

    @classmethod
    def expecting(cls, symbol_seconds: float) -> Self:
        """Nothing was measured yet, but a symbol is known to take so long to arrive: go by that.

        The other stages are guessed by their order of magnitude, so that the bar of the first scan does not
        stand at their default shares while symbols trickle in. With 0 seconds nothing is guessed.
        """
        if symbol_seconds <= 0:
            return cls()
        guesses = {UNIVERSE: 0.02, FETCHING: symbol_seconds, SCANNING: 5e-5, FINALIZATION: 0.005}
        return cls(guesses)

    def observe(self, stage: int, seconds: float, symbols: int = 1) -> None:
        """A stage of a scan has ended.

        Args:
            stage: Its place in STAGES.
            seconds: How long it took.
            symbols: Of how many symbols it was; 0 teaches nothing.
        """
        if symbols <= 0 or seconds < 0:
            return
        each = seconds / (symbols if stage in {FETCHING, SCANNING} else 1)
        known = self._seconds.get(stage)
        self._seconds[stage] = each if known is None else known + _NEWEST * (each - known)

    def weights(self, total: int, missing: int) -> tuple[float, float, float, float]:
        """The stages' shares of a scan: they sum to 1.

        Args:
            total: How many symbols it wants.
            missing: How many of them have to be fetched.
        """
        if not self._seconds:
            return DEFAULT_WEIGHTS
        costs = self._expected(total, missing)
        whole = sum(costs)
        if whole <= 0:
            return DEFAULT_WEIGHTS
        busy = [True, missing > 0, total > 0, True]
        raised = [
            max(cost / whole, LEAST_WEIGHT) * at_work for cost, at_work in zip(costs, busy, strict=True)
        ]
        universe, fetching, _, finalization = (weight / sum(raised) for weight in raised)
        return universe, fetching, 1.0 - universe - fetching - finalization, finalization

    def _expected(self, total: int, missing: int) -> tuple[float, float, float, float]:
        """Seconds of each stage; one not seen yet is to a seen one as the defaults have it."""
        counts = (1, missing, total, 1)
        seen = [self._seconds[stage] * counts[stage] / DEFAULT_WEIGHTS[stage] for stage in self._seconds]
        unit = max(seen)
        universe, fetching, scanning, finalization = (
            self._seconds[stage] * counts[stage] if stage in self._seconds else unit * weight
            for stage, weight in enumerate(DEFAULT_WEIGHTS)
        )
        return universe, fetching if missing else 0.0, scanning, finalization
