"""One scan's way through its stages: which units it needs, what their results mean for it.

A pure thing: no loop, no clock, no I/O. Whoever drives it calls `start`, does the units of each step,
and hands every result (`fetched`, `rated`) or final failure (`failed`) back, one call at a time, from any
thread. Nothing is left to do once every unit handed out has come back.

A unit that came to harm by one of its symbols is cut in two, until that symbol stands alone (`cutting`,
`trials`). A plan that is told what an earlier one has done (`done`) goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate, compress

import numpy as np

from technic.errors import CacheError, Failure, NothingToScan, UnknownSymbol, UnreadableBars
from technic.scanner.checkpoint import NOTHING, Checkpoint, merged
from technic.scanner.coverage import Coverage
from technic.scanner.cutting import CUT_CODES, alone, halves, is_cut
from technic.scanner.harvest import Harvest
from technic.scanner.panel_view import PanelView
from technic.scanner.plan_step import PlanStep, restored
from technic.scanner.repairs import Repairs
from technic.scanner.request import ScanRequest
from technic.scanner.result import RunFigures, ScanResult
from technic.scanner.sieve import Sifted
from technic.scanner.sifting import Sifting, Wanted
from technic.scanner.terms import Terms
from technic.scanner.trials import Trial
from technic.scanner.units import FetchResult, FetchUnit, RatedBlock, RateUnit, SourceSpec, WorkUnit
from technic.scanner.universe import Selection

__all__ = ["PlanStep", "ScanPlan", "open_plan"]

_USUAL = Terms()
_SILENT = UnreadableBars("the data source returned nothing for this symbol").failure()


def open_plan(
    request: ScanRequest, view: PanelView, terms: Terms = _USUAL, *, done: Sequence[Checkpoint] = ()
) -> ScanPlan:
    """Find the symbols that a request means. Takes milliseconds for a large universe: not for the loop.

    Args:
        request: What is asked for.
        view: The market as it is now; to go on with `done`, the version that it was computed from.
        terms: What the driver decides.
        done: What an earlier plan of the same request has done, over the same bars; cut however it was.

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
    return ScanPlan(request, view, selection, terms, merged(done))


