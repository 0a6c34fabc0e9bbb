"""Durations in a histogram of logarithmic buckets: as small after an hour as after a second."""

from __future__ import annotations

from collections import Counter
from math import exp2, floor, log2

_STEPS = 32
"""Buckets to each doubling: a percentile is told at most 2.2 % too large."""
_SHORTEST = 1e-6
_LONGEST = 1e5


class Histogram:
    """Durations in seconds; what is shorter than a microsecond counts as one, than a day and more as one.

    Attributes:
        count: How many there are.
        longest: The longest of them, exactly; 0 of none.
    """

    def __init__(self) -> None:
        self.count = 0
        self.longest = 0.0
        self._buckets: Counter[int] = Counter()

    def add(self, seconds: float) -> None:
        """Count a duration."""
        held = min(max(seconds, _SHORTEST), _LONGEST)
        self._buckets[floor(log2(held / _SHORTEST) * _STEPS)] += 1
        self.count += 1
        self.longest = max(self.longest, held)

    def percentile(self, percent: float) -> float:
        """The nearest-rank percentile, at the upper edge of its bucket; 0 of none."""
        rank = self.count * percent / 100
        passed = 0
        for bucket in sorted(self._buckets):
            passed += self._buckets[bucket]
            if passed >= rank:
                return min(_SHORTEST * exp2((bucket + 1) / _STEPS), self.longest)
        return self.longest

    def milliseconds(self) -> dict[str, float] | None:
        """p50, p95, p99 and the longest, and how many they are of; None of none."""
        if not self.count:
            return None
        points = {f"p{percent}": self.percentile(percent) for percent in (50, 95, 99)} | {"max": self.longest}
        return {name: round(1e3 * seconds, 3) for name, seconds in points.items()} | {"count": self.count}
