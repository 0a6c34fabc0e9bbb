"""What Wilder's means are taken of, and how they start: the rows' movements, and each symbol's first 28 bars.

J. Welles Wilder, New Concepts in Technical Trading Systems, 1978.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from technic.scanner.aligned import Counts
from technic.scanner.scratch import Scratch
from technic.scanner.tiles import Tile
from technic.scanner.units import Floats

PERIOD = 14
DECAY = 1 - 1 / PERIOD

TERMS = 4
TRUE_RANGE, DX, CHANGE, SIZE = range(TERMS)
"""What is averaged: the true range, DX / 100, the change of the close, and the size of that change."""

LEAST = 1e-290
"""Stands in for a sum of movements that is 0, so that 0/0 is 0."""

_HEAD = 2 * PERIOD  # bars until the 14th DX: one without a change, 13 changes, 14 values of DX
_ROWS = np.arange(_HEAD - 1)
_SEED = np.where(_ROWS < PERIOD, 1 - DECAY ** np.maximum(PERIOD - 1.0 - _ROWS, 0), 0.0)[None]


def _first_sums() -> Floats:
    """Weights that make the first 14 directional sums of the first 27 movements."""
    age = np.arange(PERIOD)[:, None] - np.maximum(_ROWS - (PERIOD - 1.0), 0)
    return np.where(age < 0, 0.0, DECAY ** np.maximum(age, 0))


_FIRST_SUMS = _first_sums()


@dataclass(frozen=True, slots=True)
class Starts:
    """How the means of each symbol start.

    Attributes:
        owed: TERMS x padded: what the seed adds to the plain weighted sum, at its 14th value.
        lean: Padded: the sum of the first 14 directional movements, signed.
        size: Padded: the sum of their sizes.
        early: Padded: 1 for the symbols that have the most bars, 0 for the others.
        lag: Width: of the bar with the 14th change; negative where there is none.
    """

    owed: Floats
    lean: Floats
    size: Floats
    early: Floats
    lag: Counts


def true_range(high: Floats, low: Floats, before: Floats, out: Floats, spare: Floats) -> None:
    """max(h, c[1]) - min(l, c[1])."""
    np.maximum(high, before, out=out)
    np.minimum(low, before, out=spare)
    np.subtract(out, spare, out=out)


def directional(high: Floats, low: Floats, size: Floats, lean: Floats, spare: Floats) -> None:
    """Directional movement from each row to the next: its size, and in `lean` a number with its sign.

    Up where the high rose by more than the low fell, down where it is the other way round, none on a tie.
    """
    np.subtract(high[1:], high[:-1], out=lean)
    np.subtract(low[:-1], low[1:], out=spare)
    np.maximum(lean, spare, out=size)
    np.maximum(size, 0.0, out=size)
    np.subtract(lean, spare, out=lean)
    np.copyto(size, 0.0, where=lean == 0.0)


def starts_of(tile: Tile, scratch: Scratch) -> Starts:
    """The starts of all means, from each symbol's own first bars."""
    high = tile.first_bars(tile.high, scratch.take("first high", _HEAD))
    low = tile.first_bars(tile.low, scratch.take("first low", _HEAD))
    close = tile.first_bars(tile.close, scratch.take("first close", _HEAD))
    terms = scratch.take("first terms", TERMS, _HEAD - 1)
    moves = scratch.take("first moves", 2, _HEAD - 1)
    directional(high, low, moves[1], moves[0], terms[DX])
    np.copysign(moves[1], moves[0], out=moves[0])
    true_range(high[1:], low[1:], close[:-1], terms[TRUE_RANGE], terms[DX])
    np.subtract(close[1:], close[:-1], out=terms[CHANGE])
    np.abs(terms[CHANGE], out=terms[SIZE])
    sums, owed = scratch.take("first sums", 2, PERIOD), scratch.take("owed", TERMS, 1)
    np.matmul(_FIRST_SUMS, scratch.by_lane(moves), out=scratch.by_lane(sums))
    dx = terms[DX, :PERIOD]
    np.divide(sums[0], np.maximum(sums[1], LEAST), out=dx)
    np.abs(dx, out=dx)
    np.matmul(_SEED, scratch.by_lane(terms), out=scratch.by_lane(owed))
    early = np.zeros(scratch.padded)
    early[: tile.width] = tile.starts == tile.base
    return Starts(owed[:, 0], sums[0, 0], sums[1, 0], early, tile.counts - (PERIOD + 1))
