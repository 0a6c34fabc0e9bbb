"""The indicators of the 26 votes by the libraries that people use: a call each, a symbol at a time."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import talib

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what pandas-ta-classic calls on import is deprecated in pandas 3
    import pandas_ta_classic as ta

PERIODS = (10, 20, 30, 50, 100, 200)

Array = np.ndarray


def with_talib(high: Array, low: Array, close: Array, volume: Array) -> None:
    """One TA-Lib call each, or the few that an indicator is made of, on contiguous arrays."""
    for period in PERIODS:
        talib.SMA(close, period)
        talib.EMA(close, period)
    talib.WMA(2 * talib.WMA(close, 4) - talib.WMA(close, 9), 3)
    talib.SUM(close * volume, 20) / talib.SUM(volume, 20)
    for period in (9, 26, 52):
        (talib.MAX(high, period) + talib.MIN(low, period)) / 2
    rsi = talib.RSI(close, 14)
    talib.STOCH(high, low, close, 14, 3, 0, 3, 0)
    talib.CCI(close, close, close, 20)
    talib.ADX(high, low, close, 14)
    talib.PLUS_DI(high, low, close, 14)
    talib.MINUS_DI(high, low, close, 14)
    middle = talib.MEDPRICE(high, low)
    talib.SMA(middle, 5) - talib.SMA(middle, 34)
    talib.MOM(close, 10)
    talib.MACD(close, 12, 26, 9)
    talib.STOCH(rsi, rsi, rsi, 14, 3, 0, 3, 0)
    talib.WILLR(high, low, close, 14)
    talib.EMA(close, 13)
    talib.ULTOSC(high, low, close, 7, 14, 28)


def with_pandas_ta(bars: pd.DataFrame) -> dict[str, pd.Series | pd.DataFrame]:
    """One call each on the columns of a DataFrame; the library's own defaults, as its users call it."""
    high, low, close, volume = bars["high"], bars["low"], bars["close"], bars["volume"]
    found: dict[str, pd.Series | pd.DataFrame] = {}
    for period in PERIODS:
        found[f"sma{period}"] = ta.sma(close, length=period)
        found[f"ema{period}"] = ta.ema(close, length=period)
    found["hma9"] = ta.hma(close, length=9)
    found["vwma20"] = ta.vwma(close, volume, length=20)
    found["ichimoku"], _ = ta.ichimoku(high, low, close)
    found["rsi"] = ta.rsi(close)
    found["stoch"] = ta.stoch(high, low, close)
    found["cci"] = ta.cci(close, close, close, length=20)
    found["adx"] = ta.adx(high, low, close)
    found["ao"] = ta.ao(high, low)
    found["momentum"] = ta.mom(close)
    found["macd"] = ta.macd(close)
    found["stoch_rsi"] = ta.stochrsi(close)
    found["williams_r"] = ta.willr(high, low, close)
    found["bull_bear_power"] = ta.eri(high, low, close)
    found["uo"] = ta.uo(high, low, close)
    return found
