"""Highest and lowest of many rows, for all windows that are asked for at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from technic.scanner.tiles import lags
from technic.scanner.units import Floats


def stretches(extreme: np.ufunc, field: Floats, bounds: tuple[int, ...]) -> Floats:
    """The extreme of the lags between each two of the bounds: len(bounds) - 1 x width."""
    found = np.empty((len(bounds) - 1, field.shape[1]))
    for out, (first, past) in zip(found, pairwise(bounds), strict=True):
        extreme.reduce(lags(field, first, past), axis=0, out=out)
    return found


def running(extreme: np.ufunc, rows: Floats) -> Floats:
    """The extreme of each row and all before it, in place: `accumulate` takes four times as long."""
    for before, row in pairwise(rows):
        extreme(before, row, out=row)
    return rows


def rolling(extreme: np.ufunc, rows: Floats, window: int) -> Floats:
    """The extreme of each `window` rows that follow one another, by windows of 2, 4, 8 and then two."""
    span = 1
    while 2 * span <= window:
        rows = extreme(rows[:-span], rows[span:])
        span *= 2
    rest = window - span
    return extreme(rows[:-rest], rows[rest:]) if rest else rows
