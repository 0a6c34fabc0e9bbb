"""What rating a symbol costs, beside a TA-Lib call per indicator and symbol, interleaved in the same run.

    python benchmarks/rating.py [--repeat 15] [--json]

One core, one BLAS thread. `rate` is timed whole: 26 votes with their tolerances, the exact rating and all
columns of a row; TA-Lib gives the indicators alone, without a vote. Medians over the repetitions; the
ratios are medians of ratios of neighbouring measurements, so that a busy machine slows both sides.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before numpy is imported

import numpy as np  # noqa: E402 - see above
import talib  # noqa: E402

from technic.scanner.aligned import AlignedBars  # noqa: E402
from technic.scanner.rating import rate  # noqa: E402

FLOOR = 8
GOAL = 15
TALIB_SYMBOLS = 64
IN_A_ROW = 4
PERIODS = (10, 20, 30, 50, 100, 200)


def random_walks(bars: int, symbols: int, *, short: float = 0.0) -> AlignedBars:
    """Seeded random walks, a share of which start somewhere between the first and the 20th-last bar."""
    rng = np.random.default_rng(5)
    close = 50 * np.exp(rng.normal(0, 0.015, (bars, symbols)).cumsum(axis=0))
    open_ = close * np.exp(rng.normal(0, 0.005, close.shape))
    high = np.maximum(open_, close) * np.exp(np.abs(rng.normal(0, 0.005, close.shape)))
    low = np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0, 0.005, close.shape)))
    volume = rng.integers(10_000, 10_000_000, close.shape).astype(float)
    counts = np.full(symbols, bars)
    late = rng.permutation(symbols)[: round(symbols * short)]
    counts[late] = rng.integers(20, bars, late.size)
    for field in (open_, high, low, close, volume):
        field[np.arange(bars)[:, None] < bars - counts] = 0.0
    days = np.full(symbols, 19_000)
    return AlignedBars(open_, high, low, close, volume, counts=counts, dates_last=days)


def with_talib(high, low, close, volume) -> None:
    """Every indicator of one symbol: one TA-Lib call each, or the few that it is made of."""
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


def seconds(call: Callable[[], object]) -> float:
    """Mean of a few calls in a row: a worker rates one block after the other."""
    started = time.perf_counter()
    for _ in range(IN_A_ROW):
        call()
    return (time.perf_counter() - started) / IN_A_ROW


def talib_call(bars: AlignedBars) -> Callable[[], None]:
    """The same symbols, each contiguous and cut to its own bars, as TA-Lib wants them."""
    own = []
    for column in range(min(TALIB_SYMBOLS, bars.counts.size)):
        rows = slice(len(bars.close) - bars.counts[column], None)
        fields = (bars.high, bars.low, bars.close, bars.volume)
        own.append([np.ascontiguousarray(field[rows, column]) for field in fields])

    def call() -> None:
        for fields in own:
            with_talib(*fields)

    return call


def measure(repeat: int) -> dict[str, object]:
    """All cases, round by round, each next to TA-Lib on 300 bars."""
    cases = {
        "128": random_walks(300, 128),
        "512": random_walks(300, 512),
        "1000": random_walks(300, 1000),
        "512_third_short": random_walks(300, 512, short=1 / 3),
        "512_bars_600": random_walks(600, 512),
    }
    reference = talib_call(cases["512"])
    spent: dict[str, list[float]] = {name: [] for name in ("talib", "512_history", *cases)}
    for turn in range(repeat + 2):
        round_ = {"talib": seconds(reference) / TALIB_SYMBOLS}
        for name, bars in cases.items():
            round_[name] = seconds(lambda bars=bars: rate(bars)) / bars.counts.size
        round_["512_history"] = seconds(lambda: rate(cases["512"], history=True)) / 512
        if turn >= 2:  # the first two rounds fill caches and scratch arrays
            for name, value in round_.items():
                spent[name].append(value)
    return report(spent)


def report(spent: dict[str, list[float]]) -> dict[str, object]:
    def ratio(over: str, under: str) -> float:
        return round(statistics.median(a / b for a, b in zip(spent[over], spent[under], strict=True)), 2)

    return {
        "microseconds_per_symbol": {
            name: round(statistics.median(values) * 1e6, 2) for name, values in spent.items()
        },
        "ratio_to_talib": ratio("talib", "512"),
        "ratio_to_talib_by_symbols": {name: ratio("talib", name) for name in ("128", "512", "1000")},
        "third_short_costs": ratio("512_third_short", "512"),
        "bars_600_cost": ratio("512_bars_600", "512"),
        "history_costs": ratio("512_history", "512"),
        "floor": FLOOR,
        "goal": GOAL,
        "repetitions": len(spent["512"]),
    }


def table(result: dict[str, object]) -> str:
    lines = ["microseconds a symbol, 300 bars unless told otherwise, one core:"]
    per_symbol = result["microseconds_per_symbol"]
    lines += [f"  {name:18} {value:8.2f}" for name, value in per_symbol.items()]
    by_symbols = result["ratio_to_talib_by_symbols"]
    lines.append(f"times as fast as TA-Lib (floor {FLOOR}, goal {GOAL}):")
    lines += [f"  {name + ' symbols':18} {value:8.2f}" for name, value in by_symbols.items()]
    lines.append(f"a third of short columns costs {result['third_short_costs']} times (at most 1.5)")
    lines.append(f"600 bars cost {result['bars_600_cost']} times, history {result['history_costs']} times")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=15, help="repetitions (15)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    if arguments.repeat < 1:
        parser.error("--repeat must be at least 1")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    result = measure(arguments.repeat)
    print(json.dumps(result) if arguments.json else table(result))


if __name__ == "__main__":
    main()
