"""A worker's one door: every unit of work comes in here. Reaches neither aiohttp nor pandas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from technic.errors import Failure
from technic.scanner.bars import MINIMUM_BARS, GoodBars, insufficient_history, validate
from technic.scanner.panel import align, columns_of, opened
from technic.scanner.rating import rate
from technic.scanner.segments import Segment, write_segment
from technic.scanner.sources.registry import latest_day, read_from
from technic.scanner.units import FetchResult, FetchUnit, RatedBlock, RateUnit, UnitResult, WorkUnit


class WorkCancelled(Exception):
    """A unit has ended because it was asked to; it has no result."""


def perform(unit: WorkUnit, cancelled: Callable[[], bool]) -> UnitResult:
    """Do one unit, in whatever process this is.

    Args:
        unit: What to do.
        cancelled: Polled between symbols; once it says True, WorkCancelled ends the unit.

    Raises:
        WorkCancelled: It was asked to stop.
        TechnicError: It cannot be done: CacheError for damaged bars, Unusable for a full disk.
    """
    if isinstance(unit, FetchUnit):
        return _fetch(unit, cancelled)
    return _rate(unit, cancelled)


def _fetch(unit: FetchUnit, cancelled: Callable[[], bool]) -> FetchResult:
    """Read, validate, and write what is good into one segment, which may end up with no column.

    Of a probe nothing is written.
    """
    good: list[GoodBars] = []
    failures = list(unit.given_up)
    latest = latest_day(unit.source)
    _stop_if(cancelled)
    for bars in read_from(unit.source, unit.symbols, cancelled):
        _stop_if(cancelled)
        checked = bars if isinstance(bars, Failure) else validate(bars, latest)
        if isinstance(checked, GoodBars):
            good.append(checked)
        else:
            failures.append(checked)
    _stop_if(cancelled)
    if unit.is_probe:
        return FetchResult(None, tuple(failures))
    return FetchResult(write_segment(Path(unit.folder), unit.asked, good, failures), tuple(failures))


def _rate(unit: RateUnit, cancelled: Callable[[], bool]) -> RatedBlock:
    """Rate every column that has bars enough up to the unit's last day."""
    opened_ones: list[Segment] = []
    for ref in unit.segments:
        _stop_if(cancelled)
        opened_ones.append(opened(ref))
    segments = opened_ones if unit.part is None else columns_of(opened_ones, *unit.part)
    aligned = align(segments, unit.end, unit.lookback, least=MINIMUM_BARS)
    _stop_if(cancelled)
    rated = rate(aligned.bars, history=unit.history)
    until = unit.end.isoformat() if unit.end else ""
    counted = zip(unit.symbols, aligned.counts.tolist(), strict=True)
    short = {symbol: count for symbol, count in counted if count < MINIMUM_BARS}
    warnings = {symbol: said for segment in segments for symbol, said in segment.header.warnings.items()}
    return RatedBlock(
        symbols=tuple(symbol for symbol in unit.symbols if symbol not in short),
        columns=rated.columns,
        votes=rated.votes,
        warnings=warnings,
        failures=tuple(insufficient_history(symbol, count, until=until) for symbol, count in short.items()),
        history=rated.history,
    )


def _stop_if(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise WorkCancelled
