"""Which failures of a unit are its plan's to narrow down: the unit is cut until one symbol stands alone."""

from __future__ import annotations

from dataclasses import replace

from technic.errors import Failure
from technic.scanner.units import FetchUnit, RateUnit, SegmentRef, WorkUnit

CUT_CODES = frozenset({"worker_died", "unit_overran", "internal_error"})
"""Codes of failures that one symbol of a unit may have brought on all of them."""


def is_cut(unit: WorkUnit, failure: Failure) -> bool:
    """Whether a unit that failed so is cut in two instead of being tried again or given up."""
    return failure.code in CUT_CODES and len(unit.symbols) > 1


def probes(unit: FetchUnit) -> tuple[FetchUnit, FetchUnit]:
    """The symbols of a unit, more than one, in two units that only show whether they can be read."""
    middle = len(unit.symbols) // 2
    return _probe(unit, unit.symbols[:middle]), _probe(unit, unit.symbols[middle:])


def halves(unit: RateUnit) -> tuple[RateUnit, RateUnit]:
    """A unit of more than one column in two."""
    first, stop = unit.part or (0, len(unit.symbols))
    middle = (first + stop) // 2
    return _part(unit, first, middle), _part(unit, middle, stop)


def alone(symbol: str, failure: Failure) -> Failure:
    """The failure of a symbol that was tried by itself: its own, and the last word on it."""
    return replace(
        failure,
        detail=f"{symbol} was tried alone, apart from all other symbols, and failed: {failure.detail}",
        suggestion="Leave this symbol out, or look at its bars; the other symbols were not affected.",
        recoverable=False,
        retry_after=None,
        affected_symbols=(symbol,),
    )


def without(unit: FetchUnit, given_up: tuple[Failure, ...]) -> FetchUnit:
    """The unit of a whole group, but for the symbols that were given up; at least one is left."""
    lost = {symbol for failure in given_up for symbol in failure.affected_symbols}
    if not lost:
        return unit
    symbols = tuple(symbol for symbol in unit.asked if symbol not in lost)
    return replace(unit, symbols=symbols, group=unit.asked, given_up=given_up)


def _probe(unit: FetchUnit, symbols: tuple[str, ...]) -> FetchUnit:
    return FetchUnit(unit.source, symbols, folder="", cuts=unit.cuts + 1)


def _part(unit: RateUnit, first: int, stop: int) -> RateUnit:
    """Some columns of a unit, of no more segments than they lie in."""
    needed: list[SegmentRef] = []
    before = at = 0
    for segment in unit.segments:
        end = at + len(segment.symbols)
        if end <= first:
            before = end
        elif at < stop:
            needed.append(segment)
        at = end
    part = (first - before, stop - before)
    whole = (0, sum(len(segment.symbols) for segment in needed))
    return replace(unit, segments=tuple(needed), part=None if part == whole else part, cuts=unit.cuts + 1)
