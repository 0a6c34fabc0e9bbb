"""Rows of a result a sheet at a time, so that nobody has to hold all of them.

In the order of the scan sheets are read one after the other. In another order two columns are read first;
then the rows are gathered, so many at a time, from the sheets in which they lie. That reads the sheets once
for every `GATHERED_ROWS` rows: for less than that once, for ten times as many ten times.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Protocol

import numpy as np

from technic.scanner.ranking import order_of
from technic.scanner.rows import Rows
from technic.scanner.units import Places

SHEET_ROWS = 4_096
GATHERED_ROWS = 16_384
"""So many rows of another order are put together at a time: some 15 MB."""


class Sheets(Protocol):
    """The rows of a result, in order, cut into sheets; belongs to the event loop's thread."""

    @property
    def sizes(self) -> Sequence[int]:
        """How many rows each sheet has."""

    async def read(self, place: int) -> Rows:
        """The sheet at this place. Raises CacheError where it cannot be read any more."""

    def holds(self, rows: Rows) -> bool:
        """Whether these are tables that stay the same objects whoever reads them."""


class HeldSheets:
    """Rows that are in memory already.

    Args:
        rows: They.
    """

    def __init__(self, rows: Rows) -> None:
        self._tables = rows.parts
        self._sheets = tuple(rows.sheets(SHEET_ROWS))

    @property
    def sizes(self) -> Sequence[int]:
        """How many rows each sheet has."""
        return tuple(map(len, self._sheets))

    async def read(self, place: int) -> Rows:
        """The sheet at this place."""
        return self._sheets[place]

    def holds(self, rows: Rows) -> bool:
        """Whether these are tables that the result has; what is cut from them is made anew each time."""
        own = set(map(id, self._tables))
        return all(id(part) in own for part in rows.parts)


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a result, and in which order.

    Attributes:
        offset: The first of them.
        limit: How many at most; None for all the rest.
        sort_by: A field whose order is meant instead of the scan's own.
        descending: Whether that order has the highest first.
    """

    offset: int = 0
    limit: int | None = None
    sort_by: str | None = None
    descending: bool = True

    def of(self, total: int) -> range:
        """The places of its rows among so many."""
        stop = total if self.limit is None else min(total, self.offset + self.limit)
        return range(min(self.offset, stop), stop)


async def leaf_through(sheets: Sheets, page: Page) -> AsyncIterator[Rows]:
    """The rows of a page, a table of some thousand at a time. Raises CacheError as `Sheets.read`."""
    wanted = page.of(sum(sheets.sizes))
    if not wanted:
        return
    if page.sort_by is None:
        for place, first, last in _cut(sheets.sizes, wanted):
            yield (await sheets.read(place)).take(slice(first, last))
        return
    order = (await _order(sheets, page.sort_by, descending=page.descending))[wanted.start : wanted.stop]
    for begin in range(0, len(order), GATHERED_ROWS):
        yield await _gather(sheets, order[begin : begin + GATHERED_ROWS])


def _cut(sizes: Sequence[int], wanted: range) -> list[tuple[int, int, int]]:
    """Of each sheet that has some of the wanted rows: its place, the first of them in it and the last."""
    starts = [0, *accumulate(sizes)]
    cut = (
        (place, max(wanted.start - start, 0), min(wanted.stop - start, size))
        for place, (start, size) in enumerate(zip(starts, sizes, strict=False))
    )
    return [(place, first, last) for place, first, last in cut if first < last]


async def _order(sheets: Sheets, sort_by: str, *, descending: bool) -> Places:
    """Where the rows stand in another order than that of the sheets."""
    symbols: list[str] = []
    columns = []
    for place in range(len(sheets.sizes)):
        sheet = await sheets.read(place)
        symbols += sheet.symbols
        columns.append(sheet.columns[sort_by].copy())  # a view would hold the whole sheet
    column = np.concatenate(columns)
    return await asyncio.to_thread(order_of, symbols, column, sort_by, descending=descending)


async def _gather(sheets: Sheets, places: Places) -> Rows:
    """The rows at these places, in this order."""
    by_place = np.argsort(places, kind="stable")
    rising = places[by_place]
    starts = np.array([0, *accumulate(sheets.sizes)])
    cuts = np.searchsorted(rising, starts)
    parts = []
    for place, (first, last) in enumerate(pairwise(cuts)):
        if first < last:
            sheet = await sheets.read(place)
            parts.append(sheet.take(rising[first:last] - starts[place]))
    back = np.empty(len(places), dtype=np.intp)
    back[by_place] = np.arange(len(places))
    return await asyncio.to_thread(Rows.concat(parts).take, back)
