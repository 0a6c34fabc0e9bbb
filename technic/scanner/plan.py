"""One scan's way through its stages: which units it needs, what their results mean for it.

A pure thing: no loop, no clock, no I/O. Whoever drives it calls `start`, does the units of each step,
and hands every result (`fetched`, `rated`) or final failure (`failed`) back, one call at a time, from any
thread. Nothing is left to do once every unit handed out has come back.

A block is a fixed run of groups in the universe's order. It is rated as a whole as soon as all of its
groups that the scan needs have ended, with the segments of its other groups where they are there: so
that scans with different selections ask for the same unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

import numpy as np

from technic.errors import CacheError, Failure, NothingToScan, UnknownSymbol, UnreadableBars
from technic.scanner.checkpoint import Checkpoint
from technic.scanner.panel_view import PanelView
from technic.scanner.ranking import ranked
from technic.scanner.request import ScanRequest
from technic.scanner.result import Counts, RunFigures, ScanResult, performance_metrics, sentences
from technic.scanner.rows import Rows
from technic.scanner.sieve import Sieve
from technic.scanner.units import FetchResult, FetchUnit, RatedBlock, RateUnit, SegmentRef, WorkUnit
from technic.scanner.universe import Selection

_SILENT = UnreadableBars("the data source returned nothing for this symbol").failure()


@dataclass(frozen=True, slots=True)
class PlanStep:
    """What follows from one call.

    Attributes:
        units: What can be done now, in the order in which it is best done.
        fetched: Wanted symbols whose fetching ended with this step, in whatever way.
        scanned: Wanted symbols whose scanning ended with this step, in whatever way.
        failures: New ones, one a symbol.
        rows: Rows that passed in this step; None for none.
        last_symbol: The last symbol that ended in it.
        rated: Symbols that were rated in this step, whether or not their rows passed.
        rejected: By reason, how many of their rows did not pass.
    """

    units: tuple[WorkUnit, ...] = ()
    fetched: int = 0
    scanned: int = 0
    failures: tuple[Failure, ...] = ()
    rows: Rows | None = None
    last_symbol: str | None = None
    rated: tuple[str, ...] = ()
    rejected: Mapping[str, int] = field(default_factory=dict)

    @property
    def checkpoint(self) -> Checkpoint:
        """What has ended for good with this step."""
        return Checkpoint(self.rated, self.rows, self.rejected, self.failures)


def open_plan(
    request: ScanRequest, view: PanelView, *, block_symbols: int = 512, piecemeal: bool = False
) -> ScanPlan:
    """Find the symbols that a request means. Takes milliseconds for a large universe: not for the loop.

    Args:
        request: What is asked for.
        view: The market as it is now.
        block_symbols: How many symbols are rated in one unit.
        piecemeal: Bars come slowly: of a block that is not there yet each group is rated when it has come,
            so that matches come from the first seconds on. No bit of a row depends on it.

    Raises:
        InvalidRequest: A sector or an industry that nobody knows.
        NothingToScan: The universe, or what was selected of it, is empty.
    """
    universe = view.universe
    selection = universe.select(
        request.symbols, request.sectors or None, request.industries or None, request.max_symbols
    )
    if not len(universe):
        raise NothingToScan("the data source has no symbols", suggestion="Check the data source.")
    if not selection.listings and not selection.unknown:
        raise NothingToScan(f"none of the {len(universe)} symbols of the universe is in what was selected")
    return ScanPlan(request, view, selection, block_symbols, piecemeal=piecemeal)


class ScanPlan:
    """One scan's way through the stages.

    Args:
        request: What is asked for.
        view: The market as it was when the plan was opened; told of each group that is fetched.
        selection: The symbols that the request means; at least one, known or not.
        block_symbols: How many symbols are rated in one unit.
        piecemeal: See `open_plan`.
    """

    def __init__(
        self,
        request: ScanRequest,
        view: PanelView,
        selection: Selection,
        block_symbols: int,
        *,
        piecemeal: bool = False,
    ) -> None:
        self.request = request
        self.total = len(selection.listings) + len(selection.unknown)
        self.known = len(selection.listings)
        self._view = view
        self._unknown = selection.unknown
        self._open = {listing.symbol: listing for listing in selection.listings}  # wanted and not ended
        self._groups: dict[int, list[str]] = {}  # the wanted symbols of each group that is needed
        for symbol in self._open:
            self._groups.setdefault(view.group_of(symbol), []).append(symbol)
        self._segments = {group: view.segment(group) for group in self._groups}
        self.missing = sum(len(self._groups[group]) for group in self._absent)
        self._block_groups = max(1, block_symbols // len(view.group_symbols(0)))
        self._waiting: dict[int, set[int]] = {}  # of each block: groups that have not ended
        for group, segment in self._segments.items():
            self._waiting.setdefault(self._block_of(group), set()).update([group] if segment is None else [])
        self._piecemeal = {block for block, groups in self._waiting.items() if groups and piecemeal}
        self._arrivals: dict[int, list[int]] = {}  # of a group: how many of its first n symbols are wanted
        self._repaired: set[int] = set()  # blocks of which damaged bars were fetched once more
        self._sieve = Sieve(request)
        self._parts: dict[int, Rows] = {}  # rows that passed, by the group of the first of them
        self._failures: list[Failure] = []
        self._scanned = 0

    def start(self) -> PlanStep:
        """The first step: what is there already, what has to be fetched, which blocks can be rated."""
        failures = [_unknown_symbol(symbol) for symbol in self._unknown]
        self._failures += failures
        for group, segment in self._segments.items():
            if segment is not None:
                failures += self._lose(self._without_bars(group), self._view.failures(group))
        units: list[WorkUnit] = [self._view.fetch_unit(group) for group in self._absent]
        for block, waiting in self._waiting.items():
            if block in self._piecemeal:
                units += self._rate(
                    g for g in self._groups_of(block) if g in self._groups and g not in waiting
                )
            elif not waiting:
                units += self._rate(self._groups_of(block))
        return PlanStep(tuple(units), self.total - self.missing, failures=tuple(failures))

    def fetched(self, unit: FetchUnit, result: FetchResult) -> PlanStep:
        """A group of symbols has been fetched."""
        self._view.keep(unit, result)
        group = self._view.group_of(unit.symbols[0])
        self._segments[group] = result.segment
        return self._group_ended(group, self._lose(self._without_bars(group), result.failures))

    def keep(self, unit: FetchUnit, result: FetchResult) -> None:
        """Let other scans find what has been fetched, before this one has come to take it in."""
        self._view.keep(unit, result)

    def at_hand(self, unit: FetchUnit) -> FetchResult | None:
        """What a fetch unit would bring, where another scan has brought it since this plan was opened."""
        group = self._view.group_of(unit.symbols[0])
        segment = self._view.segment(group)
        if segment is None or self._block_of(group) in self._repaired:
            return None
        return FetchResult(segment, self._view.failures(group))

    def wanted_among(self, unit: WorkUnit, count: int) -> int:
        """How many of a unit's first `count` symbols count for this scan: wanted, and not counted before."""
        group = self._view.group_of(unit.symbols[0])
        if self._block_of(group) in self._repaired:
            return 0
        counts = self._arrivals.get(group)
        if counts is None:
            counts = self._arrivals[group] = list(accumulate(symbol in self._open for symbol in unit.symbols))
        return counts[count - 1] if count > 0 else 0

    def rated(self, unit: RateUnit, block: RatedBlock) -> PlanStep:
        """A block has been rated: the wanted rows of it that pass. Vectorised, about a millisecond."""
        places = [place for place, symbol in enumerate(block.symbols) if symbol in self._open]
        listings = [self._open.pop(block.symbols[place]) for place in places]
        rows = self._sieve.passed(block, np.array(places, dtype=np.intp), listings)
        failures = self._lose(self._open_in(unit), block.failures)
        if len(rows):
            self._parts[self._view.group_of(rows.symbols[0])] = rows
        self._scanned += len(listings)
        last = listings[-1].symbol if listings else _last(failures)
        found = rows if len(rows) else None
        return PlanStep((), 0, len(listings) + len(failures), failures, found, last)

    def failed(self, unit: WorkUnit, failure: Failure) -> PlanStep:
        """A unit has failed for good: so have the wanted symbols that it was for."""
        group = self._view.group_of(unit.symbols[0])
        if isinstance(unit, FetchUnit):
            self._segments[group] = None
            lost = [symbol for symbol in self._groups.get(group, ()) if symbol in self._open]
            return self._group_ended(group, self._lose(lost, [], failure))
        block = self._block_of(group)
        if failure.code == CacheError.code and block not in self._repaired:
            return self._fetch_again(unit, block)
        failures = self._lose(self._open_in(unit), [], failure)
        return PlanStep(scanned=len(failures), failures=failures, last_symbol=_last(failures))

    def result(self, figures: RunFigures | None = None) -> ScanResult:
        """What has been found so far, ranked and limited; for a finished scan or a partial result."""
        kept = Rows.concat([self._parts[group] for group in sorted(self._parts)])  # in the symbols' order
        sort_by, descending = self.request.order
        rows = ranked(kept, sort_by, descending=descending)
        limit = self.request.row_limit
        rows = rows if limit is None else rows.take(slice(limit))
        counts = Counts(
            requested=self.total,
            scanned=self._scanned,
            kept=len(kept),
            returned=len(rows),
            failed=len(self._failures),
            rejected=self._sieve.rejected,
        )
        return ScanResult(
            rows,
            tuple(self._failures),
            sentences(counts, self._failures),
            performance_metrics(counts, figures or RunFigures()),
        )

    # --- how groups and blocks end

    @property
    def _absent(self) -> list[int]:
        """The needed groups that were not in the panel when the plan was opened, in order."""
        return [group for group, segment in self._segments.items() if segment is None]

    def _group_ended(self, group: int, failures: tuple[Failure, ...]) -> PlanStep:
        """A group's fetching has ended; its block may be ready to be rated."""
        block = self._block_of(group)
        waiting = self._waiting[block]
        waiting.discard(group)
        units: tuple[WorkUnit, ...] = ()
        if block in self._piecemeal and block not in self._repaired:
            units = tuple(self._rate([group]))
        elif not waiting:
            units = tuple(self._rate(self._groups_of(block)))
        symbols = self._groups.get(group, [])
        last = symbols[-1] if symbols else None
        if block in self._repaired:  # these were counted as fetched before; what fails now is a scan's end
            return PlanStep(units, 0, len(failures), failures, None, last)
        return PlanStep(units, len(symbols), 0, failures, None, last)

    def _groups_of(self, block: int) -> range:
        first = block * self._block_groups
        last = self._view.group_of(self._view.universe.listings[-1].symbol)
        return range(first, min(first + self._block_groups, last + 1))

    def _rate(self, groups: Iterable[int]) -> list[RateUnit]:
        """The unit that rates some groups, where they hold bars of a wanted symbol."""
        found = [self._segment(group) for group in groups]
        segments = tuple(segment for segment in found if segment is not None and segment.symbols)
        asked = self.request
        unit = RateUnit(segments, asked.as_of, asked.lookback_bars, asked.history)
        return [unit] if self._open_in(unit) else []

    def _segment(self, group: int) -> SegmentRef | None:
        """Of a needed group what this plan was told; of another one whatever is there by now."""
        return self._segments[group] if group in self._segments else self._view.segment(group)

    def _fetch_again(self, unit: RateUnit, block: int) -> PlanStep:
        """Kept bars of a block are damaged or gone: bring all of them anew, once."""
        self._repaired.add(block)
        groups = sorted({self._view.group_of(segment.symbols[0]) for segment in unit.segments})
        self._waiting[block] = set(groups)
        return PlanStep(tuple(self._view.fetch_unit(group) for group in groups))

    def _without_bars(self, group: int) -> list[str]:
        """A group's wanted symbols that its segment does not hold."""
        segment = self._segments[group]
        held = frozenset(segment.symbols if segment else ())
        return [
            symbol for symbol in self._groups.get(group, ()) if symbol not in held and symbol in self._open
        ]

    def _open_in(self, unit: RateUnit) -> list[str]:
        return [symbol for symbol in unit.symbols if symbol in self._open]

    def _lose(
        self, symbols: Sequence[str], failures: Iterable[Failure], otherwise: Failure = _SILENT
    ) -> tuple[Failure, ...]:
        """Symbols have failed, each for the reason that names it, or for the common one."""
        reasons = {symbol: failure for failure in failures for symbol in failure.affected_symbols}
        found = tuple(replace(reasons.get(s, otherwise), affected_symbols=(s,)) for s in symbols)
        for symbol in symbols:
            del self._open[symbol]
        self._failures += found
        return found

    def _block_of(self, group: int) -> int:
        return group // self._block_groups


def _last(failures: Sequence[Failure]) -> str | None:
    return failures[-1].affected_symbols[0] if failures else None


def _unknown_symbol(symbol: str) -> Failure:
    return UnknownSymbol(f"the data source has no symbol {symbol!r}", affected_symbols=(symbol,)).failure()
