"""A worker's one door: every unit of work comes in here. Reaches neither aiohttp nor pandas."""

from __future__ import annotations

from collections.abc import Callable

from technic.scanner.units import FetchResult, FetchUnit, RatedBlock, RateUnit, UnitResult, WorkUnit


def perform(unit: WorkUnit, cancelled: Callable[[], bool]) -> UnitResult:
    """Do one unit, in whatever process this is.

    Args:
        unit: What to do.
        cancelled: Polled between symbols; once it says True, WorkCancelled ends the unit.
    """
    raise NotImplementedError
