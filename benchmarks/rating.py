"""What rating a symbol costs, beside a TA-Lib call per indicator and symbol, interleaved in the same run.

    python benchmarks/rating.py [--repeat 15] [--json]

One core, one BLAS thread, 300 bars unless told otherwise. Two things of ours are timed: the 26 votes with
their tolerances and the exact rating (`votes_*`), and `rate` as scans call it, with every column of a row
besides. TA-Lib gives the indicators alone, without a vote. Medians over the repetitions; the ratios are
medians of ratios of neighbouring measurements, so that a busy machine slows both sides.
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
from technic.scanner.rating import indicator_readings, rate  # noqa: E402
from technic.scanner.scratch import scratch_for  # noqa: E402
from technic.scanner.tally import tally  # noqa: E402
from technic.scanner.tiles import tiles  # noqa: E402
from technic.scanner.votes import cast  # noqa: E402
from technic.scanner.wilder import wilder_means  # noqa: E402

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


def rate_votes(bars: AlignedBars) -> None:
    """The votes and ratings alone, by the functions that `rate` is made of."""
    with np.errstate(all="ignore"):
        for _, tile in tiles(bars):
            scratch = scratch_for(tile.width)
            tally(cast(indicator_readings(tile, wilder_means(tile, scratch), scratch)))


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
    """All cases, round by round, each round with its own measurement of TA-Lib."""
    blocks = {symbols: random_walks(300, symbols) for symbols in (128, 505, 512, 1000)}
    short, long_ = random_walks(300, 512, short=1 / 3), random_walks(600, 512)
    cases: dict[str, tuple[int, Callable[[], object]]] = {
        "talib": (TALIB_SYMBOLS, talib_call(blocks[512])),
        **{f"votes_{n}": (n, lambda bars=bars: rate_votes(bars)) for n, bars in blocks.items()},
        **{f"rate_{n}": (n, lambda bars=bars: rate(bars)) for n, bars in blocks.items()},
        "votes_512_third_short": (512, lambda: rate_votes(short)),
        "rate_512_third_short": (512, lambda: rate(short)),
        "rate_512_bars_600": (512, lambda: rate(long_)),
        "rate_512_history": (512, lambda: rate(blocks[512], history=True)),
    }
    spent: dict[str, list[float]] = {name: [] for name in cases}
    for turn in range(repeat + 2):
        for name, (symbols, call) in cases.items():
            each = seconds(call) / symbols
            if turn >= 2:  # the first two rounds fill caches and scratch arrays
                spent[name].append(each)
    return report(spent)


def report(spent: dict[str, list[float]]) -> dict[str, object]:
    def ratio(over: str, under: str) -> float:
        return round(statistics.median(a / b for a, b in zip(spent[over], spent[under], strict=True)), 2)

    ours = [name for name in spent if name != "talib"]
    return {
        "microseconds_per_symbol": {
            name: round(statistics.median(values) * 1e6, 2) for name, values in spent.items()
        },
        "ratio_to_talib": ratio("talib", "votes_512"),
        "ratio_to_talib_by_case": {name: ratio("talib", name) for name in ours},
        "third_short_costs": ratio("votes_512_third_short", "votes_512"),
        "rate_third_short_costs": ratio("rate_512_third_short", "rate_512"),
        "bars_600_costs": ratio("rate_512_bars_600", "rate_512"),
        "history_costs": ratio("rate_512_history", "rate_512"),
        "floor": FLOOR,
        "goal": GOAL,
        "repetitions": len(spent["talib"]),
    }


def table(result: dict[str, object]) -> str:
    per_symbol, ratios = result["microseconds_per_symbol"], result["ratio_to_talib_by_case"]
    lines = [f"{'':24}{'us/symbol':>10}{'x TA-Lib':>10}", f"{'talib':24}{per_symbol['talib']:10.2f}"]
    lines += [f"{name:24}{per_symbol[name]:10.2f}{value:10.2f}" for name, value in ratios.items()]
    lines += [
        f"votes at 512 symbols: {result['ratio_to_talib']} times as fast (floor {FLOOR}, goal {GOAL})",
        f"a third of short columns costs {result['third_short_costs']} times (at most 1.5)",
        f"the same with all columns {result['rate_third_short_costs']} times",
        f"600 bars cost {result['bars_600_costs']} times, history {result['history_costs']} times",
    ]
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
