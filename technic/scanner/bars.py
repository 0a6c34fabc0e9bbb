"""What counts as a good bar: rows that cannot be used are dropped or mended, and counted.

Good bars are daily, ascending, of unique dates, with positive prices and low <= open, close <= high. Real
files break each of these; a symbol says in its warnings how often it did.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from technic.errors import Failure, InsufficientHistory
from technic.scanner.sources.base import SymbolBars
from technic.scanner.units import Floats

MINIMUM_BARS = 20
"""With fewer good bars a symbol is not rated."""

OPEN, HIGH, LOW, CLOSE, VOLUME = range(5)
"""The rows of `values`, here and wherever five rows stand for a symbol's bars."""

_FIRST_DAY, _LAST_DAY = -700_000, 2_900_000
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class GoodBars:
    """The bars of one symbol after validation.

    Attributes:
        symbol: Whose.
        days: int32, n days since 1970-01-01, ascending, unique.
        values: float64, 5 x n: open, high, low, close, volume; finite, prices positive, volume not negative.
        warnings: What was dropped or mended, one sentence each.
    """

    symbol: str
    days: npt.NDArray[np.int32]
    values: Floats
    warnings: tuple[str, ...]


def validate(bars: SymbolBars, latest: date | None = None) -> GoodBars | Failure:
    """The good bars of a symbol, or why there are too few.

    In this order: rows without a date or a usable price are dropped, then those after the latest day, of
    rows with one date the last is kept, high and low are widened to contain open and close, and a volume
    that is missing becomes 0.

    Args:
        bars: As the source gives them.
        latest: The last day that a bar can be of; None where the source's bars may be of any day.
    """
    days, values = _usable(bars)
    unusable = len(bars.dates) - len(days)
    future = len(days)
    days, values = _up_to(latest, days, values)
    future -= len(days)
    days, values = _ascending(days, values)
    repeated = len(days)
    days, values = _last_of_each_day(days, values)
    repeated -= len(days)
    values, widened = _mended(values)
    if len(days) < MINIMUM_BARS:
        return insufficient_history(bars.symbol, len(days), until=str(latest) if future else "")
    warnings = _sentences(
        (unusable, "Dropped {} without a date or with a missing or non-positive price."),
        (future, f"Dropped {{}} dated after {latest}, which is still to come."),
        (repeated, "Dropped {} whose date came again later."),
        (widened, "Widened the high or low of {} to contain open and close."),
    )
    return GoodBars(bars.symbol, days, values, warnings)


def insufficient_history(symbol: str, count: int, *, until: str = "") -> Failure:
    """A symbol has too few good bars; `until` says up to which day they were counted, if not to the last."""
    there = f"{count} good bar{'' if count == 1 else 's'}" if count else "no good bar"
    reach = f" up to {until}" if until else ""
    detail = f"{symbol} has {there}{reach}; a rating needs {MINIMUM_BARS}"
    return InsufficientHistory(detail, affected_symbols=(symbol,), bars=count).failure()


def _usable(bars: SymbolBars) -> tuple[npt.NDArray[np.int32], Floats]:
    """The rows that have a date, and prices that are positive numbers."""
    prices = bars.values[:VOLUME]
    with np.errstate(invalid="ignore"):
        priced = ((prices > 0.0) & (prices < np.inf)).all(axis=0)
    dates = bars.dates.astype("datetime64[D]").astype(np.int64)
    good = priced & (dates >= _FIRST_DAY) & (dates <= _LAST_DAY)
    if good.all():
        return dates.astype(np.int32), bars.values
    return dates[good].astype(np.int32), bars.values[:, good]


def _up_to(
    latest: date | None, days: npt.NDArray[np.int32], values: Floats
) -> tuple[npt.NDArray[np.int32], Floats]:
    """The rows that are not of a later day."""
    if latest is None:
        return days, values
    come = days <= latest.toordinal() - _EPOCH
    return (days, values) if come.all() else (days[come], values[:, come])


def _ascending(days: npt.NDArray[np.int32], values: Floats) -> tuple[npt.NDArray[np.int32], Floats]:
    """By date; rows of one date keep their order."""
    if (days[1:] >= days[:-1]).all():
        return days, values
    order = np.argsort(days, kind="stable")
    return days[order], values[:, order]


def _last_of_each_day(days: npt.NDArray[np.int32], values: Floats) -> tuple[npt.NDArray[np.int32], Floats]:
    """Of several rows with one date the last."""
    last = np.append(days[1:] != days[:-1], True) if len(days) else np.empty(0, dtype=np.bool_)
    return (days, values) if last.all() else (days[last], values[:, last])


def _mended(values: Floats) -> tuple[Floats, int]:
    """High and low contain open and close, a missing volume is 0; and how many rows were widened."""
    top = np.maximum(values[OPEN], values[CLOSE])
    bottom = np.minimum(values[OPEN], values[CLOSE])
    wrong = (values[HIGH] < top) | (values[LOW] > bottom)
    with np.errstate(invalid="ignore"):
        counted = (values[VOLUME] >= 0.0) & (values[VOLUME] < np.inf)
    if not wrong.any() and counted.all():
        return values, 0
    mended = values.copy()
    np.maximum(values[HIGH], top, out=mended[HIGH])
    np.minimum(values[LOW], bottom, out=mended[LOW])
    mended[VOLUME][~counted] = 0.0
    return mended, int(wrong.sum())


def _sentences(*sentences: tuple[int, str]) -> tuple[str, ...]:
    """What was done to how many rows, for people."""
    return tuple(
        sentence.format(f"{count} row{'' if count == 1 else 's'}") for count, sentence in sentences if count
    )
