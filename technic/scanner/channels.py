"""Indicators made of highest highs and lowest lows: Ichimoku's lines, stochastics, Williams %R."""

from __future__ import annotations

import numpy as np

from technic.scanner.extremes import rolling, running, stretches
from technic.scanner.tiles import Tile, lags
from technic.scanner.tolerance import POINTS, Readings, nonzero
from technic.scanner.units import Floats

_ICHIMOKU = (9, 26, 52)
_DISPLACEMENT = 26
_NOW = (0, *_ICHIMOKU)
_DISPLACED = tuple(_DISPLACEMENT + lag for lag in _NOW)
_STOCHASTIC = 14
_SETTLED = 6  # values of the raw stochastic from which %D and %D one bar ago are made


def ichimoku_readings(tile: Tile) -> Readings:
    """Ichimoku 9/26/52 (Goichi Hosoda, 1969); `cloud_*`: the spans of 26 bars ago, which stand over today."""
    tenkan, kijun, span_b = _middles(tile, _NOW)
    past_tenkan, past_kijun, cloud_b = _middles(tile, _DISPLACED)
    return {
        "tenkan": tenkan,
        "kijun": kijun,
        "span_a": (tenkan + kijun) / 2,
        "span_b": span_b,
        "cloud_a": (past_tenkan + past_kijun) / 2,
        "cloud_b": cloud_b,
    }


def _middles(tile: Tile, bounds: tuple[int, ...]) -> Floats:
    """The middle of the range from the first bound to each of the others, by lag."""
    high = running(np.maximum, stretches(np.maximum, tile.high, bounds))
    low = running(np.minimum, stretches(np.minimum, tile.low, bounds))
    return tile.given(np.array(bounds[1:])[:, None], (high + low) / 2)


def stochastic_readings(tile: Tile) -> Readings:
    """Stochastic 14,3,3 (George Lane) and Williams %R 14, which is its raw value seen from above."""
    reach = _STOCHASTIC + _SETTLED - 1
    high, low, close = (lags(field, 0, reach)[::-1] for field in (tile.high, tile.low, tile.close))
    raw = _raw_stochastic(close, high, low, 0.0)
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
    k, d = _smoothed(_raw_stochastic(values, values, values, POINTS))
    return {"stoch_rsi_k": k[0], "stoch_rsi_d": d[0]}


def _raw_stochastic(values: Floats, high: Floats, low: Floats, least_range: float) -> Floats:
    """100 * (value - lowest)/(highest - lowest) over 14 bars, as many as there are windows; newest first."""
    highest, lowest = rolling(np.maximum, high, _STOCHASTIC), rolling(np.minimum, low, _STOCHASTIC)
    return 100 * (values[: len(lowest)] - lowest) / nonzero(highest - lowest, least_range)


def _smoothed(raw: Floats) -> tuple[Floats, Floats]:
    """%K and %D: the mean of three, and the mean of three of those; newest first."""
    k = (raw[:-2] + raw[1:-1] + raw[2:]) / 3
    return k, (k[:-2] + k[1:-1] + k[2:]) / 3
