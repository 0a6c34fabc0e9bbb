"""Rate symbols: all columns that rows need and no request changes, the 26 votes, and the rating they make.

`rate` is the one door. A symbol's columns depend on its own bars alone, to the last bit: not on its
neighbours, its place, the rows above its first bar, nor on the number of BLAS threads. (Another machine
or another BLAS may round another way: in the last bits of averages, not in votes.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from technic.scanner.aligned import AlignedBars
from technic.scanner.channels import ichimoku_readings, stochastic_readings, stochastic_rsi_readings
from technic.scanner.columns import Columns
from technic.scanner.features import price_readings, relative_readings, volume_readings
from technic.scanner.linear import Lines, ema, hull9, macd, macd_signal, sma
from technic.scanner.oscillators import oscillator_readings
from technic.scanner.ranges import range_readings
from technic.scanner.scratch import Scratch, scratch_for
from technic.scanner.tally import tally
from technic.scanner.tiles import Tile, lags, tiles
from technic.scanner.tolerance import Readings
from technic.scanner.units import CROSSING_DEPTH, CROSSING_FIELDS, Floats
from technic.scanner.votes import VOTES, Votes, cast
from technic.scanner.wilder import WilderMeans, wilder_means

COLUMNS = (
    "as_of", "bars", "close", "volume", "change_pct", "gap_pct", "relative_volume", "dollar_volume",
    "tech_rating", "signal", "moving_average_rating", "oscillator_rating",
    "rating_numerator", "rating_denominator", "moving_average_numerator", "moving_average_denominator",
    "oscillator_numerator", "oscillator_denominator",
    "sma10", "sma20", "sma30", "sma50", "sma100", "sma150", "sma200",
    "ema10", "ema20", "ema30", "ema50", "ema100", "ema200", "hma9", "vwma20",
    "tenkan", "kijun", "span_a", "span_b", "rsi", "stoch_k", "stoch_d", "cci", "cci_hlc3",
    "plus_di", "minus_di", "adx", "ao", "momentum", "macd", "macd_signal", "stoch_rsi_k", "stoch_rsi_d",
    "williams_r", "bull_power", "bear_power", "uo", "atr", "atr_pct", "volatility",
    "sma20_distance_pct", "sma50_distance_pct", "sma200_distance_pct", "sma200_change_1m_pct",
    "high_10d", "low_10d", "high_20d_prior", "range_30d_pct", "high_52w_distance_pct", "low_52w_distance_pct",
    "new_high_52w", "new_low_52w", "nr7", "perf_1w", "perf_1m", "perf_3m", "perf_6m", "perf_1y",
)  # fmt: skip
"""Every column of `Rated`, in order."""

_PERIODS = (10, 20, 30, 50, 100, 200)
_NOW = Lines(
    "now",
    [
        *(sma(f"sma{period}", period) for period in (*_PERIODS, 150)),
        sma("sma200_month_ago", 200, lag=21),
        hull9("hma9"),
        *(ema(f"ema{period}", period) for period in (*_PERIODS, 13)),
        macd("macd"),
        macd_signal("macd_signal"),
    ],
)
_CROSSED = ("sma20", "sma50", "sma150", "sma200", "ema20", "ema50", "ema200", "macd", "macd_signal")
_BEFORE = Lines("before", [line for line in _NOW.lines if line.name in _CROSSED], range(1, CROSSING_DEPTH))


@dataclass(frozen=True, slots=True)
class Rated:
    """What there is to say of n symbols.

    Attributes:
        columns: COLUMNS, each of n float64, finite or NaN where missing. `as_of` is a day number (since
            1970-01-01), `signal` a code into `tally.SIGNALS`, flags are 0 or 1; all of these are exact.
        votes: int8, 26 x n, in the order of `votes.VOTES`: +1, -1, 0 and ABSENT.
        history: float64, CROSSING_FIELDS x CROSSING_DEPTH x n, newest first; None unless asked for.
    """

    columns: Columns
    votes: Votes
    history: Floats | None


def rate(bars: AlignedBars, *, history: bool = False) -> Rated:
    """Rate all symbols of a block in one pass.

    Any thread may call it: each has its own working memory. Holds the interpreter for the length of single
    numpy calls only. About 5 microseconds a symbol at 300 bars.

    Args:
        bars: Clean bars, right-aligned.
        history: Whether the past values of the crossing fields are wanted too.
    """
    symbols = bars.counts.size
    table = np.empty((len(COLUMNS), symbols))
    votes = np.empty((len(VOTES), symbols), dtype=np.int8)
    past = np.empty((len(CROSSING_FIELDS), CROSSING_DEPTH, symbols)) if history else None
    with np.errstate(all="ignore"):  # missing values are NaN on their way; none leaves as infinity
        for columns, tile in tiles(bars):
            scratch = scratch_for(tile.width)
            wilder = wilder_means(tile, scratch)
            readings = indicator_readings(tile, wilder, scratch)
            votes[:, columns] = cast(readings)
            readings |= tally(votes[:, columns]) | _row_readings(tile, readings, scratch)
            readings["as_of"] = bars.dates_last[columns].astype(float)
            for row, name in enumerate(COLUMNS):
                table[row, columns] = readings[name]
            if past is not None:
                past[..., columns] = _past(tile, wilder, readings, scratch)
    np.copyto(table, np.nan, where=~np.isfinite(table))
    return Rated(Columns(COLUMNS, table), votes, past)


def indicator_readings(tile: Tile, wilder: WilderMeans, scratch: Scratch) -> Readings:
    """All that a vote looks at; some of it holds only until this thread goes on to another tile."""
    lines = _NOW.of(tile, scratch)[0]
    readings = {line.name: values for line, values in zip(_NOW.lines, lines, strict=True)}
    readings |= {
        "close": tile.close[-1],
        "rsi": wilder.rsi[0],
        "rsi_before": wilder.rsi[1],
        "plus_di": wilder.plus_di,
        "minus_di": wilder.minus_di,
        "adx": wilder.adx,
        "adx_before": wilder.adx_before,
        "atr": wilder.atr,
    }
    readings |= ichimoku_readings(tile) | stochastic_readings(tile) | stochastic_rsi_readings(wilder.rsi)
    readings |= oscillator_readings(tile, scratch) | volume_readings(tile, scratch)
    return readings | _elder(tile, readings["ema13"])


def _row_readings(tile: Tile, readings: Readings, scratch: Scratch) -> Readings:
    """What a row holds beside indicators and votes."""
    values = price_readings(tile, scratch) | range_readings(tile)
    return values | relative_readings(readings | values)


def _elder(tile: Tile, mean: Floats) -> Readings:
    """Bull and Bear Power 13 for two bars; EMA 13 takes 1/7 of a close, which gives that of one bar ago."""
    mean_before = tile.given(14, (7 * mean - tile.close[-1]) / 6)
    return {
        "bull_power": tile.high[-1] - mean,
        "bear_power": tile.low[-1] - mean,
        "bull_power_before": tile.high[-2] - mean_before,
        "bear_power_before": tile.low[-2] - mean_before,
    }


def _past(tile: Tile, wilder: WilderMeans, readings: Readings, scratch: Scratch) -> Floats:
    """The crossing fields by lag: their newest values are those of the columns, bit for bit."""
    past = np.empty((len(CROSSING_FIELDS), CROSSING_DEPTH, tile.width))
    for name, values in zip(CROSSING_FIELDS, past, strict=True):
        values[0] = readings[name]
    before = _BEFORE.of(tile, scratch)
    for row, line in enumerate(_BEFORE.lines):
        past[CROSSING_FIELDS.index(line.name), 1:] = before[:, row]
    past[CROSSING_FIELDS.index("rsi")] = wilder.rsi
    closes = lags(tile.close, 0, CROSSING_DEPTH)[::-1]
    past[CROSSING_FIELDS.index("close")] = np.where(closes > 0, closes, np.nan)
    return past
