"""Figures over ended scans, from a light record of each: pure, and the same for every store."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from math import ceil

from technic.engine.scan.events import Snapshot, Status
from technic.engine.stores.history import (
    FailingSymbol,
    FrequentFailure,
    Quantiles,
    Statistics,
    StatisticsQuery,
    Throughput,
)
from technic.errors import Failure
from technic.scanner.stages import FETCHING, SCANNING, STAGES

FAILURES = 1_000
"""Failed symbols counted of one scan at most."""

_SIZES = ((100, "1-100"), (1_000, "101-1000"), (10_000, "1001-10000"))
_LARGEST = "10001+"

Kind = tuple[str, str]
"""A failure's code and error_type."""


@dataclass(frozen=True, slots=True)
class EndedScan:
    """What the figures need of one ended scan.

    Attributes:
        status: How it ended.
        ended_at: When, in seconds since 1970.
        size: How many symbols it was for.
        symbols: How many of them ended.
        seconds: From its beginning to its end; None where it never began.
        stage_seconds: By stage, and `queued`.
        failures: By kind, how many symbols failed of it.
    """

    status: str
    ended_at: float
    size: int
    symbols: int
    seconds: float | None
    stage_seconds: Mapping[str, float]
    failures: Sequence[tuple[Kind, int]]


def ended_scan(snapshot: Snapshot, failures: Iterable[Failure]) -> EndedScan:
    """The record of a scan that has ended."""
    ended_at = snapshot.completed_at or snapshot.created_at
    begun_at = snapshot.started_at
    stages = {stage.name: stage for stage in snapshot.stages}
    counted = [stages[STAGES[place]] for place in (FETCHING, SCANNING) if STAGES[place] in stages]
    seconds = {name: stage.seconds for name, stage in stages.items() if stage.status == "completed"}
    if begun_at is not None:
        seconds["queued"] = max(0.0, (begun_at - snapshot.created_at).total_seconds())
    kinds = Counter((f.code, f.error_type) for f in failures for _ in f.affected_symbols or ("",))
    return EndedScan(
        status=str(snapshot.status),
        ended_at=ended_at.timestamp(),
        size=max((stage.total for stage in counted), default=0),
        symbols=max((stage.current for stage in counted), default=0),
        seconds=None if begun_at is None else max(0.0, (ended_at - begun_at).total_seconds()),
        stage_seconds=seconds,
        failures=tuple(kinds.items()),
    )


def failed_symbols(failures: Iterable[Failure]) -> Iterator[tuple[str, str, str]]:
    """Symbol, code and error_type of the symbols that failed in one scan, each symbol once."""
    named = {symbol: (f.code, f.error_type) for f in failures for symbol in f.affected_symbols}
    return ((symbol, *kind) for symbol, kind in islice(named.items(), FAILURES))


def statistics(
    scans: Sequence[EndedScan], failed: Iterable[tuple[str, str, int]], query: StatisticsQuery
) -> Statistics:
    """The figures.

    Args:
        scans: The ones that the query means, in any order.
        failed: Symbol, code, and in how many of these scans it failed so.
        query: How fine, how many.
    """
    done = [scan for scan in scans if scan.status == Status.COMPLETED]
    return Statistics(
        scans=len(scans),
        by_status=dict(Counter(scan.status for scan in scans)),
        seconds=_seconds(done),
        stage_seconds=_stage_seconds(done),
        throughput=_throughput(scans, query.bucket_seconds),
        failures=_frequent(scans)[: query.most],
        symbols=_failing(failed)[: query.most],
    )


def _seconds(done: Sequence[EndedScan]) -> dict[str, Quantiles]:
    by_size: defaultdict[str, list[float]] = defaultdict(list)
    for scan in done:
        if scan.seconds is not None:
            by_size[_size(scan.size)].append(scan.seconds)
            by_size["all"].append(scan.seconds)
    names = [*(name for _, name in _SIZES), _LARGEST, "all"]
    return {name: _quantiles(by_size[name]) for name in names if name in by_size}


def _size(symbols: int) -> str:
    return next((name for most, name in _SIZES if symbols <= most), _LARGEST)


def _stage_seconds(done: Sequence[EndedScan]) -> dict[str, Quantiles]:
    by_stage: defaultdict[str, list[float]] = defaultdict(list)
    for scan in done:
        for name, seconds in scan.stage_seconds.items():
            by_stage[name].append(seconds)
    return {name: _quantiles(by_stage[name]) for name in ("queued", *STAGES) if name in by_stage}


def _quantiles(values: list[float]) -> Quantiles:
    """By nearest rank."""
    values.sort()
    p50, p95 = (values[ceil(share * len(values)) - 1] for share in (0.5, 0.95))
    return Quantiles(p50, p95, len(values))


def _throughput(scans: Sequence[EndedScan], seconds: int) -> tuple[Throughput, ...]:
    count: Counter[int] = Counter()
    symbols: Counter[int] = Counter()
    for scan in scans:
        step = int(scan.ended_at // seconds)
        count[step] += 1
        symbols[step] += scan.symbols
    return tuple(
        Throughput(datetime.fromtimestamp(step * seconds, UTC), count[step], symbols[step])
        for step in sorted(count)
    )


def _frequent(scans: Sequence[EndedScan]) -> tuple[FrequentFailure, ...]:
    symbols: Counter[Kind] = Counter()
    among: Counter[Kind] = Counter()
    for scan in scans:
        for kind, failed in scan.failures:
            symbols[kind] += failed
            among[kind] += 1
    found = [FrequentFailure(*kind, symbols[kind], among[kind]) for kind in symbols]
    return tuple(sorted(found, key=lambda f: (-f.symbols, -f.scans, f.code)))


def _failing(failed: Iterable[tuple[str, str, int]]) -> tuple[FailingSymbol, ...]:
    codes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for symbol, code, scans in failed:
        codes[symbol][code] += scans
    found = [
        FailingSymbol(symbol, counted.total(), min(counted, key=lambda code: (-counted[code], code)))
        for symbol, counted in codes.items()
    ]
    return tuple(sorted(found, key=lambda f: (-f.scans, f.symbol)))
