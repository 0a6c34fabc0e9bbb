"""Wilder's means: RSI, the directional indicators and the average true range (Wilder, New Concepts, 1978).

A Wilder mean is seeded with the plain mean of its first 14 values and then takes 13/14 of itself and 1/14 of
the next. Times 14, with b = 13/14 and x by lag, that is U = sum of b^k x[k] over all values + b^m * R, where
the 14th value lies m bars back and R = sum of (1 - b^(13-i)) x_i over the first 14, oldest first: a plain
weighted sum, and a fade that is each symbol's own. Ratios of such sums are the indicators; the 14s cancel.

Only DX needs a directional sum at every bar. Two sums serve it, that of the signed directional movement and
that of its size: the one by the other is (+DI - -DI)/(+DI + -DI).

The bars are walked slab by slab, oldest first. Within a slab everything is weighted as seen from its newest
bar, so that nothing grows or vanishes however many bars there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from technic.scanner.aligned import Counts
from technic.scanner.scratch import Scratch
from technic.scanner.tiles import SLAB, Tile
from technic.scanner.tolerance import unless
from technic.scanner.units import CROSSING_DEPTH, Floats

PERIOD = 14
DECAY = 1 - 1 / PERIOD

_HEAD = 2 * PERIOD  # bars until the 14th DX: 1 without a change, 13 changes, 14 values of DX
_LEAST = 1e-290  # stands below a sum of movements that is 0, so that 0/0 is 0
_POWERS = np.append(DECAY ** np.arange(1024.0), 0.0)  # the last stands for all that follow
_SEED = 1 - DECAY ** np.arange(PERIOD - 1.0, -1.0, -1.0)[:, None]
_TRUE_RANGE, _DX, _CHANGE, _SIZE = range(4)
_ANCHORS = np.array([0, 1, CROSSING_DEPTH - 1, CROSSING_DEPTH - 1])  # the lag that each is summed up to
_LAGS = np.arange(SLAB - 1, -1, -1)  # of a slab's rows


def _weigh_slab(anchors: Floats) -> Floats:
    """Weights on a slab's rows as seen from the anchors: 4 x 1 x 1 x SLAB; 0 on rows that are newer."""
    age = _LAGS - anchors[:, None]
    return np.where(age < 0, 0.0, DECAY ** np.maximum(age, 0.0))[:, None, None]


_WEIGHTS = _weigh_slab(np.zeros(4))
_WEIGHTS_NEWEST = _weigh_slab(_ANCHORS.astype(float))
_CARRIED = np.full((4, 1, 1), DECAY**SLAB)
_CARRIED_NEWEST = (DECAY ** (SLAB - _ANCHORS))[:, None, None]


@dataclass(frozen=True, slots=True)
class WilderMeans:
    """What Wilder's means say of each symbol; NaN where the bars do not reach.

    Attributes:
        rsi: CROSSING_DEPTH x width, newest first; 50 where no close ever changed.
        plus_di: Of the newest bar, and so are the others.
        minus_di: Likewise.
        adx: Likewise.
        adx_before: ADX one bar ago.
        atr: The average true range, in the currency of the prices.
    """

    rsi: Floats
    plus_di: Floats
    minus_di: Floats
    adx: Floats
    adx_before: Floats
    atr: Floats


@dataclass(frozen=True, slots=True)
class _Seeds:
    """What each mean owes to its start (R above), by symbol, and the lag of the value that ends the start."""

    terms: Floats  # 4 x padded: true range, DX, change, size of change
    moves: Floats  # 2 x padded: signed directional movement, its size
    lag: Counts  # of the 14th change; negative where there is none


