"""Columns of a row that are no votes: prices and their changes, volume, volatility, performance."""

from __future__ import annotations

import numpy as np

from technic.scanner.scratch import Scratch
from technic.scanner.tiles import Tile, lags
from technic.scanner.tolerance import PRICE_SHARE, Readings, nonzero
from technic.scanner.units import Floats

_MONTH = 20  # bars of volume, volatility and VWMA
_PERFORMANCE = {"perf_1w": 5, "perf_1m": 21, "perf_3m": 63, "perf_6m": 126, "perf_1y": 252}


def volume_readings(tile: Tile, scratch: Scratch) -> Readings:
    """VWMA 20, the mean turnover of 20 bars, and today's volume against that of the 20 bars before."""
    width, month = tile.width, _MONTH
    volume, turnover = scratch.take("recent volume", month + 1), scratch.take("turnover", month)
    volume[:, :width] = lags(tile.volume, 0, month + 1)
    np.multiply(lags(tile.close, 0, month), volume[1:, :width], out=turnover[:, :width])
    traded = turnover.sum(axis=0)[:width]
    shares = volume[1:].sum(axis=0)[:width]
    before = volume[:-1].sum(axis=0)[:width] / month
    return {
        "vwma20": tile.given(month, traded / nonzero(shares)),
        "dollar_volume": tile.given(month, traded / month),
        "relative_volume": tile.given(month + 1, tile.volume[-1] / nonzero(before)),
    }


def price_readings(tile: Tile, scratch: Scratch) -> Readings:
    """Today's prices and volume, and how they came about."""
    close = tile.close[-1]
    before = nonzero(tile.close[-2])
    values = {
        "bars": tile.counts.astype(float),
        "volume": tile.volume[-1],
        "change_pct": 100 * (close / before - 1),
        "gap_pct": 100 * (tile.open[-1] / before - 1),
        "volatility": _volatility(tile, scratch),
        "nr7": _narrowest_of_seven(tile),
    }
    return values | {name: _performance(tile, bars) for name, bars in _PERFORMANCE.items()}


def relative_readings(values: Readings) -> Readings:
    """Columns made of other columns: `*_distance_pct` = 100 * (close/level - 1), and their kin."""
    close = values["close"]
    levels = {name: values[name] for name in ("sma20", "sma50", "sma200", "high_52w", "low_52w")}
    distances = {f"{name}_distance_pct": _change(close, level) for name, level in levels.items()}
    return distances | {
        "sma200_change_1m_pct": _change(values["sma200"], values["sma200_month_ago"]),
        "atr_pct": 100 * values["atr"] / close,
    }


def _change(value: Floats, base: Floats) -> Floats:
    return 100 * (value / base - 1)


def _performance(tile: Tile, bars: int) -> Floats:
    """Change over so many bars, in percent."""
    return _change(tile.close[-1], nonzero(tile.close[-1 - bars]))


def _volatility(tile: Tile, scratch: Scratch) -> Floats:
    """Standard deviation (ddof 1) of the last 20 log returns, over a year of 252 bars, in percent."""
    returns = scratch.take("log returns", _MONTH)
    own = returns[:, : tile.width]
    returns[:, tile.width :] = 1.0
    np.divide(lags(tile.close, 0, _MONTH), lags(tile.close, 1, _MONTH + 1), out=own)
    np.log(returns, out=returns)
    returns -= returns.sum(axis=0) / _MONTH
    np.square(returns, out=returns)
    variance: Floats = returns.sum(axis=0)[: tile.width] / (_MONTH - 1)
    return tile.given(_MONTH + 1, 100 * np.sqrt(252 * variance))


def _narrowest_of_seven(tile: Tile) -> Floats:
    """Whether today's range is below that of each of the 6 bars before (Toby Crabel, 1990); ties are not."""
    ranges = lags(tile.high, 0, 7) - lags(tile.low, 0, 7)
    narrow = ranges[:-1].min(axis=0) - ranges[-1] > PRICE_SHARE * tile.close[-1]
    return tile.given(7, narrow.astype(float))
