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
from technic.scanner.movements import (
    CHANGE,
    DECAY,
    DX,
    LEAST,
    PERIOD,
    SIZE,
    TERMS,
    TRUE_RANGE,
    Starts,
    directional,
    starts_of,
    true_range,
)
from technic.scanner.scratch import Scratch
from technic.scanner.tiles import SLAB, Tile
from technic.scanner.tolerance import unless
from technic.scanner.units import CROSSING_DEPTH, Floats

_POWERS = np.append(DECAY ** np.arange(1024.0), 0.0)  # the last stands for all that follow
_LAGS = np.arange(CROSSING_DEPTH)[:, None]
_GROWTH = DECAY ** -_LAGS.astype(float)
_ANCHORS = np.array([0, 1, SLAB, SLAB])  # the lag that each term is summed up to


def _weigh_slab(anchors: Floats) -> Floats:
    """Weights on a slab's rows as seen from the anchors: TERMS x 1 x 1 x SLAB; 0 on rows that are newer."""
    age = np.arange(SLAB - 1, -1, -1) - anchors[:, None]
    return np.where(age < 0, 0.0, DECAY ** np.maximum(age, 0.0))[:, None, None]


_WEIGHTS = _weigh_slab(np.zeros(TERMS))
_WEIGHTS_NEWEST = _weigh_slab(_ANCHORS.astype(float))
_CARRIED = np.full((TERMS, 1, 1), DECAY**SLAB)
_CARRIED_NEWEST = (DECAY ** (SLAB - _ANCHORS))[:, None, None]
_ROW_WEIGHTS = _WEIGHTS[0, 0, 0][:, None]
_RECENT_WEIGHTS = _weigh_slab(_LAGS[:, 0].astype(float))[:, 0, 0]


@dataclass(frozen=True, slots=True)
class WilderMeans:
    """What Wilder's means say of each symbol; NaN where the bars do not reach.

    Attributes:
        rsi: CROSSING_DEPTH x width, newest first; 50 where no close ever changed.
        plus_di: Width, of the newest bar, as all that follow; missing without any true range.
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
class _Slab:
    """A slab at work: scratch arrays that hold the newest slab when the walk has ended."""

    high: Floats  # 1 + SLAB x padded, with the bar before the slab's first; and so are the next two
    low: Floats
    close: Floats
    terms: Floats  # TERMS x SLAB x padded
    lean: Floats  # SLAB x padded: signed directional movement, then its running sum
    size: Floats  # SLAB x padded: size of directional movement, then its running sum
    weights: Floats  # SLAB x padded: of a row as seen from the newest
    total: Floats  # TERMS x 1 x padded: the weighted sums of the terms so far


def wilder_means(tile: Tile, scratch: Scratch) -> WilderMeans:
    """All of them, for all symbols of a tile, in fresh arrays. Call it with numpy's warnings off."""
    slab = _Slab(
        high=scratch.take("high rows", SLAB + 1),
        low=scratch.take("low rows", SLAB + 1),
        close=scratch.take("close rows", SLAB + 1),
        terms=scratch.take("terms", TERMS, SLAB),
        lean=scratch.take("lean", SLAB),
        size=scratch.take("size", SLAB),
        weights=scratch.spread("row weights", _ROW_WEIGHTS),
        total=scratch.take("sums", TERMS, 1),
    )
    starts = starts_of(tile, scratch)
    _walk(tile, starts, slab, scratch)
    return _read(tile, starts, slab, scratch)


def _walk(tile: Tile, starts: Starts, slab: _Slab, scratch: Scratch) -> None:
    """Go through all slabs, oldest first, and add up the terms to their anchors."""
    part, pairs = scratch.take("sums part", TERMS, 1), list(zip(slab.lean, slab.size, strict=True))
    terms, part_by_lane = scratch.by_lane(slab.terms), scratch.by_lane(part)
    for zero in (slab.total, slab.lean[-1], slab.size[-1]):
        zero.fill(0.0)
    for at in range(tile.slabs - 1, -1, -1):
        past = tile.rows - at * SLAB
        top = max(tile.base + 1 - (past - SLAB), 0)  # rows of the slab above the first change of all
        lean, size = slab.lean[-1] * DECAY**SLAB, np.maximum(slab.size[-1] * DECAY**SLAB, LEAST)
        _fill(tile, past, top, slab)
        _begin(tile, past - SLAB, starts, slab)
        _add_up(pairs[top:], lean, size)
        dx = slab.terms[DX, top:]
        np.divide(slab.lean[top:], slab.size[top:], out=dx)
        np.abs(dx, out=dx)
        np.multiply(slab.total, _CARRIED if at else _CARRIED_NEWEST, out=slab.total)
        np.matmul(_WEIGHTS if at else _WEIGHTS_NEWEST, terms, out=part_by_lane)
        np.add(slab.total, part, out=slab.total)