def wilder_means(tile: Tile, scratch: Scratch) -> WilderMeans:
    """All of them, for all symbols of a tile. The arrays are fresh."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        seeds = _seeds(tile, scratch)
        total = _walk(tile, seeds, scratch)
        return _read(tile, seeds, total, scratch)


def _true_range(high: Floats, low: Floats, before: Floats, out: Floats, spare: Floats) -> None:
    """max(h, c[1]) - min(l, c[1])."""
    np.maximum(high, before, out=out)
    np.minimum(low, before, out=spare)
    np.subtract(out, spare, out=out)


def _directional(high: Floats, low: Floats, lean: Floats, size: Floats) -> None:
    """Directional movement from one row to the next: its size, and in `lean` a number with its sign.

    Up where the high rose by more than the low fell, down where it is the other way round, none on a tie.
    """
    np.subtract(high[1:], high[:-1], out=lean)
    fell = low[:-1] - low[1:]
    np.maximum(lean, fell, out=size)
    np.maximum(size, 0.0, out=size)
    np.subtract(lean, fell, out=lean)
    np.copyto(size, 0.0, where=lean == 0.0)


def _seeds(tile: Tile, scratch: Scratch) -> _Seeds:
    """The starts of all means, from each symbol's own first bars."""
    high, low, close = (scratch.take(f"first {name}", _HEAD) for name in ("high", "low", "close"))
    for field, out in ((tile.high, high), (tile.low, low), (tile.close, close)):
        tile.first_bars(field, out)
    terms = scratch.take("seed terms", 4, _HEAD - 1)
    moves = scratch.take("seed moves", 2, _HEAD - 1)
    _true_range(high[1:], low[1:], close[:-1], terms[_TRUE_RANGE], terms[_DX])
    np.subtract(close[1:], close[:-1], out=terms[_CHANGE])
    np.abs(terms[_CHANGE], out=terms[_SIZE])
    _directional(high, low, moves[0], moves[1])
    np.copysign(moves[1], moves[0], out=moves[0])
    owed = (terms[:, :PERIOD] * _SEED).sum(axis=1)
    owed[_DX] = (_SEED * _first_dx(moves)).sum(axis=0)
    return _Seeds(owed, (moves[:, :PERIOD] * _SEED).sum(axis=1), tile.counts - (PERIOD + 1))


def _first_dx(moves: Floats) -> Floats:
    """The first 14 values of DX / 100: 14 x padded width."""
    total = moves[:, :PERIOD].sum(axis=1)
    values = [_ratio(total)]
    for row in range(PERIOD, 2 * PERIOD - 1):
        total = total * DECAY + moves[:, row]
        values.append(_ratio(total))
    return np.array(values)


def _ratio(total: Floats) -> Floats:
    ratio: Floats = np.abs(total[0] / np.maximum(total[1], _LEAST))
    return ratio


def _walk(tile: Tile, seeds: _Seeds, scratch: Scratch) -> Floats:
    """Go through all slabs: the weighted sums of the four terms up to their anchors, 4 x padded width.

    Leaves the newest slab's terms and directional sums in the scratch arrays.
    """
    terms, moves = scratch.take("terms", 4, SLAB), scratch.take("moves", 2, SLAB)
    part, total = scratch.take("terms part", 4, 1), scratch.take("terms total", 4, 1)
    total.fill(0.0)
    moves[:, -1] = 0.0
    for slab in range(tile.slabs - 1, -1, -1):
        carry = _carry(moves[:, -1], slab, seeds)
        _fill(tile, slab, terms, moves)
        _add_up(moves, carry)
        _average_directional(slab, seeds, terms[_DX], moves)
        total *= _CARRIED if slab else _CARRIED_NEWEST
        np.matmul(_WEIGHTS if slab else _WEIGHTS_NEWEST, scratch.by_lane(terms), out=scratch.by_lane(part))
        total += part
    return total[:, 0]


