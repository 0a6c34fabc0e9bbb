"""One symbol looked at closely: its bars, indicators and votes, through the same units as a scan."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from technic.engine.dispatcher import Asker, Dispatcher, Report
from technic.engine.offload import Offload
from technic.engine.scan.messages import UnitAdvanced, UnitFailed
from technic.errors import (
    CacheError,
    Failure,
    InsufficientHistory,
    TechnicError,
    UnknownSymbol,
    UnreadableBars,
)
from technic.scanner.finding import nearest_symbols
from technic.scanner.market import Market, MarketView
from technic.scanner.panel import read_bars
from technic.scanner.report import symbol_report
from technic.scanner.request import ScanRequest
from technic.scanner.units import FetchResult, RatedBlock, RateUnit, SegmentRef, UnitResult, WorkUnit
from technic.scanner.universe import Listing, Universe

_number = count()


class Refusal(TechnicError):
    """A unit's failure, raised where only the failure itself came back."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self._failure = failure

    def failure(self) -> Failure:
        """The unit's own."""
        return self._failure


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody looks at a symbol.

    Attributes:
        symbol: At which one.
        asked: Of a request, the bars that are rated and the figures of the trade plan.
        bars: How many of the last bars are shown, 0 for all; None for those that are rated.
    """

    symbol: str
    asked: ScanRequest = field(default_factory=ScanRequest)
    bars: int | None = None

    @property
    def shown(self) -> int:
        """How many of the last bars are shown; 0 for all there are."""
        return self.asked.lookback_bars if self.bars is None else self.bars


async def inspect_symbol(
    look: Look, market: Market, dispatcher: Dispatcher, offload: Offload
) -> dict[str, Any]:
    """The report of one symbol, see `symbol_report`.

    Raises:
        UnknownSymbol: No source knows it; `metadata.nearest` names those that may have been meant.
        UnreadableBars, InsufficientHistory: It cannot be rated.
    """
    view = await offload(market.view)
    listing = view.universe.find(look.symbol)
    if listing is None:
        raise await offload(_unknown, look.symbol, view.universe)
    try:
        return await _look(look, listing, view, dispatcher, offload)
    except TechnicError as error:
        if error.failure().code != CacheError.code:
            raise
    # Kept bars were damaged. They have been set aside, so a second look fetches them anew.
    return await _look(look, listing, view, dispatcher, offload)


def _unknown(symbol: str, universe: Universe) -> UnknownSymbol:
    nearest = nearest_symbols(universe, symbol)
    return UnknownSymbol(
        f"the data source has no symbol {symbol!r}",
        suggestion=f"Did you mean {' or '.join(nearest)}?" if nearest else None,
        affected_symbols=(symbol,),
        nearest=list(nearest),
    )


async def _look(
    look: Look, listing: Listing, view: MarketView, dispatcher: Dispatcher, offload: Offload
) -> dict[str, Any]:
    asked = look.asked
    segment = await _segment(view, view.group_of(listing.symbol), listing.symbol, dispatcher)
    place = segment.symbols.index(listing.symbol)
    # Alone: what comes to harm by another symbol of its group is none of its business.
    block = await _ask(
        dispatcher, RateUnit((segment,), asked.as_of, asked.lookback_bars, part=(place, place + 1))
    )
    assert isinstance(block, RatedBlock)  # noqa: S101 - what a RateUnit returns
    for failure in block.failures:
        if listing.symbol in failure.affected_symbols:
            raise InsufficientHistory(failure.detail, affected_symbols=(listing.symbol,))
    days, values = await offload(read_bars, segment, listing.symbol, asked.as_of, look.shown)
    return await offload(symbol_report, listing, block, days, values, asked)


async def _segment(view: MarketView, group: int, symbol: str, dispatcher: Dispatcher) -> SegmentRef:
    """The segment that holds a symbol; fetched where it is not there yet."""
    segment, failures = view.segment(group), view.failures(group)
    if segment is None:
        unit = view.fetch_unit(group)
        result = await _ask(dispatcher, unit)
        assert isinstance(result, FetchResult)  # noqa: S101 - what a FetchUnit returns
        view.keep(unit, result)
        segment, failures = result.segment, result.failures
    if segment is not None and symbol in segment.symbols:
        return segment
    for failure in failures:
        if symbol in failure.affected_symbols:
            raise Refusal(failure)
    raise UnreadableBars(f"the data source returned nothing for {symbol}", affected_symbols=(symbol,))


async def _ask(dispatcher: Dispatcher, unit: WorkUnit) -> UnitResult:
    """One unit's result, outside any scan; whoever leaves takes it back."""
    answer: asyncio.Future[UnitResult] = asyncio.get_running_loop().create_future()

    def deliver(report: Report) -> None:
        if isinstance(report, UnitAdvanced) or answer.done():
            return
        if isinstance(report, UnitFailed):
            answer.set_exception(Refusal(report.failure))
        else:
            answer.set_result(report.result)

    flow = f"inspection-{next(_number)}"
    dispatcher.submit(Asker(flow, weight=4.0, deliver=deliver), (unit,))  # a person waits for this one
    try:
        return await answer
    finally:
        dispatcher.withdraw(flow)
        dispatcher.leave(flow)
