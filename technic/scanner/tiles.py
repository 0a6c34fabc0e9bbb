"""The tiles that symbols are rated in, and the slabs and lanes that fix the shape of every sum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from technic.scanner.aligned import FIELDS, AlignedBars, Counts
from technic.scanner.units import Floats

SLAB = 64
"""Bars in a slab: slab s holds the lags 64 s .. 64 s + 63 of every symbol, however long the longest is."""

LANE = 64
"""Symbols in one matrix product. Products are always slab x lane, so that no bit depends on a neighbour."""

TILE = 512
"""Most symbols in one tile: what one core's second cache holds of a slab with its intermediate results."""

LEAST_ROWS = 256
"""Rows that a tile has at least, so that every window (252 bars at most) may be cut without asking."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Some neighbouring symbols of AlignedBars, as views: at least LEAST_ROWS rows, at most TILE columns.

    Attributes:
        open: float64, rows x width, and so are the other four.
        counts: int64, width.
        starts: int64, width: the row of each symbol's first bar.
        base: The row of the first bar of those that have the most.
        late: int64: the columns that start below it.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    counts: Counts
    starts: Counts
    base: int
    late: Counts

    @property
    def rows(self) -> int:
        """How many rows there are, those before the first bars included."""
        return len(self.close)

    @property
    def width(self) -> int:
        """How many symbols there are."""
        return len(self.counts)

    @property
    def slabs(self) -> int:
        """How many slabs the bars reach into."""
        return -((self.base - self.rows) // SLAB)

    def given(self, bars: Floats | Counts | int, values: Floats) -> Floats:
        """The same array (... x width), NaN for symbols with fewer bars than that."""
        values[self.counts < bars] = np.nan
        return values

    def rows_until(self, past: int, field: Floats, out: Floats) -> Floats:
        """The rows of a field that end before row `past`, as many as `out` has, 0 above row 0.

        Either as they are, where they are as wide as `out` and in one piece, or copied into it.
        """
        own = field[max(past - len(out), 0) : past]
        if own.shape == out.shape and own.flags.c_contiguous:
            return own
        empty = len(out) - len(own)
        out[:empty] = 0.0
        out[empty:, : self.width] = own
        return out

    def first_bars(self, field: Floats, out: Floats) -> Floats:
        """The oldest bars of all symbols, each from its own first on: k x at least width, in `out` or not.

        What stands below a symbol's last bar is unspecified: whoever reads on has its `counts`.
        """
        rows = self.early_bars(field, out)
        if self.late.size:
            if rows is not out:
                out[:] = rows
            out[:, self.late] = self.late_bars(field, len(out))
            rows = out
        return rows

    def early_bars(self, field: Floats, out: Floats) -> Floats:
        """The same, for those symbols only that have the most bars."""
        past = self.base + len(out)
        if past <= self.rows:
            return self.rows_until(past, field, out)
        own = field[self.base :]
        out[: len(own), : self.width] = own
        return out

    def late_bars(self, field: Floats, bars: int) -> Floats:
        """The oldest bars of those symbols that start late, each from its own first on: bars x late."""
        rows = np.minimum(self.starts[self.late] + np.arange(bars)[:, None], self.rows - 1)
        bars_of_late: Floats = field[rows, self.late]
        return bars_of_late


def lags(field: Floats, first: int, past: int) -> Floats:
    """The rows of the lags first .. past - 1 of a field, oldest first, as a view."""
    rows = len(field)
    return field[rows - past : rows - first]


def tiles(bars: AlignedBars) -> Iterator[tuple[slice, Tile]]:
    """Cut the symbols into tiles.

    Yields:
        The columns that the tile stands for, and the tile.
    """
    open_, high, low, close, volume = (_at_least(getattr(bars, name), LEAST_ROWS) for name in FIELDS)
    for left in range(0, len(bars.counts), TILE):
        columns = slice(left, left + TILE)
        starts = len(close) - bars.counts[columns]
        base = int(starts.min())
        tile = Tile(
            open=open_[:, columns],
            high=high[:, columns],
            low=low[:, columns],
            close=close[:, columns],
            volume=volume[:, columns],
            counts=bars.counts[columns],
            starts=starts,
            base=base,
            late=np.flatnonzero(starts > base),
        )
        yield columns, tile


def _at_least(field: Floats, rows: int) -> Floats:
    """The field itself, or a copy with rows of 0 on top where it is shorter."""
    missing = rows - field.shape[0]
    return field if missing <= 0 else np.pad(field, ((missing, 0), (0, 0)))
