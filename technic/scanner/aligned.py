"""What the rating is handed: the bars of many symbols side by side, each column up to its own last bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from technic.scanner.units import Floats


@dataclass(frozen=True, slots=True)
class AlignedBars:
    """n symbols over L rows; row -1 is each symbol's newest bar, whatever day that was.

    The arrays may be views of scratch memory: whoever made them says how long they hold.

    Attributes:
        open: float64, L x n; rows before a symbol's first bar are NaN, as in the four that follow.
        high: float64, L x n.
        low: float64, L x n.
        close: float64, L x n.
        volume: float64, L x n.
        counts: int64, n: how many bars of each symbol are there, at most L.
        last_days: int64, n: the day of each symbol's newest bar, in days since 1970-01-01.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    counts: npt.NDArray[np.int64]
    last_days: npt.NDArray[np.int64]