class ScanPlan:
    """One scan's way through the stages.

    Args:
        request: What is asked for.
        view: The market as it was when the plan was opened; told of each group that is fetched.
        selection: The symbols that the request means; at least one, known or not.
        terms: What the driver decides.
        done: What has ended already.

    Attributes:
        total: Symbols wanted, known and unknown ones.
        known: Of these, those that the universe knows.
        missing: Of these, those that have to be fetched.
        restored: What was done already, as a step: it says what to count, and has no units.
    """

    def __init__(
        self,
        request: ScanRequest,
        view: PanelView,
        selection: Selection,
        terms: Terms,
        done: Checkpoint = NOTHING,
    ) -> None:
        self.request = request
        self.total = len(selection.listings) + len(selection.unknown)
        self.known = len(selection.listings)
        self.restored = restored(done)
        self._terms = terms
        self._view = view
        selection = selection.without(done.symbols) if done else selection
        self._unknown = selection.unknown
        self._open = dict(selection.by_symbol)
        self._coverage = Coverage(view, selection, terms.block_symbols, piecemeal=terms.piecemeal)
        self.missing = self._coverage.missing
        self._sifting = Sifting(request, view.universe, terms.shared)
        self._harvest = Harvest(request, view.universe, self._sifting)
        self._harvest.take(done)
        self._repairs = Repairs()
        self._trials: dict[int, Trial] = {}  # by group
        self._arrivals: dict[int, list[int]] = {}  # of a group: how many of its first n symbols are wanted
        self._counted: dict[int, int] = {}  # of a group: wanted symbols whose arrival was told of

    @property
    def source(self) -> SourceSpec:
        """Whose bars they are, and of which version."""
        return self._view.spec

    def start(self) -> PlanStep:
        """The first step: what is there already, what has to be fetched, which blocks can be rated."""
        there = len(self._open) + len(self._unknown) - self.missing
        failures = tuple(_unknown_symbol(symbol) for symbol in self._unknown)
        for group in self._coverage.present:
            failures += self._lose(self._coverage.without_bars(group), self._view.failures(group))
        units: list[WorkUnit] = [self._view.fetch_unit(group) for group in self._coverage.absent]
        for groups in self._coverage.ready():
            units += self._rate(groups)
        return self._took(PlanStep(tuple(units), there, failures=failures))

    def fetched(self, unit: FetchUnit, result: FetchResult) -> PlanStep:
        """A group of symbols has been fetched, or a part of it tried."""
        group = self._group_of(unit)
        if unit.is_probe:
            return PlanStep(self._trials[group].passed())
        self._view.keep(unit, result)
        self._coverage.put(group, result.segment)
        return self._group_ended(group, result.failures)

    def keep(self, unit: FetchUnit, result: FetchResult) -> None:
        """Let other scans find what has been fetched, before this one has come to take it in."""
        if not unit.is_probe:
            self._view.keep(unit, result)

    def at_hand(self, unit: FetchUnit) -> FetchResult | None:
        """What a fetch unit would bring, where another scan has brought it since this plan was opened."""
        group = self._group_of(unit)
        segment = self._view.segment(group)
        if segment is None or group in self._repairs:
            return None
        return FetchResult(None, ()) if unit.is_probe else FetchResult(segment, self._view.failures(group))

    def wanted_among(self, unit: WorkUnit, count: int) -> int:
        """How many of a unit's first `count` symbols count for this scan: wanted, and not counted before."""
        group = self._group_of(unit)
        if group in self._repairs or group in self._trials:
            return 0
        counts = self._arrivals.get(group)
        if counts is None:
            counts = self._arrivals[group] = list(accumulate(symbol in self._open for symbol in unit.symbols))
        told = counts[count - 1] if count > 0 else 0
        self._counted[group] = max(told, self._counted.get(group, 0))
        return told

    def wanted_in(self, unit: RateUnit, block: RatedBlock) -> Wanted:
        """What of a rated block is wanted and has not ended yet; good until another call ends some of it."""
        symbols = block.symbols
        places: Sequence[int] = range(len(symbols))
        wanted = list(map(self._open.__contains__, symbols))  # mostly all of them
        if not all(wanted):
            symbols, places = tuple(compress(symbols, wanted)), tuple(compress(places, wanted))
        return Wanted(places, symbols, self._sifting.key(unit, symbols))

    def rated_before(self, unit: RateUnit, block: RatedBlock, wanted: Wanted) -> PlanStep | None:
        """What `rated` would say, where another scan has sifted the same rows already; cheap. Else None."""
        sifted = self._sifting.before(wanted.key)
        return None if sifted is None else self._sifted(unit, block, wanted.symbols, sifted)

    def rated(self, unit: RateUnit, block: RatedBlock) -> PlanStep:
        """A block has been rated: the wanted rows of it that pass. Vectorised, about a millisecond."""
        wanted = self.wanted_in(unit, block)
        listings = [self._open[symbol] for symbol in wanted.symbols]
        sifted = self._sifting.sift(wanted.key, block, np.array(wanted.places, dtype=np.intp), listings)
        return self._sifted(unit, block, wanted.symbols, sifted)

    def _sifted(self, unit: RateUnit, block: RatedBlock, rated: tuple[str, ...], sifted: Sifted) -> PlanStep:
        for symbol in rated:
            del self._open[symbol]
        lost = self._open_in(unit) if len(block.symbols) < unit.width else ()
        failures = self._lose(lost, block.failures)
        return self._took(
            PlanStep(
                scanned=len(rated) + len(failures),
                failures=failures,
                rows=sifted.rows if len(sifted.rows) else None,
                last_symbol=rated[-1] if rated else _last(failures),
                rated=rated,
                rejected=sifted.rejected,
            )
        )

    def failed(self, unit: WorkUnit, failure: Failure) -> PlanStep:
        """A unit has failed for good; where one of its symbols may have done that, it is cut in two."""
        if isinstance(unit, FetchUnit):
            return self._fetching_failed(unit, failure)
        return self._rating_failed(unit, failure)

    @property
    def found(self) -> int:
        """How many rows passed so far: `result` ranks as many."""
        return self._harvest.found

    def result(self, figures: RunFigures | None = None) -> ScanResult:
        """What has been found so far, ranked and limited; for a finished scan or a partial result."""
        said, share = self._terms.warnings, self._terms.failed_share
        return self._harvest.result(self.total, figures or RunFigures(), warnings=said, failed_share=share)

    # --- how units fail

    def _fetching_failed(self, unit: FetchUnit, failure: Failure) -> PlanStep:
        """Its symbols are tried apart; where that is of no use, the wanted ones of its group have failed."""
        group = self._group_of(unit)
        if failure.code in CUT_CODES and group not in self._trials:
            self._trials[group] = Trial(unit)
        trial = self._trials.get(group)
        following = None if trial is None else trial.failed(unit, failure)
        if following is not None:
            return PlanStep(following)
        self._coverage.put(group, None)
        return self._group_ended(group, trial.given_up if trial else unit.given_up, failure)

    def _rating_failed(self, unit: RateUnit, failure: Failure) -> PlanStep:
        if is_cut(unit, failure):
            return PlanStep(tuple(half for half in halves(unit) if self._open_in(half)))
        if failure.code == CacheError.code:
            damaged = dict.fromkeys(self._view.group_of(segment.symbols[0]) for segment in unit.segments)
            groups = self._repairs.begin(list(damaged))
            if groups is not None:
                return PlanStep(tuple(self._view.fetch_unit(group) for group in groups))
        if failure.code in CUT_CODES:
            failure = alone(unit.symbols[0], failure)
        failures = self._lose(self._open_in(unit), [], failure)
        return self._took(PlanStep(scanned=len(failures), failures=failures, last_symbol=_last(failures)))

    # --- how groups end

    def _group_ended(self, group: int, reasons: Iterable[Failure], otherwise: Failure = _SILENT) -> PlanStep:
        """A group's fetching has ended; its block may be ready to be rated."""
        was_tried = self._trials.pop(group, None) is not None
        failures = self._lose(self._coverage.without_bars(group), reasons, otherwise)
        symbols = self._coverage.wanted(group)
        last = symbols[-1] if symbols else None
        if group in self._repairs:  # these were counted as fetched before; what fails now is a scan's end
            units = self._rate(self._repairs.ended(group))
            return self._took(PlanStep(units, 0, len(failures), failures, None, last))
        units = self._rate(self._coverage.ended(group))
        fetched = len(symbols) - (self._counted.get(group, 0) if was_tried else 0)
        return self._took(PlanStep(units, fetched, 0, failures, None, last))

    def _rate(self, groups: Iterable[int]) -> tuple[RateUnit, ...]:
        """The unit that rates some groups, where they hold bars of a wanted symbol."""
        asked = self.request
        unit = RateUnit(self._coverage.segments(groups), asked.as_of, asked.lookback_bars, asked.history)
        wanted = any(not self._open.keys().isdisjoint(segment.symbols) for segment in unit.segments)
        return (unit,) if wanted else ()

    def _open_in(self, unit: RateUnit) -> list[str]:
        return [symbol for symbol in unit.symbols if symbol in self._open]

    def _lose(
        self, symbols: Iterable[str], reasons: Iterable[Failure], otherwise: Failure = _SILENT
    ) -> tuple[Failure, ...]:
        """Symbols that have not ended fail, each for the reason that names it, or for the common one."""
        named = {symbol: failure for failure in reasons for symbol in failure.affected_symbols}
        lost = [symbol for symbol in symbols if self._open.pop(symbol, None) is not None]
        return tuple([replace(named.get(symbol, otherwise), affected_symbols=(symbol,)) for symbol in lost])

    def _took(self, step: PlanStep) -> PlanStep:
        """What has ended with a step is kept for the result."""
        self._harvest.take(step.checkpoint)
        return step

    def _group_of(self, unit: WorkUnit) -> int:
        return self._view.group_of(unit.symbols[0])


def _last(failures: Sequence[Failure]) -> str | None:
    return failures[-1].affected_symbols[0] if failures else None


def _unknown_symbol(symbol: str) -> Failure:
    return UnknownSymbol(f"the data source has no symbol {symbol!r}", affected_symbols=(symbol,)).failure()
