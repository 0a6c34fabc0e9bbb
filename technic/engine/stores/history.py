"""What can be asked of ended scans, and what comes back: the same of every store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from technic.engine.scan.events import Snapshot, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """Which ended scans.

    Attributes:
        statuses: With one of these; empty for all.
        tag: That has this tag; None for all.
        scan_id: Whose id begins so; None for all.
        preset: That were asked for by this preset; None for all.
        text: Whose request has this in its JSON, whatever the case of its ASCII letters; None for all.
        since: That ended at or after this moment.
        until: That ended before this moment.
        offset: How many of the newest to pass over.
        limit: How many at most.
    """

    statuses: tuple[Status, ...] = ()
    tag: str | None = None
    scan_id: str | None = None
    preset: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One ended scan.

    Attributes:
        snapshot: Its last.
        request: What was asked for, as `ScanRequest.as_json` gives it.
        rows: How many rows its result holds; 0 where there is no result.
    """

    snapshot: Snapshot
    request: Mapping[str, Any]
    rows: int


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some ended scans, newest end first, and how many there are in all that the query means."""

    entries: tuple[HistoryEntry, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsQuery:
    """Over which ended scans.

    Attributes:
        since: That ended at or after this moment; None for all that are kept.
        until: That ended before this moment.
        bucket_seconds: How long one step of the throughput over time is.
        most: How many failures, symbols, presets and conditions are named at most.
    """

    since: datetime | None = None
    until: datetime | None = None
    bucket_seconds: int = 3600
    most: int = 20


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Median and 95th percentile of some seconds, and over how many values."""

    p50: float
    p95: float
    count: int


@dataclass(frozen=True, slots=True)
class Caching:
    """Units of work: found in a cache, computed, and computed for another scan at the same time."""

    hits: int = 0
    misses: int = 0
    shared: int = 0


@dataclass(frozen=True, slots=True)
class Throughput:
    """What ended in one step of time.

    Attributes:
        at: When the step begins.
        scans: How many scans ended in it.
        symbols: Of how many symbols.
        by_status: How many of the scans ended how.
        symbols_per_second: Of its completed scans: their symbols / the seconds from beginning to end, summed;
            None where none completed.
        cache: Of all its scans.
    """

    at: datetime
    scans: int
    symbols: int
    by_status: Mapping[str, int] = field(default_factory=dict)
    symbols_per_second: float | None = None
    cache: Caching = Caching()


@dataclass(frozen=True, slots=True)
class Span:
    """How many completed scans took up to so many seconds, and longer than the span before."""

    up_to: float
    scans: int


@dataclass(frozen=True, slots=True)
class PresetUse:
    """A preset, None for scans without one: how many scans asked for it, and what they found."""

    preset: str | None
    scans: int
    matches: int


@dataclass(frozen=True, slots=True)
class Rejection:
    """A condition: how many rows it kept out, in how many scans."""

    condition: str
    rows: int
    scans: int


@dataclass(frozen=True, slots=True)
class FrequentFailure:
    """A kind of failure: how often a symbol failed of it, and in how many scans."""

    code: str
    error_type: str
    symbols: int
    scans: int


@dataclass(frozen=True, slots=True)
class FailingSymbol:
    """A symbol that fails: in how many scans, and of what most often."""

    symbol: str
    scans: int
    code: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures over ended scans.

    Attributes:
        scans: How many they are over.
        by_status: How many ended how.
        seconds: Of completed scans, from their beginning to their end, by size: `1-100`, `101-1000`,
            `1001-10000`, `10001+` symbols, and `all`.
        stage_seconds: Of completed scans, by stage, and `queued` for their wait.
        durations: Of completed scans; spans without a scan between others are there too.
        throughput: Oldest first; a step in which nothing ended is left out.
        failures: The most frequent first.
        symbols: The ones that fail in most scans first.
        presets: The most used first.
        rejected: The conditions that kept out most first.
    """

    scans: int = 0
    by_status: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, Quantiles] = field(default_factory=dict)
    stage_seconds: Mapping[str, Quantiles] = field(default_factory=dict)
    durations: tuple[Span, ...] = ()
    throughput: tuple[Throughput, ...] = ()
    failures: tuple[FrequentFailure, ...] = ()
    symbols: tuple[FailingSymbol, ...] = ()
    presets: tuple[PresetUse, ...] = ()
    rejected: tuple[Rejection, ...] = ()
