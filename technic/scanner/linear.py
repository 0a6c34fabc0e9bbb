"""Everything that is linear in the closes, for all symbols of a tile, by matrix products of fixed shape.

An SMA is a sum of closes with fixed weights, and so is an EMA, but for its seed. Seeded with the mean of its
first n closes, an EMA with a = 2/(n+1), b = 1 - a is, for a symbol with m bars x[0] (newest) .. x[m-1],

    EMA = sum of a b^k x[k] over all its bars + b^(m-n) * (mean of the first n closes - that sum at the n-th),

that is: fixed weights by lag, plus a fade that depends on m alone times fixed weights on the oldest closes.
So the symbols of a tile go through the same two products wherever they start. MACD and its signal are
sums and convolutions of such lines.

A product's bits depend on its shape; all of them are (lines x SLAB) @ (SLAB x LANE), slabs anchored at
the newest bar and added from the oldest on. Slabs of zeros add exactly 0. They stay below the size at which
OpenBLAS starts threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from technic.scanner.aligned import Counts
from technic.scanner.scratch import Scratch
from technic.scanner.tiles import LANE, SLAB, Tile
from technic.scanner.units import Floats

HEAD = 200
"""How many of its oldest closes a line's seed may look at: those of EMA 200."""

_FADES = 4096  # b^(m-n) of EMA 200 is below 1e-16 long before so many bars
_UNTHREADED = 65536 * 4  # multiplications up to which OpenBLAS stays in one thread
_NEGLIGIBLE = 1e-60  # smaller weights are 0: subnormal products are slow and change nothing


@dataclass(frozen=True)
class Seed:
    """What a line owes to its start: `fade` by number of bars, times `weights` on the oldest closes."""

    weights: Floats
    fade: Floats


@dataclass(frozen=True)
class Line:
    """One linear function of a symbol's closes.

    Attributes:
        name: What it is called.
        reach: How many bars it needs.
        weights: From lags (0 = newest) to weights.
        seeds: What is added for the start; nothing for a plain window.
    """

    name: str
    reach: int
    weights: Callable[[Floats], Floats]
    seeds: tuple[Seed, ...] = ()


def window(name: str, weights: Sequence[float], lag: int = 0) -> Line:
    """A weighted window of closes: `weights` newest first, from `lag` on."""
    table = np.array(weights)

    def by_lag(lags: Floats) -> Floats:
        offset = lags.astype(np.int64) - lag
        inside = (offset >= 0) & (offset < len(table))
        return np.where(inside, table[np.clip(offset, 0, len(table) - 1)], 0.0)

    return Line(name, lag + len(table), by_lag)


def sma(name: str, period: int, lag: int = 0) -> Line:
    """The mean of the last closes."""
    return window(name, [1 / period] * period, lag)


def hull9(name: str) -> Line:
    """HMA 9 = WMA3(2 WMA4 - WMA9), in one window (Alan Hull, 2005; integer parts as in the specification)."""
    wma3, wma4, wma9 = (np.arange(n, 0, -1) / (n * (n + 1) / 2) for n in (3, 4, 9))
    raw = -wma9
    raw[:4] += 2 * wma4
    return window(name, list(np.convolve(wma3, raw)))


def ema(name: str, period: int) -> Line:
    """The exponential mean with a = 2/(period+1), seeded with the SMA of the first closes."""
    return Line(name, period, lambda lags: _tail(period, lags), (_ema_seed(period),))


def macd(name: str) -> Line:
    """EMA 12 - EMA 26 (Gerald Appel)."""
    slow = _ema_seed(26)
    seeds = (_ema_seed(12), Seed(-slow.weights, slow.fade))
    return Line(name, 26, lambda lags: _tail(12, lags) - _tail(26, lags), seeds)


def macd_signal(name: str) -> Line:
    """EMA 9 of MACD, seeded with the mean of its first nine values: those of bars 26 to 34."""
    return Line(name, 34, lambda lags: _smoothed(12, lags) - _smoothed(26, lags), _signal_seeds())


def _share(period: int) -> float:
    return 2 / (period + 1)


def _tail(period: int, lags: Floats) -> Floats:
    """Weights of an EMA without its seed; 0 at negative lags."""
    a = _share(period)
    return np.where(lags < 0, 0.0, a * (1 - a) ** np.maximum(lags, 0))


def _smoothed(period: int, lags: Floats) -> Floats:
    """Weights of an EMA 9 of an EMA, both without seeds: the convolution of two geometric series."""
    a, c = _share(9), _share(period)
    steps = np.maximum(lags, 0) + 1
    return np.where(lags < 0, 0.0, a * c * ((1 - c) ** steps - (1 - a) ** steps) / (a - c))


def _fade(period: int) -> Floats:
    """b^(m-n) by the number of bars m."""
    after = np.maximum(np.arange(_FADES + 1.0) - period, 0)
    fade: Floats = (1 - _share(period)) ** after
    return fade


def _ema_seed(period: int) -> Seed:
    """What the seed adds: the mean of the first n closes in place of the tail's sum over them."""
    weights = np.zeros(HEAD)
    weights[:period] = 1 / period - _tail(period, np.arange(period - 1.0, -1.0, -1.0))
    return Seed(weights, _fade(period))