def _carry(last: Floats, slab: int, seeds: _Seeds) -> Floats:
    """The directional sums that a slab starts from, as seen from its newest bar."""
    carry = last * DECAY**SLAB
    begun = np.flatnonzero(seeds.lag // SLAB == slab)
    if begun.size:
        carry[:, begun] += _power(seeds.lag[begun] % SLAB) * seeds.moves[:, begun]
    np.maximum(carry[1], _LEAST, out=carry[1])
    return carry


def _fill(tile: Tile, slab: int, terms: Floats, moves: Floats) -> None:
    """Write a slab's true ranges, changes and weighted movements; 0 before a symbol's second bar."""
    past = tile.rows - slab * SLAB
    first = max(past - SLAB, 1)
    top, width = SLAB - (past - first), tile.width
    terms[:, :top] = 0.0
    moves[:, :top] = 0.0
    own, moved = terms[:, top:, :width], moves[:, top:, :width]
    before = tile.close[first - 1 : past - 1]
    _true_range(tile.high[first:past], tile.low[first:past], before, own[_TRUE_RANGE], own[_DX])
    np.subtract(tile.close[first:past], before, out=own[_CHANGE])
    _directional(tile.high[first - 1 : past], tile.low[first - 1 : past], moved[0], moved[1])
    if tile.ragged:
        begun = np.flatnonzero((tile.starts >= first) & (tile.starts < past))
        rows = tile.starts[begun] - first
        own[:, rows, begun] = 0.0
        moved[1, rows, begun] = 0.0
    np.abs(own[_CHANGE], out=own[_SIZE])
    moved[1] *= _WEIGHTS[0, 0, 0, top:, None]
    np.copysign(moved[1], moved[0], out=moved[0])


def _add_up(moves: Floats, carry: Floats) -> None:
    """Turn directional movements into their running sums."""
    before = carry
    for row in moves.swapaxes(0, 1):
        np.add(row, before, out=row)
        before = row


def _average_directional(slab: int, seeds: _Seeds, dx: Floats, moves: Floats) -> None:
    """DX / 100 of a slab's bars; 0 before the 14th change."""
    np.divide(moves[0], moves[1], out=dx)
    np.abs(dx, out=dx)
    if seeds.lag.min() < (slab + 1) * SLAB - 1:
        at = slab * SLAB + _LAGS[:, None]
        np.copyto(dx[:, : seeds.lag.size], 0.0, where=at > seeds.lag)


def _power(exponents: Counts) -> Floats:
    """DECAY to these powers; 0 from 1024 on, 1 below 0."""
    powers: Floats = _POWERS.take(np.clip(exponents, 0, 1024))
    return powers


def _read(tile: Tile, seeds: _Seeds, total: Floats, scratch: Scratch) -> WilderMeans:
    """The indicators, from the sums that the walk ended with."""
    width, lag = tile.width, seeds.lag
    terms, moves = scratch.take("terms", 4, SLAB), scratch.take("moves", 2, SLAB)
    owed = seeds.terms[:, :width]
    ranges = unless(lag < 0, total[_TRUE_RANGE, :width] + _power(lag) * owed[_TRUE_RANGE])
    ranges_or_none = np.where(ranges > 0, ranges, np.nan)
    lean, size = moves[:, -1, :width]
    last = lag - (PERIOD - 1)  # lag of the 14th DX
    before = total[_DX, :width]
    now = before * DECAY + terms[_DX, -1, :width] + _power(last) * owed[_DX]
    before = before + _power(last - 1) * owed[_DX]
    still = np.isnan(ranges_or_none)
    return WilderMeans(
        rsi=_relative_strength(total, terms, seeds, scratch)[:, :width],
        plus_di=50 * (size + lean) / ranges_or_none,
        minus_di=50 * (size - lean) / ranges_or_none,
        adx=unless((last < 0) | still, now * (100 / PERIOD)),
        adx_before=unless((last < 1) | still, before * (100 / PERIOD)),
        atr=ranges / PERIOD,
    )


def _relative_strength(total: Floats, terms: Floats, seeds: _Seeds, scratch: Scratch) -> Floats:
    """RSI = 50 + 50 * (gains - losses)/(gains + losses): CROSSING_DEPTH x padded width, newest first."""
    sums = scratch.take("changes", 2, CROSSING_DEPTH)
    sums[:, -1] = total[_CHANGE:]
    for lag in range(CROSSING_DEPTH - 2, -1, -1):
        sums[:, lag] = sums[:, lag + 1] * DECAY + terms[_CHANGE:, SLAB - 1 - lag]
    width = seeds.lag.size
    end = seeds.lag - np.arange(CROSSING_DEPTH)[:, None]
    whole = sums[:, :, :width] + _power(end) * seeds.terms[_CHANGE:, None, :width]
    rsi = 50 + 50 * np.where(whole[1] > 0, whole[0] / whole[1], 0.0)
    return unless(end < 0, rsi)
