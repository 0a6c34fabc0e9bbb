"""What a scan returns: its rows, what failed, what to know about it, and its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from technic.errors import Failure
from technic.scanner.ranking import order_of
from technic.scanner.rows import Rows

if TYPE_CHECKING:
    import pandas as pd


FAILED_SHARE = 0.05
"""Above this share of failed symbols a result says that it is short, unless the settings name another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """What only the one who ran a plan can tell of it.

    Attributes:
        total_seconds: From the scan's creation to its end.
        queue_seconds: Of these, how long it waited for its turn.
        stage_seconds: By the stage's name.
        cache_hits: Units whose result a cache held.
        cache_misses: Units that were computed for this scan.
        cache_shared: Units that were computed for another scan at the same time.
        units: All units of the scan.
        retries: How often a unit was tried again.
        workers: How many processes worked.
        attempts: Each failed try of a unit: JSON values.
    """

    total_seconds: float = 0.0
    queue_seconds: float = 0.0
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
    cache_hits: int = 0
    cache_misses: int = 0
    cache_shared: int = 0
    units: int = 0
    retries: int = 0
    workers: int = 1
    attempts: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a plan counts on its way.

    Attributes:
        requested: Symbols wanted, known and unknown ones.
        scanned: Symbols rated.
        kept: Rows that passed, before `limit`.
        returned: Rows after it.
        failed: Symbols that failed.
        rejected: By reason, how many rows did not pass; a row counts once, under its first reason.
    """

    requested: int
    scanned: int
    kept: int
    returned: int
    failed: int
    rejected: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class ScanResult:
    """What a scan returns.

    Attributes:
        rows: In order, at most `limit`.
        failures: One for each symbol that could not be rated.
        warnings: What to know about the result, in sentences.
        performance_metrics: Its figures, JSON values.
    """

    rows: Rows
    failures: tuple[Failure, ...]
    warnings: tuple[str, ...]
    performance_metrics: Mapping[str, Any]

    @property
    def total(self) -> int:
        """How many rows there are, before paging."""
        return len(self.rows)

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a pandas DataFrame, one column a field; missing values are NaN, NaT or None."""
        from technic.scanner.export import frame  # noqa: PLC0415 - pandas is slow to load and rarely needed

        return frame(self.rows)

    def page(
        self,
        offset: int = 0,
        limit: int | None = None,
        sort_by: str | None = None,
        *,
        descending: bool = True,
    ) -> list[dict[str, Any]]:
        """Rows as JSON values.

        Args:
            offset: The first of them.
            limit: How many at most; None for all the rest.
            sort_by: Another order than the scan's own, ties by symbol.
            descending: Whether that order has the highest first.
        """
        return self.ordered(sort_by, descending=descending).to_dicts(offset, limit)

    def ordered(self, sort_by: str | None, *, descending: bool = True) -> Rows:
        """All rows, in another order where `sort_by` names one."""
        if sort_by is None:
            return self.rows
        symbols, column = self.rows.symbols, self.rows.columns[sort_by]
        return self.rows.take(order_of(symbols, column, sort_by, descending=descending))


def performance_metrics(counts: Counts, figures: RunFigures) -> dict[str, Any]:
    """The figures of a scan under the names that clients know."""
    seconds = figures.stage_seconds.get("symbol_scanning", 0.0)
    return {
        "total_seconds": figures.total_seconds,
        "queue_seconds": figures.queue_seconds,
        "symbols_requested": counts.requested,
        "symbols_scanned": counts.scanned,
        "symbols_returned": counts.returned,
        "symbols_failed": counts.failed,
        "symbols_per_second": counts.scanned / seconds if seconds > 0 else None,
        "stage_timings": dict(figures.stage_seconds),
        "scan_stats": {
            "attempted": counts.scanned + counts.failed,
            "kept": counts.kept,
            "rejected": dict(counts.rejected),
            "errors": counts.failed,
        },
        "cache": {
            "hits": figures.cache_hits,
            "misses": figures.cache_misses,
            "shared": figures.cache_shared,
        },
        "units": figures.units,
        "retries": figures.retries,
        "workers": figures.workers,
        "attempts": [dict(attempt) for attempt in figures.attempts],
    }


def sentences(
    counts: Counts, failures: Sequence[Failure], *, failed_share: float = FAILED_SHARE
) -> tuple[str, ...]:
    """What a person should know who looks at the rows: what is not among them, why there are none.

    Args:
        counts: The scan's.
        failures: One for each symbol that failed.
        failed_share: The share of failed symbols above which the first sentence says that the list is short.
    """
    found = []
    if failures and failed_share * counts.requested < counts.failed < counts.requested:
        found.append(_short_list(counts, failures))
    if counts.kept == 0 and counts.scanned:
        reasons = ", ".join(f"{n} by {reason}" for reason, n in counts.rejected.items())
        found.append(f"No symbol passed the filters; {counts.scanned} were rated and rejected: {reasons}.")
    if failures:
        kinds = ", ".join(f"{n} {code}" for code, n in Counter(each.code for each in failures).items())
        if counts.failed == counts.requested:
            found.append(f"None of the {counts.requested} symbols could be scanned: {kinds}.")
        else:
            found.append(f"{counts.failed} of {counts.requested} symbols could not be scanned: {kinds}.")
    return tuple(found)


def _short_list(counts: Counts, failures: Sequence[Failure]) -> str:
    """So many symbols failed that the list would mislead who takes it for the whole."""
    ((code, number),) = Counter(each.code for each in failures).most_common(1)
    example = next(each for each in failures if each.code == code)
    share = f"{100 * counts.failed / counts.requested:.3g} % of the symbols are missing"
    return f"This list is short: {share}, most often ({number} times) by {code}. {example.suggestion}"
