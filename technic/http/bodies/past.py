"""Scans that have ended, on the wire."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from technic.http.bodies.problem import FailureBody
from technic.http.bodies.results import CacheBody
from technic.http.bodies.scans import Count, Percent, Seconds, StageText
from technic.http.bodies.shaped import EndedText, Moment, Reference


class EndedScanBody(TypedDict):
    """One ended scan, as a list shows it.

    Attributes:
        scan_id: Which.
        status: How it ended.
        stage: The last that it reached.
        percentage: How far it came.
        message: The same for a person.
        symbols: How many it was to scan.
        matches: Rows that passed the filters, before `limit`.
        failures: Symbols that failed.
        rows: Rows that are kept.
        priority: 9 went first.
        tags: Words of whoever started it.
        created_at: When it was asked for.
        started_at: When it began to run.
        completed_at: When it ended.
        elapsed_seconds: From its creation to its end.
        error: Why it failed.
        request: What was asked for; of a long list the first 20, and how many more.
        progress_url: Its last snapshot.
        results_url: Its rows.
        websocket_url: Its stream, which ends at once.
        sse_url: The same.
    """

    scan_id: str
    status: EndedText
    stage: StageText
    percentage: Percent
    message: str
    symbols: Count
    matches: Count
    failures: Count
    rows: Count
    priority: int
    tags: list[str]
    created_at: Moment | None
    started_at: Moment | None
    completed_at: Moment | None
    elapsed_seconds: Seconds | None
    error: FailureBody | None
    request: dict[str, Any]
    progress_url: Reference
    results_url: Reference
    websocket_url: Reference
    sse_url: Reference


class HistoryBody(TypedDict):
    """A page of ended scans.

    Attributes:
        total: How many there are in all that were asked for.
        offset: How many of the newest were passed over.
        limit: How many a page holds.
        next: The following page; null on the last.
        scans: They, newest end first.
    """

    total: Count
    offset: Count
    limit: Count
    next: Reference | None
    scans: list[EndedScanBody]


class QuantilesBody(TypedDict):
    """Seconds, over some scans.

    Attributes:
        p50: Half took no longer.
        p95: 95 of 100 took no longer.
        count: How many they were.
    """

    p50: float
    p95: float
    count: Count


class ThroughputBody(TypedDict):
    """What ended in one step of time.

    Attributes:
        at: When it begins.
        scans: Scans that ended.
        symbols: Symbols of these.
        by_status: How many of the scans ended how.
        symbols_per_second: Of the completed ones; null where none completed.
        cache: Where the results of their units came from.
    """

    at: Moment
    scans: Count
    symbols: Count
    by_status: dict[str, int]
    symbols_per_second: float | None
    cache: CacheBody


class SpanBody(TypedDict):
    """How many completed scans took so long.

    Attributes:
        up_to: Seconds, and longer than the span before.
        scans: How many.
    """

    up_to: float
    scans: Count


class PresetUseBody(TypedDict):
    """What a preset was used for.

    Attributes:
        preset: Which; null for scans without one.
        scans: How many asked for it.
        matches: What they found.
    """

    preset: str | None
    scans: Count
    matches: Count


class RejectionBody(TypedDict):
    """What a condition kept out.

    Attributes:
        condition: As a person writes it.
        rows: How many rows.
        scans: In how many scans.
    """

    condition: str
    rows: Count
    scans: Count


class FrequentFailureBody(TypedDict):
    """A kind of failure.

    Attributes:
        code: Which.
        error_type: Of which kind.
        symbols: How often a symbol failed of it.
        scans: In how many scans.
    """

    code: str
    error_type: str
    symbols: Count
    scans: Count


class FailingSymbolBody(TypedDict):
    """A symbol that fails.

    Attributes:
        symbol: Which.
        scans: In how many scans.
        code: Of what most often.
    """

    symbol: str
    scans: Count
    code: str


class StatisticsBody(TypedDict):
    """Figures over ended scans.

    Attributes:
        since: From when on.
        until: Up to when.
        bucket_seconds: How long one step of the throughput is.
        scans: How many they are over.
        by_status: How many ended how.
        seconds: From beginning to end, by how many symbols they had, and of `all`.
        stage_seconds: By stage, and `queued` for the wait.
        durations: How many completed scans took how long.
        throughput: Oldest first; steps in which nothing ended are left out.
        failures: The most frequent first.
        symbols: Those that fail in most scans first.
        presets: The most used first.
        rejected: The conditions that kept out most first.
    """

    since: Moment | None
    until: Moment | None
    bucket_seconds: int
    scans: Count
    by_status: dict[str, int]
    seconds: dict[str, QuantilesBody]
    stage_seconds: dict[str, QuantilesBody]
    durations: list[SpanBody]
    throughput: list[ThroughputBody]
    failures: list[FrequentFailureBody]
    symbols: list[FailingSymbolBody]
    presets: list[PresetUseBody]
    rejected: list[RejectionBody]
