"""What rows and the trade plan say of highs and lows over ten days to a year."""

from __future__ import annotations

import numpy as np

from technic.scanner.extremes import running, stretches
from technic.scanner.tiles import Tile, lags
from technic.scanner.tolerance import Readings, nonzero
from technic.scanner.units import Floats

_TEN_DAYS, _TWENTY_PRIOR, _MONTH, YEAR = 10, 21, 30, 252
_BOUNDS = (0, 1, _TEN_DAYS, _TWENTY_PRIOR, _MONTH, YEAR)

_ByBars = dict[int, Floats]  # the extreme of the bars before today, by how many with today


def range_readings(tile: Tile) -> Readings:
    """Highs and lows of the last bars; 52 weeks are as many of 252 bars as there are."""
    highs, lows = stretches(np.maximum, tile.high, _BOUNDS), stretches(np.minimum, tile.low, _BOUNDS)
    _leave_out_missing_lows(tile, lows)
    high, high_before = highs[0], _before(np.maximum, highs)
    low, low_before = lows[0], _before(np.minimum, lows)
    highest = {bars: np.maximum(high, before) for bars, before in high_before.items()}
    lowest = {bars: np.minimum(low, before) for bars, before in low_before.items()}
    month = 100 * (highest[_MONTH] / nonzero(lowest[_MONTH]) - 1)
    return {
        "high_10d": tile.given(_TEN_DAYS, highest[_TEN_DAYS]),
        "low_10d": tile.given(_TEN_DAYS, lowest[_TEN_DAYS]),
        "range_30d_pct": tile.given(_MONTH, month),
        "high_52w": highest[YEAR],
        "low_52w": lowest[YEAR],
        "new_high_52w": tile.given(2, (high >= high_before[YEAR]).astype(float)),
        "new_low_52w": tile.given(2, (low <= low_before[YEAR]).astype(float)),
        "high_20d_prior": tile.given(_TWENTY_PRIOR, high_before[_TWENTY_PRIOR]),
    }


def _before(extreme: np.ufunc, found: Floats) -> _ByBars:
    """The extremes of the lags 1 .. bars - 1, from those of the stretches."""
    return dict(zip(_BOUNDS[2:], running(extreme, found[1:]), strict=True))


def _leave_out_missing_lows(tile: Tile, lows: Floats) -> None:
    """Lows before a symbol's first bar are 0 and would be the lowest; highs need no such care."""
    late = np.flatnonzero(tile.counts < YEAR)
    if late.size:
        own = lags(tile.low, 0, YEAR).take(late, axis=1)
        np.copyto(own, np.inf, where=own == 0)
        lows[:, late] = stretches(np.minimum, own, _BOUNDS)
