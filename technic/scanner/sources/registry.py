"""Which source is meant: opened from the settings in the process of the engine, from a spec in a worker.

Sources of other packages are looked for where one is meant: a worker that reads one of ours pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from technic.clock import Clock
from technic.errors import Failure, TechnicError
from technic.scanner.sources.base import BarSource, SymbolBars
from technic.scanner.sources.files import LATEST, FilesSource, files_universe, read_files
from technic.scanner.sources.files import NAME as FILES
from technic.scanner.sources.simulated import NAME as SIMULATED
from technic.scanner.sources.simulated import SimulatedSource, market_of, read_simulated, simulated_universe
from technic.scanner.units import SourceSpec
from technic.scanner.universe import Universe

if TYPE_CHECKING:  # a worker loads this module and has no use for pydantic
    from technic.config.settings import Settings


def open_source(settings: Settings, clock: Clock | None = None) -> BarSource:
    """The source that the settings name.

    Args:
        settings: All of them; `source` says which, `sources` what each is told.
        clock: Tells today; the machine's own where none is given.

    Raises:
        ConfigError: Its settings cannot be used.
    """
    if settings.source == SIMULATED:
        return SimulatedSource(settings.sources.simulated, clock)
    if settings.source == FILES:
        return FilesSource(settings.sources.files, clock)
    from technic.scanner.sources.installed import open_installed  # noqa: PLC0415 - see the top

    return open_installed(settings.source, settings.sources.own)


def latest_day(spec: SourceSpec) -> date | None:
    """The last day that a bar of a source can be of; None where there is no such day."""
    said = spec.options.get(LATEST)
    return None if said is None else date.fromisoformat(said)


def same_bars(one: SourceSpec, other: SourceSpec) -> bool:
    """Whether two specs mean the same bars of the same symbols, though they were made on different days."""
    if (one.name, one.version) != (other.name, other.version):
        return False
    options = (
        {name: value for name, value in spec.options.items() if name != LATEST} for spec in (one, other)
    )
    return next(options) == next(options)


def universe_of(spec: SourceSpec) -> Universe | None:
    """Every symbol of exactly this version of a source; None where its bars cannot be had any more.

    Takes as long as `BarSource.universe`. The spec may come from a store, and so may hold anything.
    """
    try:
        if spec.name == SIMULATED:
            return simulated_universe(spec)
        if spec.name == FILES:
            return files_universe(spec)
        from technic.scanner.sources.installed import installed_universe  # noqa: PLC0415 - see the top

        return installed_universe(spec)
    except (TechnicError, OSError, KeyError, TypeError, ValueError):
        return None


def read_from(
    spec: SourceSpec, symbols: Sequence[str], cancelled: Callable[[], bool]
) -> list[SymbolBars | Failure]:
    """In a worker: bars or a failure for each symbol, in the order asked. Blocking; polls `cancelled`.

    Raises:
        ConfigError: No source has this name.
    """
    if spec.name == SIMULATED:
        return read_simulated(market_of(spec), symbols, cancelled)
    if spec.name == FILES:
        return read_files(spec, symbols, cancelled)
    from technic.scanner.sources.installed import read_installed  # noqa: PLC0415 - see the top

    return read_installed(spec, symbols, cancelled)
