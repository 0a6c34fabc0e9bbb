"""Against TA-Lib, from 400 bars on: to 1e-9 of each indicator's scale."""

from datetime import date

import numpy as np
import pytest
import talib

from technic.config.settings import SimulatedSettings
from technic.scanner.rating import rate
from technic.scanner.sources.simulated import SimulatedSource
from tests.support.bars import side_by_side, walk

BARS = 400


def by_talib(high, low, close) -> dict[str, float]:
    """What TA-Lib says of the newest bar."""
    rsi = talib.RSI(close, 14)
    found = {f"sma{n}": talib.SMA(close, n) for n in (10, 20, 30, 50, 100, 200)}
    found |= {f"ema{n}": talib.EMA(close, n) for n in (10, 20, 30, 50, 100, 200)}
    found["rsi"] = rsi
    found["stoch_k"], found["stoch_d"] = talib.STOCH(high, low, close, 14, 3, 0, 3, 0)
    found["stoch_rsi_k"], found["stoch_rsi_d"] = talib.STOCH(rsi, rsi, rsi, 14, 3, 0, 3, 0)
    found["adx"] = talib.ADX(high, low, close, 14)
    found["plus_di"] = talib.PLUS_DI(high, low, close, 14)
    found["minus_di"] = talib.MINUS_DI(high, low, close, 14)
    found["cci_hlc3"] = talib.CCI(high, low, close, 20)
    found["macd"], found["macd_signal"], _ = talib.MACD(close, 12, 26, 9)
    found["momentum"] = talib.MOM(close, 10)
    found["williams_r"] = talib.WILLR(high, low, close, 14)
    found["uo"] = talib.ULTOSC(high, low, close, 7, 14, 28)
    found["atr"] = talib.ATR(high, low, close, 14)
    return {name: series[-1] for name, series in found.items()}


SCALES = {"cci_hlc3": 100.0} | dict.fromkeys(
    (
        "rsi",
        "stoch_k",
        "stoch_d",
        "stoch_rsi_k",
        "stoch_rsi_d",
        "adx",
        "plus_di",
        "minus_di",
        "williams_r",
        "uo",
    ),
    100.0,
)


def assert_agrees(columns: list[np.ndarray]) -> None:
    rated = rate(side_by_side(columns)).columns
    for at, column in enumerate(columns):
        price = column[3].max()
        for name, expected in by_talib(*column[1:4]).items():
            assert rated[name][at] == pytest.approx(expected, abs=1e-9 * SCALES.get(name, price), rel=0), (
                at,
                name,
            )


def test_random_walks_agree_with_talib():
    rng = np.random.default_rng(11)
    assert_agrees([walk(rng, int(bars)) for bars in rng.integers(BARS, 700, 120)])


def test_every_long_symbol_of_the_simulated_market_agrees_with_talib():
    source = SimulatedSource(SimulatedSettings(symbols=300, years=3, end=date(2025, 6, 30)))
    symbols = [each.symbol for each in source.universe().listings]
    columns = [bars.values for bars in source.read(symbols, lambda: False) if len(bars.dates) >= BARS]
    assert len(columns) > 200
    assert_agrees(columns)
