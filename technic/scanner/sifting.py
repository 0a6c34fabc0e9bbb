"""What a scan sifts out of rated blocks, shared with other scans that ask for the same rows.

A hundred scans with the same filters over the same block need the same rows: the first makes them, and all
refer to these. Scans with other filters share what they filter: the table of all rows with their trade plans.
Rows are known by what they were made of: the unit of the block (and so its bars, their last day and the
rules), whose listings, which symbols, which filters and stakes. So they never grow old.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from technic.scanner.bounded import Bounded
from technic.scanner.fields import FIELDS
from technic.scanner.filter_masks import Table
from technic.scanner.request import ScanRequest
from technic.scanner.rows import Rows
from technic.scanner.sieve import Sieve, Sifted
from technic.scanner.units import Places, RatedBlock, RateUnit
from technic.scanner.universe import Listing, Universe

Key = tuple[str, Universe, tuple[str, ...], str]
"""What rows are made of: the block's unit, whose listings, which symbols, and the sieve they go through."""

_TABLE_BYTES = 160 * len(FIELDS)
"""About what a table takes without its values."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a scan wants of a rated block.

    Attributes:
        places: Where it stands in the block.
        symbols: Its symbols, in the same order.
        key: See `Sifting.key`.
    """

    places: Sequence[int]
    symbols: tuple[str, ...]
    key: Key | None


class SharedRows:
    """Rows that several scans may need; one for an engine. Thread-safe.

    Args:
        limit_bytes: Most memory that they may take together; 0 keeps nothing.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.tables = Bounded[Hashable, Table](limit_bytes // 2)
        self.sifted = Bounded[Hashable, Sifted](limit_bytes // 4)
        self.ranked = Bounded[Hashable, Rows](limit_bytes // 4)


class Sifting:
    """One scan's sieve, and what others have sifted with a like one.

    Args:
        request: What is asked for; one that wants everything fresh shares nothing.
        universe: Whose listings rows tell of, and whose order decides ties.
        shared: What scans share; None shares nothing.
    """

    def __init__(self, request: ScanRequest, universe: Universe, shared: SharedRows | None) -> None:
        self._sieve = Sieve(request)
        self._universe = universe
        self._shared = None if request.fresh else shared

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why a row may be held back, in the order in which it is looked at."""
        return self._sieve.reasons

    def key(self, unit: RateUnit, symbols: tuple[str, ...]) -> Key | None:
        """Equal where the rows are; None where they are not shared."""
        return None if self._shared is None else (unit.key, self._universe, symbols, self._sieve.key)

    def before(self, key: Key | None) -> Sifted | None:
        """What has been sifted already."""
        return None if self._shared is None or key is None else self._shared.sifted.get(key)

    def sift(self, key: Key | None, block: RatedBlock, places: Places, listings: Sequence[Listing]) -> Sifted:
        """The rows of some symbols of a block that pass, see `Sieve.sift`."""
        if self._shared is None or key is None:
            return self._sieve.sift(block, places, listings)
        found = self.before(key)
        if found is None:
            found = self._sieve.pick(self._table(self._shared, key, block, places, listings))
            nbytes = _TABLE_BYTES + found.rows.nbytes + 8 * len(places)
            self._shared.sifted.keep(key, found, nbytes)
        return found

    def _table(
        self, shared: SharedRows, key: Key, block: RatedBlock, places: Places, listings: Sequence[Listing]
    ) -> Table:
        """What is filtered; scans with other filters have it too."""
        of_table = (*key[:3], self._sieve.stakes)
        table = shared.tables.get(of_table)
        if table is None:
            table = self._sieve.table(block, places, listings)
            history = 0 if table.history is None else table.history.nbytes
            shared.tables.keep(of_table, table, _TABLE_BYTES + Rows(table.columns).nbytes + history)
        return table

    def ranked(self, parts: tuple[Rows, ...], rank: Callable[[], Rows]) -> Rows:
        """What comes of ranking some parts: the same rows for all who found the very same parts.

        Args:
            parts: Tables that were sifted; known again as the objects that they are.
            rank: Ranks and limits them as the request has it.
        """
        if self._shared is None:
            return rank()
        key = (self._universe, parts, *self._sieve.request.order, self._sieve.request.row_limit)
        found = self._shared.ranked.get(key)
        if found is None:
            found = rank()
            nbytes = _TABLE_BYTES + found.nbytes + sum(part.nbytes for part in parts)
            self._shared.ranked.keep(key, found, nbytes)
        return found
