"""How late things came: counts by hundredths of a millisecond, so that a million of them are small."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Self

STEPS = 100
"""So many to a millisecond."""


class Lateness:
    """Times in milliseconds, each to the hundredth above it."""

    def __init__(self, counts: Mapping[str | int, int] | None = None) -> None:
        self.counts = Counter({int(step): count for step, count in (counts or {}).items()})

    @classmethod
    def of_all(cls, several: Iterable[Lateness]) -> Self:
        """All of these together."""
        made = cls()
        for each in several:
            made.counts.update(each.counts)
        return made

    def add(self, milliseconds: float) -> None:
        """One more."""
        self.counts[math.ceil(milliseconds * STEPS)] += 1

    def __len__(self) -> int:
        return self.counts.total()

    def percentile(self, percent: float) -> float:
        """By nearest rank; 0 of nothing."""
        left = math.ceil(len(self) * percent / 100)
        step = 0
        for step in sorted(self.counts):
            left -= self.counts[step]
            if left <= 0:
                break
        return step / STEPS
