"""What the rating is handed: the bars of many symbols side by side, each column up to its own last bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from technic.scanner.units import Floats

Counts = npt.NDArray[np.int64]

FIELDS = ("open", "high", "low", "close", "volume")
"""The five arrays, in order."""


@dataclass(frozen=True, slots=True)
class AlignedBars:
    """The bars of n symbols, right-aligned: row -1 is each symbol's own newest bar, whatever day that was.

    Bars are clean: prices finite and positive, low <= open, close <= high, volume finite and not negative.
    Rows before a symbol's first bar are 0.

    Attributes:
        open: float64, L x n.
        high: float64, L x n.
        low: float64, L x n.
        close: float64, L x n.
        volume: float64, L x n.
        counts: int64, n: how many bars each symbol has, 1..L.
        dates_last: int64, n: day of each symbol's newest bar, days since 1970-01-01.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    counts: Counts
    dates_last: Counts

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together."""
        shape = self.close.shape
        if len(shape) != 2 or any(self._field(name).shape != shape for name in FIELDS):  # noqa: PLR2004 - L x n
            raise ValueError("the five fields must be arrays of one shape, bars x symbols")
        if any(self._field(name).dtype != np.float64 for name in FIELDS):
            raise ValueError("the five fields must be float64")
        if self.counts.shape != shape[1:] or self.dates_last.shape != shape[1:]:
            raise ValueError("counts and dates_last must have one value a symbol")
        if shape[1] and not (self.counts.min() >= 1 and self.counts.max() <= shape[0]):
            raise ValueError(f"counts must lie within 1 and the {shape[0]} rows there are")

    def _field(self, name: str) -> Floats:
        field: Floats = getattr(self, name)
        return field