def _fill(tile: Tile, past: int, top: int, slab: _Slab) -> None:
    """Write true ranges, changes and weighted movements from row `top` of the slab on, 0 above."""
    rows = 1 + SLAB - top
    high = tile.rows_until(past, tile.high, slab.high[:rows])
    low = tile.rows_until(past, tile.low, slab.low[:rows])
    close = tile.rows_until(past, tile.close, slab.close[:rows])
    slab.terms[:, :top] = 0.0
    terms, lean, size = slab.terms[:, top:], slab.lean[top:], slab.size[top:]
    directional(high, low, size, lean, terms[SIZE])
    np.multiply(size, slab.weights[top:], out=size)
    np.copysign(size, lean, out=lean)
    true_range(high[1:], low[1:], close[:-1], terms[TRUE_RANGE], terms[SIZE])
    np.subtract(close[1:], close[:-1], out=terms[CHANGE])
    np.abs(terms[CHANGE], out=terms[SIZE])


def _begin(tile: Tile, first: int, starts: Starts, slab: _Slab) -> None:
    """See to the starts in a slab whose first row is row `first` of the tile.

    There is no directional sum before a symbol's 14th change: with it, all 14 arrive.
    """
    arrival = tile.base + PERIOD - first
    if arrival >= 0:
        for sums, arriving in ((slab.lean, starts.lean), (slab.size, starts.size)):
            sums[:arrival] = 0.0
            if arrival < SLAB:
                np.multiply(arriving, _ROW_WEIGHTS[arrival] * starts.early, out=sums[arrival])
    if tile.late.size:
        _begin_late(tile, first, starts, slab)


def _begin_late(tile: Tile, first: int, starts: Starts, slab: _Slab) -> None:
    """The same for symbols that start late; and no change from the empty row above their first bar."""
    begin = tile.starts[tile.late] - first
    here = (begin < SLAB) & (begin + PERIOD >= 0)
    begin, late = begin[here], tile.late[here]
    new = begin >= 0
    slab.terms[:, begin[new], late[new]] = 0.0
    rows = begin + np.arange(PERIOD)[:, None]
    quiet = (rows >= 0) & (rows < SLAB)
    rows, columns = rows[quiet], np.broadcast_to(late, rows.shape)[quiet]
    arrives = begin + PERIOD < SLAB
    arrival, late = begin[arrives] + PERIOD, late[arrives]
    for sums, arriving in ((slab.lean, starts.lean), (slab.size, starts.size)):
        sums[rows, columns] = 0.0
        sums[arrival, late] = arriving[late] * _ROW_WEIGHTS[arrival, 0]


def _add_up(pairs: list[tuple[Floats, Floats]], lean: Floats, size: Floats) -> None:
    """Turn movements, row by row, into their running sums, from what the slab before has carried over."""
    add = np.add
    for own_lean, own_size in pairs:
        add(own_lean, lean, own_lean)
        add(own_size, size, own_size)
        lean, size = own_lean, own_size


def _power(exponents: Counts) -> Floats:
    """DECAY to these powers; 0 from 1024 on, 1 below 0."""
    powers: Floats = _POWERS.take(np.clip(exponents, 0, len(_POWERS) - 1))
    return powers


def _read(tile: Tile, starts: Starts, slab: _Slab, scratch: Scratch) -> WilderMeans:
    """The indicators, from the sums that the walk ended with."""
    width, lag = tile.width, starts.lag
    fade, owed, total = _power(lag), starts.owed[:, :width], slab.total[:, 0, :width]
    ranges = unless(lag < 0, total[TRUE_RANGE] + fade * owed[TRUE_RANGE])
    lean, size = slab.lean[-1, :width], slab.size[-1, :width]
    share = np.where(ranges > 0, 50 / ranges, np.nan)
    last = lag - (PERIOD - 1)  # lag of the 14th DX
    adx_owed, still = _power(last) * owed[DX], np.isnan(share)
    adx = total[DX] * DECAY + slab.terms[DX, -1, :width] + adx_owed
    adx_before = total[DX] + adx_owed / DECAY
    return WilderMeans(
        rsi=_relative_strength(starts, fade, slab, scratch),
        plus_di=share * (size + lean),
        minus_di=share * (size - lean),
        adx=unless((last < 0) | still, adx * (100 / PERIOD)),
        adx_before=unless((last < 1) | still, adx_before * (100 / PERIOD)),
        atr=ranges / PERIOD,
    )


def _relative_strength(starts: Starts, fade: Floats, slab: _Slab, scratch: Scratch) -> Floats:
    """RSI = 50 + 50 * (gains - losses)/(gains + losses): CROSSING_DEPTH x width, newest first."""
    width, sums = len(fade), scratch.take("changes", 2, CROSSING_DEPTH)
    np.matmul(_RECENT_WEIGHTS, scratch.by_lane(slab.terms[CHANGE:]), out=scratch.by_lane(sums))
    older = slab.total[CHANGE:] * DECAY**SLAB
    older[:, 0, :width] += fade * starts.owed[CHANGE:, :width]
    np.add(sums, older * _GROWTH, out=sums)
    rsi: Floats = sums[0] / np.maximum(sums[1], LEAST)
    np.multiply(rsi, 50.0, out=rsi)
    np.add(rsi, 50.0, out=rsi)
    return unless(starts.lag < _LAGS, rsi[:, :width])
