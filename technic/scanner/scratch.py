"""Arrays that are written over and over: fresh ones would page-fault, at more than the price of the sums."""

from __future__ import annotations

import threading

import numpy as np

from technic.scanner.tiles import LANE
from technic.scanner.units import Floats

_KEPT_WIDTHS = 2  # a full tile and the last one of a block


class Scratch:
    """The reusable arrays of one tile width. Belongs to one thread; the next tile writes over them."""

    __slots__ = ("_arrays", "lanes", "padded")

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        self.padded = lanes * LANE
        self._arrays: dict[str, Floats] = {}

    def take(self, name: str, *shape: int) -> Floats:
        """The array of this name, `shape` x padded width. A name always has the same shape."""
        array = self._arrays.get(name)
        if array is None:
            array = self._arrays[name] = np.zeros((*shape, self.padded))
        return array

    def spread(self, name: str, column: Floats) -> Floats:
        """A constant column (k x 1), copied to every symbol: it multiplies twice as fast so. Read only."""
        array = self._arrays.get(name)
        if array is None:
            array = self._arrays[name] = np.tile(column, self.padded)
        return array

    def by_lane(self, array: Floats) -> Floats:
        """A view of `... x k x padded` as `... x lanes x k x LANE`: what matrix products are taken of."""
        split = array.reshape(*array.shape[:-1], self.lanes, LANE)
        return np.moveaxis(split, -2, -3)


class _Kept(threading.local):
    """Each thread's own scratch arrays."""

    def __init__(self) -> None:
        self.by_lanes: dict[int, Scratch] = {}


_kept = _Kept()


def scratch_for(width: int) -> Scratch:
    """This thread's scratch arrays for a tile of so many symbols; the least recently used width goes."""
    lanes = -(-width // LANE)
    kept = _kept.by_lanes
    scratch = kept.pop(lanes, None) or Scratch(lanes)
    kept[lanes] = scratch
    if len(kept) > _KEPT_WIDTHS:
        del kept[next(iter(kept))]
    return scratch
