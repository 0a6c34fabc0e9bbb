"""The light record that is kept of every ended scan, so that figures over thousands are quick."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from technic.engine.scan.events import Snapshot
from technic.errors import Failure
from technic.scanner.stages import FETCHING, SCANNING, STAGES

FAILURES = 1_000
"""Failed symbols counted of one scan at most."""
CONDITIONS = 20
"""Conditions remembered of one scan at most: those that kept out most."""

CACHE = ("hits", "misses", "shared")

Kind = tuple[str, str]
"""A failure's code and error_type."""


@dataclass(frozen=True, slots=True)
class EndedScan:
    """What the figures need of one ended scan.

    A record that an older program wrote lacks the last four fields; they have their defaults then.

    Attributes:
        status: How it ended.
        ended_at: When, in seconds since 1970.
        size: How many symbols it was for.
        symbols: How many of them ended.
        seconds: From its beginning to its end; None where it never began.
        stage_seconds: By stage, and `queued`.
        failures: By kind, how many symbols failed of it.
        preset: The one that it was asked for by.
        matches: How many rows passed.
        cache: `hits`, `misses` and `shared` of its units.
        rejected: By condition, how many rows it kept out.
    """

    status: str
    ended_at: float
    size: int
    symbols: int
    seconds: float | None
    stage_seconds: Mapping[str, float]
    failures: Sequence[tuple[Kind, int]]
    preset: str | None = None
    matches: int = 0
    cache: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Its fields as JSON values, not copied; an `EndedScan` is made of them again."""
        return {name: getattr(self, name) for name in self.__slots__}


def ended_scan(
    snapshot: Snapshot, failures: Iterable[Failure], preset: str | None, metrics: Mapping[str, Any]
) -> EndedScan:
    """The record of a scan that has ended.

    Args:
        snapshot: Its last.
        failures: What failed of it.
        preset: The one that was asked for.
        metrics: Its result's `performance_metrics`; empty where it has none.
    """
    ended_at = snapshot.completed_at or snapshot.created_at
    begun_at = snapshot.started_at
    stages = {stage.name: stage for stage in snapshot.stages}
    counted = [stages[STAGES[place]] for place in (FETCHING, SCANNING) if STAGES[place] in stages]
    kinds = Counter((f.code, f.error_type) for f in failures for _ in f.affected_symbols or ("",))
    rejected = Counter(metrics.get("scan_stats", {}).get("rejected", {}))
    return EndedScan(
        status=str(snapshot.status),
        ended_at=ended_at.timestamp(),
        size=max((stage.total for stage in counted), default=0),
        symbols=max((stage.current for stage in counted), default=0),
        seconds=None if begun_at is None else max(0.0, (ended_at - begun_at).total_seconds()),
        stage_seconds=_stage_seconds(snapshot),
        failures=tuple(kinds.items()),
        preset=preset,
        matches=snapshot.matches,
        cache={name: metrics.get("cache", {}).get(name, 0) for name in CACHE},
        rejected=dict(rejected.most_common(CONDITIONS)),
    )


def _stage_seconds(snapshot: Snapshot) -> dict[str, float]:
    seconds = {stage.name: stage.seconds for stage in snapshot.stages if stage.status == "completed"}
    if snapshot.started_at is not None:
        seconds["queued"] = max(0.0, (snapshot.started_at - snapshot.created_at).total_seconds())
    return seconds


def failed_symbols(failures: Iterable[Failure]) -> Iterator[tuple[str, str, str]]:
    """Symbol, code and error_type of the symbols that failed in one scan, each symbol once."""
    named = {symbol: (f.code, f.error_type) for f in failures for symbol in f.affected_symbols}
    return ((symbol, *kind) for symbol, kind in islice(named.items(), FAILURES))
