"""The 26 votes of TradingView's Technical Ratings, by the rules published since 2024-11.

Sources: TradingView help page 43000475547; Pine library `TechnicalRating` v3. The rules of 2020, which
most open-source copies follow, differ in 34 of 505 labels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from technic.scanner.tolerance import PRICE_SHARE, Flags, Readings, above, below
from technic.scanner.units import ABSENT, Floats

Votes = npt.NDArray[np.int8]

AVERAGES = (
    "sma10", "sma20", "sma30", "sma50", "sma100", "sma200",
    "ema10", "ema20", "ema30", "ema50", "ema100", "ema200", "hma9", "vwma20",
)  # fmt: skip
"""Votes 1 to 14: the close against each of these."""

MOVING_AVERAGES = 15
"""So many votes, the first ones, are moving averages; the others are oscillators."""

VOTES = (*AVERAGES, "ichimoku", "rsi", "stoch", "cci", "adx", "ao", "momentum", "macd", "stoch_rsi",
         "williams_r", "bull_bear_power", "uo")  # fmt: skip
"""All 26, in the order of the specification."""

_DECIDES = {
    "ichimoku": "span_b", "rsi": "rsi_before", "stoch": "stoch_d_before", "cci": "cci_before", "adx": "adx",
    "ao": "ao_before", "momentum": "momentum_before", "macd": "macd_signal", "stoch_rsi": "ema50",
    "williams_r": "williams_r_before", "bull_bear_power": "ema50", "uo": "uo",
}  # fmt: skip
"""The reading without which a vote is absent."""

_Sides = tuple[Flags, Flags]


def cast(readings: Readings) -> Votes:
    """All votes: int8, 26 x width: +1 buy, -1 sell, 0 neutral, ABSENT where the bars do not reach."""
    close = readings["close"]
    price = PRICE_SHARE * close
    averages = np.array([readings[name] for name in AVERAGES])
    votes = np.empty((len(VOTES), close.size), dtype=np.int8)
    _write(votes[: len(AVERAGES)], (below(averages, close, price), above(averages, close, price)), averages)
    sides = {
        "ichimoku": _ichimoku(readings, price),
        "adx": _adx(readings),
        "ao": _awesome(readings, price),
        "uo": (above(readings["uo"], 70), below(readings["uo"], 30)),
        "bull_bear_power": _bull_bear_power(readings, price),
    }
    sides |= _turns(readings) | _crossings(readings, price)
    for row, name in enumerate(VOTES[len(AVERAGES) :], len(AVERAGES)):
        _write(votes[row], sides[name], readings[_DECIDES[name]])
    return votes


def _write(votes: Votes, sides: _Sides, decides: Floats) -> None:
    """Buy less sell, absent where the deciding reading is missing."""
    buy, sell = sides
    np.subtract(buy.view(np.int8), sell.view(np.int8), out=votes)
    votes[np.isnan(decides)] = ABSENT


def _ichimoku(r: Readings, price: Floats) -> _Sides:
    """Cloud, base line, conversion line and close, each above the one before, or each below it."""
    ladder = (r["cloud_b"], r["cloud_a"], r["kijun"], r["tenkan"], r["close"])
    steps = np.diff(np.array(ladder), axis=0)
    return np.all(steps > price, axis=0), np.all(-steps > price, axis=0)


def _adx(r: Readings) -> _Sides:
    """A strong trend that grows stronger, either way."""
    strong = above(r["adx"], 20) & above(r["adx"], r["adx_before"])
    return strong & above(r["plus_di"], r["minus_di"]), strong & below(r["plus_di"], r["minus_di"])


def _awesome(r: Readings, price: Floats) -> _Sides:
    """Through zero, or a saucer: the same side of zero for two bars, and a turn away from it."""
    now, before, earlier = r["ao"], r["ao_before"], r["ao_before_that"]
    positive, was_positive = above(now, 0, price), above(before, 0, price)
    negative, was_negative = below(now, 0, price), below(before, 0, price)
    dip = above(now, before, price) & above(earlier, before, price)
    peak = below(now, before, price) & below(earlier, before, price)
    return positive & (~was_positive | dip), negative & (~was_negative | peak)


def _bull_bear_power(r: Readings, price: Floats) -> _Sides:
    """With the trend: bears are weaker than they were, or bulls are (Alexander Elder, 1993)."""
    bull, bear, close, trend = r["bull_power"], r["bear_power"], r["close"], r["ema50"]
    buy = above(close, trend, price) & below(bear, 0, price) & above(bear, r["bear_power_before"], price)
    sell = below(close, trend, price) & above(bull, 0, price) & below(bull, r["bull_power_before"], price)
    return buy, sell


def _turns(r: Readings) -> dict[str, _Sides]:
    """Oscillators that vote when they turn back from an extreme."""

    def turn(name: str, low: float, high: float) -> _Sides:
        now, before = r[name], r[f"{name}_before"]
        return below(now, low) & above(now, before), above(now, high) & below(now, before)

    return {
        "rsi": turn("rsi", 30, 70),
        "cci": turn("cci", -100, 100),
        "williams_r": turn("williams_r", -80, -20),
    }


def _crossings(r: Readings, price: Floats) -> dict[str, _Sides]:
    """Oscillators that vote by one line against another."""

    def extreme(k: Floats, d: Floats) -> _Sides:
        low, high = below(k, 20) & below(d, 20), above(k, 80) & above(d, 80)
        return low & above(k, d), high & below(k, d)

    def against(a: Floats, b: Floats) -> _Sides:
        return above(a, b, price), below(a, b, price)

    buy, sell = extreme(r["stoch_rsi_k"], r["stoch_rsi_d"])
    rising, falling = against(r["close"], r["ema50"])
    return {
        "stoch": extreme(r["stoch_k"], r["stoch_d"]),
        "stoch_rsi": (buy & falling, sell & rising),
        "momentum": against(r["momentum"], r["momentum_before"]),
        "macd": against(r["macd"], r["macd_signal"]),
    }