def _signal_seeds() -> tuple[Seed, ...]:
    """The signal's own seed, and what those of the two EMAs have become in it."""
    at = np.subtract.outer(np.arange(34.0), np.arange(float(HEAD)))  # bar s of the first 34, oldest close i
    unseeded = _tail(12, at) - _tail(26, at)
    own = unseeded[25:].mean(axis=0) - _tail(9, np.arange(33.0, -1.0, -1.0)) @ unseeded
    fast, slow = _ema_seed(12), _ema_seed(26)
    return (
        Seed(own, (1 - _share(9)) ** np.maximum(np.arange(_FADES + 1.0) - 34, 0)),
        Seed(fast.weights, _fade_in_signal(12)),
        Seed(-slow.weights, _fade_in_signal(26)),
    )


def _fade_in_signal(period: int) -> Floats:
    """EMA 9, seeded as the signal is, of an EMA's fade, by the number of bars."""
    a, fade = _share(9), _fade(period)
    smoothed = np.zeros_like(fade)
    smoothed[34] = fade[26:35].mean()
    for bars in range(35, len(fade)):
        smoothed[bars] = (1 - a) * smoothed[bars - 1] + a * fade[bars]
    return smoothed


class Lines:
    """Lines that are computed together, at some lags.

    Args:
        name: Tells the scratch arrays of several such groups apart.
        lines: What to compute.
        lags: At which lags.

    Raises:
        ValueError: There are so many lines or seeds that BLAS would start threads for a product.
    """

    def __init__(self, name: str, lines: Sequence[Line], lags: Sequence[int] = (0,)) -> None:
        self.name = name
        self.lines = tuple(lines)
        self.lags = tuple(lags)
        self._reach = np.array([line.reach for line in lines])
        self._seeded = [row for row, line in enumerate(lines) for _ in line.seeds]
        seeds = [seed for line in lines for seed in line.seeds]
        if LANE * max(len(lines) * SLAB, len(seeds) * HEAD) > _UNTHREADED:
            raise ValueError(f"{len(lines)} lines with {len(seeds)} seeds are too many for one product")
        self._heads = np.array([seed.weights for seed in seeds])
        self._fades = np.array([seed.fade for seed in seeds])
        self._slab_weights = lru_cache(maxsize=256)(self._weigh_slab)

    def of(self, tile: Tile, scratch: Scratch) -> Floats:
        """All lines of all symbols: lags x lines x width, NaN where the bars do not reach."""
        values = self._tails(tile, scratch)[..., : tile.width]
        heads = self._seed_values(tile, scratch)[:, : tile.width]
        for at, lag in enumerate(self.lags):
            bars = tile.counts - lag
            self._add_seeds(values[at], heads, bars)
            values[at][bars < self._reach[:, None]] = np.nan
        return values

    def _tails(self, tile: Tile, scratch: Scratch) -> Floats:
        """The sums over all bars, without seeds: lags x lines x padded width."""
        shape = (len(self.lags), len(self.lines))
        total = scratch.take(f"{self.name} total", *shape)
        part = scratch.take(f"{self.name} part", *shape)
        closes = scratch.take("close slab", SLAB)
        total.fill(0.0)
        for slab in range(tile.slabs - 1, -1, -1):
            rows = tile.rows_until(tile.rows - slab * SLAB, tile.close, closes)
            np.matmul(self._slab_weights(slab), scratch.by_lane(rows), out=scratch.by_lane(part))
            total += part
        return total

    def _weigh_slab(self, slab: int) -> Floats:
        """The weights on a slab's closes, oldest first: lags x 1 x lines x SLAB."""
        at = slab * SLAB + np.arange(SLAB - 1.0, -1.0, -1.0)
        weights = np.array([[line.weights(at - lag) for line in self.lines] for lag in self.lags])
        weights[np.abs(weights) < _NEGLIGIBLE] = 0.0
        return weights[:, None]

    def _seed_values(self, tile: Tile, scratch: Scratch) -> Floats:
        """Each seed's sum over the oldest closes: seeds x padded width."""
        closes, heads = (
            scratch.take("first closes", HEAD),
            scratch.take(f"{self.name} heads", len(self._heads)),
        )
        early = tile.early_bars(tile.close, closes)
        np.matmul(self._heads, scratch.by_lane(early), out=scratch.by_lane(heads))
        late = len(tile.late)
        if late:
            late_heads = scratch.take(f"{self.name} late heads", len(self._heads))
            closes[:, :late] = tile.late_bars(tile.close, HEAD)
            lanes = -(-late // LANE)
            np.matmul(self._heads, scratch.by_lane(closes)[:lanes], out=scratch.by_lane(late_heads)[:lanes])
            heads[:, tile.late] = late_heads[:, :late]
        return heads

    def _add_seeds(self, values: Floats, heads: Floats, bars: Counts) -> None:
        faded = self._fades.take(np.clip(bars, 0, _FADES), axis=1)
        faded *= heads
        for row, addend in zip(self._seeded, faded, strict=True):
            values[row] += addend
