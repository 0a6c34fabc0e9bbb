"""Oscillators of a few recent bars: CCI, Awesome Oscillator, Momentum, Ultimate Oscillator."""

from __future__ import annotations

import numpy as np

from technic.scanner.scratch import Scratch
from technic.scanner.tiles import Tile, lags
from technic.scanner.tolerance import PRICE_SHARE, Readings, nonzero
from technic.scanner.units import Floats

_CCI = 20
_AWESOME_MEANS = (5, 34)
_AWESOME = 36  # mid prices behind three values of SMA5 - SMA34
_ULTIMATE = (7, 14, 28)


def _awesome_weights() -> Floats:
    """Weights of high + low, oldest first, for the lags 0, 1, 2."""
    lag = np.arange(_AWESOME - 1, -1, -1) - np.arange(3)[:, None]
    fast, slow = (((lag >= 0) & (lag < bars)) / (2 * bars) for bars in _AWESOME_MEANS)
    return fast - slow


_AWESOME_WEIGHTS = _awesome_weights()


def oscillator_readings(tile: Tile, scratch: Scratch) -> Readings:
    """All of them; fresh arrays of the tile's width."""
    return _cci(tile, scratch) | _awesome(tile, scratch) | _momentum(tile) | _ultimate(tile, scratch)


def _cci(tile: Tile, scratch: Scratch) -> Readings:
    """CCI 20 of the close for two bars, and of the typical price (Donald Lambert, 1980)."""
    width, least = tile.width, PRICE_SHARE * tile.close[-1]
    close, typical = scratch.take("cci close", _CCI + 1), scratch.take("cci typical", _CCI)
    high, low = lags(tile.high, 0, _CCI), lags(tile.low, 0, _CCI)
    close[:, :width] = lags(tile.close, 0, _CCI + 1)
    np.add(high, low, out=typical[:, :width])
    typical += close[1:]
    typical /= 3
    values = [_commodity_channel(rows, least, scratch) for rows in (close[1:], close[:-1], typical)]
    for value, reach in zip(values, (_CCI, _CCI + 1, _CCI), strict=True):
        tile.given(reach, value)
    return dict(zip(("cci", "cci_before", "cci_hlc3"), values, strict=True))


def _commodity_channel(rows: Floats, least: Floats, scratch: Scratch) -> Floats:
    """(newest - mean)/(0.015 * mean absolute deviation); missing where no price moved, rounding or not."""
    mean = rows.sum(axis=0) / _CCI
    apart = scratch.take("cci apart", _CCI)
    np.subtract(rows, mean, out=apart)
    lead = apart[-1, : least.size].copy()
    np.abs(apart, out=apart)
    deviation = apart.sum(axis=0)[: least.size] / _CCI
    return lead / (0.015 * nonzero(deviation, least))


def _awesome(tile: Tile, scratch: Scratch) -> Readings:
    """SMA5 - SMA34 of the mid price (Bill Williams, 1995) for three bars."""
    doubled, values = scratch.take("mid prices", _AWESOME), scratch.take("awesome", 3)
    np.add(lags(tile.high, 0, _AWESOME), lags(tile.low, 0, _AWESOME), out=doubled[:, : tile.width])
    np.matmul(_AWESOME_WEIGHTS, scratch.by_lane(doubled), out=scratch.by_lane(values))
    own = values[:, : tile.width].copy()
    tile.given(34 + np.arange(3)[:, None], own)
    return dict(zip(("ao", "ao_before", "ao_before_that"), own, strict=True))


def _momentum(tile: Tile) -> Readings:
    """Momentum 10 = c - c[10], for two bars."""
    close = tile.close
    return {
        "momentum": tile.given(11, close[-1] - close[-11]),
        "momentum_before": tile.given(12, close[-2] - close[-12]),
    }


def _ultimate(tile: Tile, scratch: Scratch) -> Readings:
    """Ultimate Oscillator 7,14,28 (Larry Williams, 1976): buying pressure as a share of the true range."""
    longest = _ULTIMATE[-1]
    pressure, span = scratch.take("buying pressure", longest), scratch.take("true range", longest)
    before, close = lags(tile.close, 1, longest + 1), lags(tile.close, 0, longest)
    floor = np.minimum(lags(tile.low, 0, longest), before)
    np.subtract(close, floor, out=pressure[:, : tile.width])
    np.subtract(np.maximum(lags(tile.high, 0, longest), before), floor, out=span[:, : tile.width])
    average = [_share(pressure, span, bars)[: tile.width] for bars in _ULTIMATE]
    value = 100 * (4 * average[0] + 2 * average[1] + average[2]) / 7
    return {"uo": tile.given(longest + 1, value)}


def _share(part: Floats, whole: Floats, bars: int) -> Floats:
    share: Floats = part[-bars:].sum(axis=0) / nonzero(whole[-bars:].sum(axis=0))
    return share
