"""Figures over ended scans, from a light record of each: pure, and the same for every store."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from math import ceil

from technic.engine.scan.events import Status
from technic.engine.stores.ended import CACHE, EndedScan, Kind
from technic.engine.stores.history import (
    Caching,
    FailingSymbol,
    FrequentFailure,
    PresetUse,
    Quantiles,
    Rejection,
    Span,
    Statistics,
    StatisticsQuery,
    Throughput,
)
from technic.scanner.stages import STAGES

_SIZES = ((100, "1-100"), (1_000, "101-1000"), (10_000, "1001-10000"))
_LARGEST = "10001+"
_SPANS = tuple(step * 10.0**power for power in range(-2, 6) for step in (1, 2, 5))
"""Seconds up to which durations are counted together: 10 ms, 20 ms, 50 ms and so on to 500,000 s."""


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
        durations=_durations(done),
        throughput=_throughput(scans, query.bucket_seconds),
        failures=_frequent(scans)[: query.most],
        symbols=_failing(failed)[: query.most],
        presets=_presets(scans)[: query.most],
        rejected=_rejected(scans)[: query.most],
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


def _durations(done: Sequence[EndedScan]) -> tuple[Span, ...]:
    taken = [_span(scan.seconds) for scan in done if scan.seconds is not None]
    if not taken:
        return ()
    counted = Counter(taken)
    return tuple(Span(_SPANS[place], counted[place]) for place in range(min(taken), max(taken) + 1))


def _span(seconds: float) -> int:
    """The place of the first span that is as long."""
    last = len(_SPANS) - 1
    return next((place for place, up_to in enumerate(_SPANS) if seconds <= up_to), last)


def _throughput(scans: Sequence[EndedScan], seconds: int) -> tuple[Throughput, ...]:
    steps: defaultdict[int, list[EndedScan]] = defaultdict(list)
    for scan in scans:
        steps[int(scan.ended_at // seconds)].append(scan)
    return tuple(
        Throughput(
            datetime.fromtimestamp(step * seconds, UTC),
            len(ended),
            sum(scan.symbols for scan in ended),
            dict(Counter(scan.status for scan in ended)),
            _speed(ended),
            Caching(*(sum(scan.cache.get(name, 0) for scan in ended) for name in CACHE)),
        )
        for step, ended in sorted(steps.items())
    )


def _speed(scans: Sequence[EndedScan]) -> float | None:
    done = [scan for scan in scans if scan.status == Status.COMPLETED and scan.seconds]
    seconds = sum(scan.seconds or 0.0 for scan in done)
    return sum(scan.symbols for scan in done) / seconds if seconds > 0 else None


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


def _presets(scans: Sequence[EndedScan]) -> tuple[PresetUse, ...]:
    used = Counter(scan.preset for scan in scans)
    matches: Counter[str | None] = Counter()
    for scan in scans:
        matches[scan.preset] += scan.matches
    found = [PresetUse(preset, used[preset], matches[preset]) for preset in used]
    return tuple(sorted(found, key=lambda use: (-use.scans, use.preset or "")))


def _rejected(scans: Sequence[EndedScan]) -> tuple[Rejection, ...]:
    rows: Counter[str] = Counter()
    among: Counter[str] = Counter()
    for scan in scans:
        rows.update(scan.rejected)
        among.update(scan.rejected.keys())
    found = [Rejection(condition, rows[condition], among[condition]) for condition in rows]
    return tuple(sorted(found, key=lambda r: (-r.rows, -r.scans, r.condition)))
