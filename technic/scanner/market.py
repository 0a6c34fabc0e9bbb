"""One source and the panel of its bars on disk, as a process sees them.

The universe's order is cut into groups of 64 symbols. A group's bars lie in one segment; the segments of
one version of the source lie in one folder, `<panel>/<source>-<version>`. Bars of another version are other
bars: a new version starts with an empty folder, and of the old ones a few are kept.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakSet

from technic.clock import Clock, SystemClock
from technic.errors import Failure, NothingToScan, UnknownSymbol
from technic.scanner import shelf
from technic.scanner.cutting import CUT_CODES, without
from technic.scanner.sources.asking import spec_of, universe_from
from technic.scanner.sources.base import BarSource
from technic.scanner.sources.registry import same_bars, universe_of
from technic.scanner.units import FetchResult, FetchUnit, SegmentRef, SourceSpec
from technic.scanner.universe import Universe

PANELS = "panels"
"""The folder of stored bars below `data_dir`; one for the server and the library, so that both fetch once."""

GROUP_SYMBOLS = 64
"""Symbols in a group, and so in a segment."""

LOOK_SECONDS = 2.0
"""How long a view holds before the source is asked again whether it has changed."""

RETRY_SECONDS = 60.0
"""How long a group that failed in a recoverable way counts as fetched for scans that begin later."""


@dataclass(eq=False)
class _Catalog:
    """What all views of one version of the source share."""

    spec: SourceSpec
    universe: Universe
    folder: Path
    groups: tuple[tuple[str, ...], ...]
    kept: dict[int, FetchResult] = field(default_factory=dict)
    retry_at: dict[int, float] = field(default_factory=dict)


class MarketView:
    """A source at one moment: its universe, and which of its bars are in the panel. Thread-safe.

    A view goes on as it was when the source changes; whoever wants the present asks the market again.
    """

    def __init__(self, catalog: _Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock
        self._own: dict[int, FetchResult] = {}  # what this view was told, also where it is to be retried

    @property
    def spec(self) -> SourceSpec:
        """The source's spec at that moment."""
        return self._catalog.spec

    @property
    def universe(self) -> Universe:
        """Every symbol there is."""
        return self._catalog.universe

    @property
    def groups(self) -> int:
        """How many groups there are, numbered from 0."""
        return len(self._catalog.groups)

    def group_of(self, symbol: str) -> int:
        """In which group a symbol's bars lie. Raises UnknownSymbol."""
        at = self.universe.position(symbol)
        if at is None:
            raise UnknownSymbol(f"there is no symbol {symbol!r}", affected_symbols=(symbol,))
        return at // len(self._catalog.groups[0])

    def group_symbols(self, group: int) -> tuple[str, ...]:
        """The symbols of a group, in the universe's order."""
        return self._catalog.groups[group]

    def segment(self, group: int) -> SegmentRef | None:
        """A group's bars, None where they are not in the panel (any more). Looks at the disk."""
        result = self._result(group)
        if result is None or result.segment is None:
            return None
        there = os.path.exists(result.segment.path)  # noqa: PTH110 - pathlib's costs four times as much
        return result.segment if there else None

    def failures(self, group: int) -> tuple[Failure, ...]:
        """Why symbols of a group that was fetched are not in its segment, one each."""
        result = self._result(group)
        return () if result is None else result.failures

    def fetch_unit(self, group: int) -> FetchUnit:
        """The unit that brings a group into the panel; symbols that were given up are not tried again."""
        catalog = self._catalog
        given_up = tuple(failure for failure in self.failures(group) if failure.code in CUT_CODES)
        return without(FetchUnit(catalog.spec, catalog.groups[group], str(catalog.folder)), given_up)

    def keep(self, unit: FetchUnit, result: FetchResult) -> None:
        """Remember that a group is in the panel now; what may succeed later, for a while only."""
        if unit.source.version != self.spec.version or unit.is_probe:
            return
        group = self.group_of(unit.symbols[0])
        if unit.asked != self.group_symbols(group):  # of the same bars in a larger or smaller universe
            return
        self._own[group] = self._catalog.kept[group] = result
        if any(failure.recoverable for failure in result.failures):
            self._catalog.retry_at[group] = self._clock.monotonic() + RETRY_SECONDS
        else:
            self._catalog.retry_at.pop(group, None)

    def _result(self, group: int) -> FetchResult | None:
        return self._own.get(group) or self._catalog.kept.get(group)


