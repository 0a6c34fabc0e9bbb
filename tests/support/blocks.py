"""Hand-made rated blocks and a market that exists in memory only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from technic.errors import Failure
from technic.scanner.columns import Columns
from technic.scanner.cutting import CUT_CODES, without
from technic.scanner.fields import FIELDS
from technic.scanner.trade_plan import COLUMNS as PLAN_COLUMNS
from technic.scanner.units import (
    ABSENT,
    FetchResult,
    FetchUnit,
    Floats,
    RatedBlock,
    RateUnit,
    SegmentRef,
    SourceSpec,
)
from technic.scanner.universe import Listing, Universe

SPEC = SourceSpec("fake", {}, "1")
RATED_COLUMNS = (
    *(field.name for field in FIELDS if field.numeric and field.name not in PLAN_COLUMNS),
    "signal",
    "low_10d",
    "high_10d",
)


def make_block(
    symbols: Sequence[str],
    columns: Mapping[str, Sequence[float]] | None = None,
    *,
    history: Floats | None = None,
    failures: tuple[Failure, ...] = (),
    warnings: Mapping[str, tuple[str, ...]] | None = None,
) -> RatedBlock:
    """A block in which every column that is not given is missing; `signal` is NEUTRAL then."""
    n = len(symbols)
    every = {name: np.full(n, np.nan) for name in RATED_COLUMNS} | {"signal": np.full(n, 2.0)}
    given = {name: np.array(values, dtype=np.float64) for name, values in (columns or {}).items()}
    votes = np.full((26, n), ABSENT, dtype=np.int8)
    return RatedBlock(tuple(symbols), Columns.of(every | given), votes, warnings or {}, failures, history)


class FakeView:
    """A market's view in memory: groups of a few symbols, of which some are there already."""

    def __init__(
        self,
        listings: Sequence[Listing],
        *,
        group_size: int = 2,
        there: Sequence[int] = (),
        failures: Mapping[int, tuple[Failure, ...]] | None = None,
    ) -> None:
        self.universe = Universe(listings)
        self._size = group_size
        self._failures = dict(failures or {})
        self._segments = {group: self.make_segment(group) for group in there}
        self.kept: list[FetchUnit] = []

    @property
    def spec(self) -> SourceSpec:
        return SPEC

    def make_segment(self, group: int, without: Sequence[str] = ()) -> SegmentRef:
        lost = {symbol for failure in self.failures(group) for symbol in failure.affected_symbols}
        symbols = tuple(s for s in self.group_symbols(group) if s not in lost and s not in without)
        return SegmentRef(f"/panel/{group}", f"v{group}", symbols)

    def group_of(self, symbol: str) -> int:
        position = self.universe.position(symbol)
        assert position is not None
        return position // self._size

    def group_symbols(self, group: int) -> tuple[str, ...]:
        return self.universe.symbols[group * self._size : (group + 1) * self._size]

    def segment(self, group: int) -> SegmentRef | None:
        return self._segments.get(group)

    def failures(self, group: int) -> tuple[Failure, ...]:
        return self._failures.get(group, ())

    def fetch_unit(self, group: int) -> FetchUnit:
        given_up = tuple(failure for failure in self.failures(group) if failure.code in CUT_CODES)
        return without(FetchUnit(SPEC, self.group_symbols(group), "/panel"), given_up)

    def keep(self, unit: FetchUnit, result: FetchResult) -> None:
        self.kept.append(unit)
        self._failures[self.group_of(unit.symbols[0])] = result.failures
        if result.segment is not None:
            self._segments[self.group_of(unit.symbols[0])] = result.segment

    def fetched(self, unit: FetchUnit, failures: tuple[Failure, ...] = ()) -> FetchResult:
        """What fetching a unit gives, but for the symbols that fail."""
        failures = (*unit.given_up, *failures)
        if unit.is_probe:
            return FetchResult(None, failures)
        lost = [symbol for failure in failures for symbol in failure.affected_symbols]
        return FetchResult(self.make_segment(self.group_of(unit.symbols[0]), lost), failures)


def make_listings(count: int) -> list[Listing]:
    """S1, S2, … in two sectors by turns."""
    sectors = ("Energy", "Utilities")
    return [Listing(f"S{n}", f"Company {n}", sectors[n % 2]) for n in range(1, count + 1)]


def symbols_of(unit: FetchUnit | RateUnit) -> list[str]:
    """Whose unit it is."""
    return list(unit.symbols)
