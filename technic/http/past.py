"""What the server says of scans that have ended, as JSON values; a page may take long, it is for a thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from technic.clock import rfc3339
from technic.engine.stores.history import HistoryEntry, HistoryPage, Quantiles, Statistics, Throughput
from technic.http.payloads import snapshot_body, start_body
from technic.scanner.stages import FETCHING, STAGES

LISTED_MOST = 20
"""So many items of a list in a request are shown in a page: one may name 20,000 symbols."""

_OF_A_SNAPSHOT = (
    "scan_id", "status", "stage", "percentage", "message", "matches", "failures", "created_at", "started_at",
    "completed_at", "elapsed_seconds", "priority", "tags", "error",
)  # fmt: skip
_URLS = ("progress_url", "results_url", "websocket_url", "sse_url")


def history_body(page: HistoryPage) -> dict[str, Any]:
    """The scans of a page."""
    return {"scans": [_entry(entry) for entry in page.entries]}


def _entry(entry: HistoryEntry) -> dict[str, Any]:
    """One ended scan: what a list shows of it, and where all else is to be had."""
    told: Mapping[str, object] = snapshot_body(entry.snapshot)
    urls: Mapping[str, object] = start_body(entry.snapshot)
    symbols = next((stage.total for stage in entry.snapshot.stages if stage.name == STAGES[FETCHING]), 0)
    return {
        **{name: told[name] for name in _OF_A_SNAPSHOT},
        "symbols": symbols,
        "rows": entry.rows,
        "request": _shortened(entry.request),
        **{name: urls[name] for name in _URLS},
    }


def _shortened(value: Any) -> Any:
    """A request's value with long lists cut; what was cut is said in their last place."""
    if isinstance(value, Mapping):
        return {name: _shortened(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        shown = [_shortened(part) for part in value[:LISTED_MOST]]
        return shown if len(value) <= LISTED_MOST else [*shown, f"and {len(value) - LISTED_MOST} more"]
    return value


def statistics_body(figures: Statistics, over: Mapping[str, Any]) -> dict[str, Any]:
    """Figures over ended scans.

    Args:
        figures: They.
        over: What they were asked for: `since`, `until`, `bucket_seconds`.
    """
    return {
        **{name: _plain(value) for name, value in over.items()},
        "scans": figures.scans,
        "by_status": {str(status): count for status, count in figures.by_status.items()},
        "seconds": _quantiles(figures.seconds),
        "stage_seconds": _quantiles(figures.stage_seconds),
        "durations": [asdict(span) for span in figures.durations],
        "throughput": [_step(step) for step in figures.throughput],
        "failures": [asdict(failure) for failure in figures.failures],
        "symbols": [asdict(symbol) for symbol in figures.symbols],
        "presets": [asdict(use) for use in figures.presets],
        "rejected": [asdict(rejection) for rejection in figures.rejected],
    }


def _step(step: Throughput) -> dict[str, Any]:
    speed = step.symbols_per_second
    return asdict(step) | {
        "at": rfc3339(step.at), "symbols_per_second": None if speed is None else round(speed, 1),
    }  # fmt: skip


def _quantiles(by_name: Mapping[str, Quantiles]) -> dict[str, Any]:
    return {
        name: {"p50": round(found.p50, 3), "p95": round(found.p95, 3), "count": found.count}
        for name, found in by_name.items()
    }


def _plain(value: Any) -> Any:
    return rfc3339(value) if isinstance(value, datetime) else value