class Market:
    """One source as a process sees it. Thread-safe.

    Args:
        source: Where bars come from.
        folder: Where the panel lies; made at the first view.
        group_symbols: Symbols in a group.
        clock: Measures how long a view holds.
    """

    def __init__(
        self,
        source: BarSource,
        folder: Path,
        *,
        group_symbols: int = GROUP_SYMBOLS,
        clock: Clock | None = None,
    ) -> None:
        self.source = source
        self._folder = folder
        self._group_symbols = group_symbols
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._catalog: _Catalog | None = None
        self._in_use: WeakSet[_Catalog] = WeakSet()
        self._looked_at = 0.0

    def view(self) -> MarketView:
        """The source as it is now. Blocking, for a thread: looks at the disk, and the first time lists it.

        Raises:
            Unusable: The panel's folder cannot be written to.
            ConfigError, DataError: What the source has to say.
        """
        with self._lock:
            now = self._clock.monotonic()
            if self._catalog is None or now - self._looked_at >= LOOK_SECONDS:
                self._catalog = self._present(spec_of(self.source))
                self._looked_at = now
            _forget(self._catalog, now)
            return MarketView(self._catalog, self._clock)

    def view_of(self, spec: SourceSpec) -> MarketView | None:
        """The source in exactly this version, also where it has changed since. Blocking, for a thread.

        What of it is in the panel is found; what is missing can be fetched. Its folder stays as long as the
        view is used.

        Returns:
            None where its bars cannot be had any more: its files have changed, or this program makes others.

        Raises:
            As `view`.
        """
        present = self.view()
        if same_bars(present.spec, spec):
            return present
        with self._lock:
            catalog = next((each for each in self._in_use if same_bars(each.spec, spec)), None)
            if catalog is None:
                universe = universe_of(spec)
                if universe is None or not len(universe):
                    return None
                catalog = self._opened(spec, universe)
            _forget(catalog, self._clock.monotonic())
            return MarketView(catalog, self._clock)

    def _present(self, spec: SourceSpec) -> _Catalog:
        """The catalog of this version: the one there is, or a new one."""
        if self._catalog is not None and self._catalog.spec.version == spec.version:
            return self._catalog
        universe = universe_from(self.source)
        if not len(universe):
            raise NothingToScan(f"the source {spec.name!r} has no symbols")
        catalog = self._opened(spec, universe)
        shelf.remove_old(self._folder, spec.name, in_use={each.folder for each in self._in_use})
        return catalog

    def _opened(self, spec: SourceSpec, universe: Universe) -> _Catalog:
        """The catalog of a version, with what the panel holds of it; its folder does not go while in use."""
        folder = self._folder / f"{spec.name}-{spec.version}"
        groups = _runs(universe.symbols, self._group_symbols)
        catalog = _Catalog(spec, universe, folder, groups, shelf.opened(folder, groups))
        self._in_use.add(catalog)
        return catalog


def _runs(symbols: tuple[str, ...], length: int) -> tuple[tuple[str, ...], ...]:
    """Fixed runs of the universe's order; the last may be shorter."""
    return tuple(symbols[start : start + length] for start in range(0, len(symbols), length))


def _forget(catalog: _Catalog, now: float) -> None:
    """Views made from now on fetch anew what failed in a recoverable way some time ago."""
    due: Iterable[int] = [group for group, at in catalog.retry_at.items() if at <= now]
    for group in due:
        catalog.kept.pop(group, None)
        catalog.retry_at.pop(group, None)
