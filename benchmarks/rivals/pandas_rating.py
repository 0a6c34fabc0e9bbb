"""The 26 votes of one symbol as a service of today computes them: a data frame, a TA-Lib call an indicator.

Written for the reader, as such code is: series go in, series come out, the last values are compared. It
gives the ratings of technic, tolerances and all, for every symbol with 400 bars and more; with fewer TA-Lib
seeds the directional movement and the MACD otherwise.
"""

from __future__ import annotations

import math
from itertools import pairwise

import pandas as pd
import talib

Vote = int | None
PERIODS = (10, 20, 30, 50, 100, 200)
PRICE_SHARE, POINTS = 1e-9, 1e-7


def rate_frame(bars: pd.DataFrame) -> float:
    """The rating of -100 to 100 at the last bar; NaN where no vote is possible."""
    groups = [tallied(moving_averages(bars)), tallied(oscillators(bars))]
    present = [group for group in groups if group[1]]
    if not present:
        return math.nan
    if len(present) == 1:
        return 100 * present[0][0] / present[0][1]
    (a, n), (b, m) = present
    return 100 * (a * m + b * n) / (2 * n * m)


def tallied(votes: list[Vote]) -> tuple[int, int]:
    cast = [vote for vote in votes if vote is not None]
    return sum(cast), len(cast)


def moving_averages(bars: pd.DataFrame) -> list[Vote]:
    close, volume = bars["close"], bars["volume"]
    means = [talib.SMA(close, n) for n in PERIODS] + [talib.EMA(close, n) for n in PERIODS]
    means.append(talib.WMA(2 * talib.WMA(close, 4) - talib.WMA(close, 9), 3))
    means.append(talib.SMA(close * volume, 20) / talib.SMA(volume, 20))
    last, margin = close.iloc[-1], PRICE_SHARE * close.iloc[-1]
    return [sign(last, mean.iloc[-1], margin) for mean in means] + [ichimoku(bars)]


def oscillators(bars: pd.DataFrame) -> list[Vote]:
    high, low, close = bars["high"], bars["low"], bars["close"]
    margin = PRICE_SHARE * close.iloc[-1]
    rsi, momentum = talib.RSI(close, 14), talib.MOM(close, 10)
    macd, signal, _ = talib.MACD(close, 12, 26, 9)
    ultimate = talib.ULTOSC(high, low, close, 7, 14, 28).iloc[-1]
    trend = sign(close.iloc[-1], talib.EMA(close, 50).iloc[-1], margin)
    return [
        turn(rsi, 30, 70),
        crossing(*talib.STOCH(high, low, close, 14, 3, 0, 3, 0), before=1),
        turn(talib.CCI(close, close, close, 20), -100, 100),
        strength(high, low, close),
        awesome(talib.MEDPRICE(high, low), margin),
        sign(momentum.iloc[-1], momentum.iloc[-2], margin),
        sign(macd.iloc[-1], signal.iloc[-1], margin),
        against(trend, crossing(*talib.STOCH(rsi, rsi, rsi, 14, 3, 0, 3, 0), before=0)),
        turn(talib.WILLR(high, low, close, 14), -80, -20),
        power(high, low, talib.EMA(close, 13), trend, margin),
        None if math.isnan(ultimate) else int(ultimate - 70 > POINTS) - int(30 - ultimate > POINTS),
    ]


def sign(a: float, b: float, margin: float) -> Vote:
    """+1 where a lies above b, -1 where below, None where one is missing."""
    return None if math.isnan(a - b) else int(a - b > margin) - int(b - a > margin)


def turn(series: pd.Series, low: float, high: float) -> Vote:
    """An oscillator that turns back from an extreme."""
    now, before = series.iloc[-1], series.iloc[-2]
    if math.isnan(before):
        return None
    buy = low - now > POINTS and now - before > POINTS
    return int(buy) - int(now - high > POINTS and before - now > POINTS)


def crossing(k: pd.Series, d: pd.Series, *, before: int) -> Vote:
    """Both lines in an extreme, one through the other."""
    fast, slow = k.iloc[-1], d.iloc[-1]
    if math.isnan(d.iloc[-1 - before]):
        return None
    buy = 20 - fast > POINTS and 20 - slow > POINTS and fast - slow > POINTS
    return int(buy) - int(fast - 80 > POINTS and slow - 80 > POINTS and slow - fast > POINTS)


def against(trend: Vote, vote: Vote) -> Vote:
    """A vote of an oscillator that counts against the trend only."""
    if trend is None:
        return None
    return vote if vote and vote == -trend else 0


def ichimoku(bars: pd.DataFrame) -> Vote:
    high, low, close = bars["high"], bars["low"], bars["close"]
    tenkan, kijun, span_b = ((talib.MAX(high, n) + talib.MIN(low, n)) / 2 for n in (9, 26, 52))
    if math.isnan(span_b.iloc[-1]):
        return None
    cloud_a, cloud_b = ((tenkan + kijun) / 2).shift(26), span_b.shift(26)
    ladder = [series.iloc[-1] for series in (cloud_b, cloud_a, kijun, tenkan, close)]
    margin = PRICE_SHARE * close.iloc[-1]
    steps = [upper - lower for lower, upper in pairwise(ladder)]
    return int(all(step > margin for step in steps)) - int(all(-step > margin for step in steps))


def strength(high: pd.Series, low: pd.Series, close: pd.Series) -> Vote:
    """ADX: a strong trend that grows stronger, either way."""
    adx = talib.ADX(high, low, close, 14)
    plus = talib.PLUS_DI(high, low, close, 14).iloc[-1]
    minus = talib.MINUS_DI(high, low, close, 14).iloc[-1]
    now, before = adx.iloc[-1], adx.iloc[-2]
    if math.isnan(now):
        return None
    strong = now - 20 > POINTS and now - before > POINTS
    return int(strong and plus - minus > POINTS) - int(strong and minus - plus > POINTS)


def awesome(middle: pd.Series, margin: float) -> Vote:
    series = talib.SMA(middle, 5) - talib.SMA(middle, 34)
    now, before, earlier = series.iloc[-1], series.iloc[-2], series.iloc[-3]
    if math.isnan(before):
        return None
    dip = now - before > margin and earlier - before > margin
    peak = before - now > margin and before - earlier > margin
    buy = now > margin and (before <= margin or dip)
    return int(buy) - int(-now > margin and (-before <= margin or peak))


def power(high: pd.Series, low: pd.Series, mean: pd.Series, trend: Vote, margin: float) -> Vote:
    """Bull and bear power: with the trend, the other side grows weaker."""
    if trend is None:
        return None
    bull, bear = high - mean, low - mean
    weaker_bears = -bear.iloc[-1] > margin and bear.iloc[-1] - bear.iloc[-2] > margin
    weaker_bulls = bull.iloc[-1] > margin and bull.iloc[-2] - bull.iloc[-1] > margin
    return int(trend > 0 and weaker_bears) - int(trend < 0 and weaker_bulls)
