"""Highest highs and lowest lows: Ichimoku's lines, stochastics, Williams %R, and the ranges of a row."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from technic.scanner.tiles import Tile, lags
from technic.scanner.tolerance import POINTS, Readings, nonzero
from technic.scanner.units import Floats

YEAR = 252
"""Bars in 52 weeks."""

_STOCHASTIC = 14
_SETTLED = 6  # values of the raw stochastic from which %D and %D one bar ago are made
_BOUNDS = (1, 9, 10, 21, 26, 30, 35, 52, 78, YEAR)  # of stretches whose unions are all the windows below
_CLOUD = _BOUNDS.index(26)

_ByBars = dict[int, Floats]  # an extreme for each of some windows


def channel_readings(tile: Tile) -> Readings:
    """Everything that is made of highs and lows over a window, but for the stochastic."""
    highs, lows = _stretches(np.maximum, tile.high), _stretches(np.minimum, tile.low)
    _leave_out_missing_lows(tile, lows)
    high, low = _unions(np.maximum, highs), _unions(np.minimum, lows)
    return _ichimoku(tile, highs, lows, high, low) | _ranges(tile, high, low)


def stochastic_readings(tile: Tile) -> Readings:
    """Stochastic 14,3,3 (George Lane) and Williams %R 14, which is its raw value seen from above."""
    reach = _STOCHASTIC + _SETTLED - 1
    high, low, close = (lags(field, 0, reach)[::-1] for field in (tile.high, tile.low, tile.close))
    raw = _raw_stochastic(close, _rolling(np.maximum, high), _rolling(np.minimum, low), 0.0)
    tile.given(_STOCHASTIC + np.arange(_SETTLED)[:, None], raw)
    k, d = _smoothed(raw)
    return {
        "stoch_k": k[0],
        "stoch_d": d[0],
        "stoch_d_before": d[1],
        "williams_r": raw[0] - 100,
        "williams_r_before": raw[1] - 100,
    }


def stochastic_rsi_readings(rsi: Floats) -> Readings:
    """Stochastic RSI 3,3,14,14 (Chande and Kroll, 1994) of RSI by lag, newest first.

    RSI that stood still for 14 bars has no range; rounding alone does not give it one.
    """
    values = rsi[: _STOCHASTIC + _SETTLED - 2]
    k, d = _smoothed(
        _raw_stochastic(values, _rolling(np.maximum, values), _rolling(np.minimum, values), POINTS)
    )
    return {"stoch_rsi_k": k[0], "stoch_rsi_d": d[0]}


def _rolling(extreme: np.ufunc, rows: Floats) -> Floats:
    """The extreme of each 14 rows that follow one another, by windows of 2, 4, 8 and two overlapping ones."""
    for step in (1, 2, 4, _STOCHASTIC - 8):
        rows = extreme(rows[:-step], rows[step:])
    return rows


def _raw_stochastic(values: Floats, highest: Floats, lowest: Floats, least_range: float) -> Floats:
    """100 * (value - lowest)/(highest - lowest), as many as there are windows."""
    return 100 * (values[: len(lowest)] - lowest) / nonzero(highest - lowest, least_range)


def _smoothed(raw: Floats) -> tuple[Floats, Floats]:
    """%K and %D: the mean of three, and the mean of three of those; newest first."""
    k = (raw[:-2] + raw[1:-1] + raw[2:]) / 3
    return k, (k[:-2] + k[1:-1] + k[2:]) / 3


def _stretches(extreme: np.ufunc, field: Floats) -> Floats:
    """The extreme of lag 0, and of the lags between each two of the bounds: len(_BOUNDS) x width."""
    return np.array([extreme.reduce(lags(field, a, b), axis=0) for a, b in pairwise((0, *_BOUNDS))])


def _leave_out_missing_lows(tile: Tile, lows: Floats) -> None:
    """Lows before a symbol's first bar are 0 and would be the lowest; highs need no such care."""
    late = np.flatnonzero(tile.counts < YEAR)
    if late.size:
        own = lags(tile.low, 0, YEAR)[:, late]
        own[own == 0] = np.inf
        lows[:, late] = _stretches(np.minimum, own)


def _unions(extreme: np.ufunc, stretches: Floats) -> _ByBars:
    """The extreme of the lags 1 .. bound - 1, by bound; at 1 that of lag 0."""
    before = extreme.accumulate(stretches[1:], axis=0)
    return {1: stretches[0]} | dict(zip(_BOUNDS[1:], before, strict=True))


def _middle(high: Floats, low: Floats) -> Floats:
    return (high + low) / 2


def _ichimoku(tile: Tile, highs: Floats, lows: Floats, high: _ByBars, low: _ByBars) -> Readings:
    """Ichimoku 9/26/52 (Goichi Hosoda, 1969); `cloud_*`: the spans of 26 bars ago, which stand over today."""
    now = {n: _middle(np.maximum(high[1], high[n]), np.minimum(low[1], low[n])) for n in (9, 26, 52)}
    past_high = np.maximum.accumulate(highs[_CLOUD + 1 :], axis=0)
    past_low = np.minimum.accumulate(lows[_CLOUD + 1 :], axis=0)
    bounds = _BOUNDS[_CLOUD + 1 :]
    past = {n: _middle(past_high[at], past_low[at]) for n in (9, 26, 52) for at in [bounds.index(n + 26)]}
    for n in (9, 26, 52):
        tile.given(n, now[n])
        tile.given(n + 26, past[n])
    return {
        "tenkan": now[9],
        "kijun": now[26],
        "span_a": (now[9] + now[26]) / 2,
        "span_b": now[52],
        "cloud_a": (past[9] + past[26]) / 2,
        "cloud_b": past[52],
    }


def _ranges(tile: Tile, high: _ByBars, low: _ByBars) -> Readings:
    """What rows and the trade plan say of highs and lows; 52 weeks are as many bars as there are."""
    month = np.maximum(high[1], high[30]) / nonzero(np.minimum(low[1], low[30]))
    return {
        "high_10d": tile.given(10, np.maximum(high[1], high[10])),
        "low_10d": tile.given(10, np.minimum(low[1], low[10])),
        "high_20d_prior": tile.given(21, high[21].copy()),
        "range_30d_pct": tile.given(30, 100 * (month - 1)),
        "high_52w": np.maximum(high[1], high[YEAR]),
        "low_52w": np.minimum(low[1], low[YEAR]),
        "new_high_52w": tile.given(2, (high[1] >= high[YEAR]).astype(float)),
        "new_low_52w": tile.given(2, (low[1] <= low[YEAR]).astype(float)),
    }
