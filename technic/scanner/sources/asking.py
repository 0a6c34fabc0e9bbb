"""Asks a source that anybody may have written: what it raises besides errors of ours is told as its fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from technic.errors import DataError, TechnicError, told
from technic.scanner.sources.base import BarSource
from technic.scanner.units import SourceSpec
from technic.scanner.universe import Universe

T = TypeVar("T")


def spec_of(source: BarSource) -> SourceSpec:
    """What the source is now. Raises DataError where it cannot say, and whatever error of ours it raises."""
    return _answer(source, lambda: source.spec)


def universe_from(source: BarSource) -> Universe:
    """Every symbol there is. May take long; raises as `spec_of`."""
    return _answer(source, source.universe)


def _answer(source: BarSource, ask: Callable[[], T]) -> T:
    try:
        return ask()
    except TechnicError:
        raise
    except Exception as error:
        raise DataError(
            f"the source ({type(source).__qualname__}) failed: {type(error).__name__}: {told(error)}",
            suggestion="Correct what its settings name, or the package that brings it.",
        ) from error
