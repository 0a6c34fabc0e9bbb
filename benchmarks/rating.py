"""What rating a symbol costs, beside a TA-Lib and a pandas-ta-classic call per indicator and symbol.

    python -m benchmarks.rating [--repeat 15] [--json]

One core, one BLAS thread, 300 bars unless told otherwise. Two things of ours are timed: the 26 votes with
their tolerances and the exact rating (`votes_*`), and `rate` as scans call it, with every column of a row
besides. The libraries give the indicators alone, without a vote: TA-Lib on arrays, pandas-ta-classic on a
DataFrame a symbol, whose newest values are compared with ours before anything is timed. All take turns.
Medians over the repetitions of processor time; the ratios are medians of ratios of neighbouring
measurements, so that a busy machine slows both sides.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before numpy is imported

import numpy as np  # noqa: E402 - see above
import pandas as pd  # noqa: E402

from benchmarks.support.figures import parser, show  # noqa: E402
from benchmarks.support.libraries import with_pandas_ta, with_talib  # noqa: E402
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
PANDAS_TA_SYMBOLS = 4
COMPARED = ("sma200", "ema20", "hma9", "vwma20", "rsi", "cci", "ao", "momentum", "williams_r", "uo")


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


def rate_votes(bars: AlignedBars) -> None:
    """The votes and ratings alone, by the functions that `rate` is made of."""
    with np.errstate(all="ignore"):
        for _, tile in tiles(bars):
            scratch = scratch_for(tile.width)
            tally(cast(indicator_readings(tile, wilder_means(tile, scratch), scratch)))


def seconds(call: Callable[[], object], in_a_row: int = IN_A_ROW) -> float:
    """Processor seconds, the mean of a few calls in a row: a worker rates one block after the other."""
    started = time.process_time()
    for _ in range(in_a_row):
        call()
    return (time.process_time() - started) / in_a_row


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


def pandas_ta_call(bars: AlignedBars) -> Callable[[], None]:
    """Some of the symbols, a DataFrame each; what it gives for them is what `rate` gives."""
    days = pd.bdate_range("2025-01-01", periods=len(bars.close))
    fields = ("open", "high", "low", "close", "volume")
    frames = [
        pd.DataFrame({field: getattr(bars, field)[:, column] for field in fields}, index=days)
        for column in range(PANDAS_TA_SYMBOLS)
    ]
    ours = rate(bars).columns
    for column, frame in enumerate(frames):
        theirs = with_pandas_ta(frame)
        for name in COMPARED:
            np.testing.assert_allclose(theirs[name].iloc[-1], ours[name][column], rtol=1e-6, err_msg=name)

    def call() -> None:
        for frame in frames:
            with_pandas_ta(frame)

    return call


def measure(repeat: int) -> dict[str, object]:
    """All cases, round by round, each round with its own measurement of TA-Lib."""
    blocks = {symbols: random_walks(300, symbols) for symbols in (128, 505, 512, 1000)}
    short, long_ = random_walks(300, 512, short=1 / 3), random_walks(600, 512)
    cases: dict[str, tuple[int, Callable[[], object]]] = {
        "talib": (TALIB_SYMBOLS, talib_call(blocks[512])),
        "pandas_ta": (PANDAS_TA_SYMBOLS, pandas_ta_call(blocks[512])),
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
            each = seconds(call, 1 if name == "pandas_ta" else IN_A_ROW) / symbols
            if turn >= 2:  # the first two rounds fill caches and scratch arrays
                spent[name].append(each)
    return report(spent)


def report(spent: dict[str, list[float]]) -> dict[str, object]:
    def ratio(over: str, under: str) -> float:
        return round(statistics.median(a / b for a, b in zip(spent[over], spent[under], strict=True)), 2)

    return {
        "cases": {
            name: {
                "us_a_symbol": round(statistics.median(values) * 1e6, 2),
                "as_fast_as_talib": ratio("talib", name),
                "as_fast_as_pandas_ta": ratio("pandas_ta", name),
            }
            for name, values in spent.items()
        },
        "ratio_to_talib": ratio("talib", "votes_512"),
        "ratio_to_pandas_ta": ratio("pandas_ta", "votes_512"),
        "third_short_costs": ratio("votes_512_third_short", "votes_512"),
        "rate_third_short_costs": ratio("rate_512_third_short", "rate_512"),
        "bars_600_costs": ratio("rate_512_bars_600", "rate_512"),
        "history_costs": ratio("rate_512_history", "rate_512"),
        "floor": FLOOR,
        "goal": GOAL,
        "repetitions": len(spent["talib"]),
    }


def main(repeat: int) -> dict[str, object]:
    """On the last of the cores that this process may use."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return measure(repeat)


if __name__ == "__main__":
    command = parser(__doc__ or "")
    command.add_argument("--repeat", type=int, default=15, help="repetitions (15)")
    asked = command.parse_args()
    if asked.repeat < 1:
        command.error("--repeat must be at least 1")
    show(main(asked.repeat), as_json=asked.json)
