"""What this process has done so far, over all scans that have ended in it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from technic.engine.scan.events import Snapshot, Status
from technic.scanner.result import ScanResult


class Totals:
    """Counts that only grow, for whoever watches a service; they begin anew with each process."""

    def __init__(self) -> None:
        self._ended: Counter[str] = Counter()
        self._symbols: Counter[str] = Counter()
        self._units: Counter[str] = Counter()
        self._retries = 0
        self._seconds = 0.0
        self._queue_seconds = 0.0

    def add(self, snapshot: Snapshot, result: ScanResult | None) -> None:
        """Count a scan that has ended, once.

        Args:
            snapshot: Its terminal snapshot.
            result: What it came to; None where it came to nothing.
        """
        self._ended[snapshot.status.value] += 1
        begun_at = snapshot.started_at or snapshot.completed_at or snapshot.created_at
        self._seconds += snapshot.elapsed_seconds
        self._queue_seconds += max(0.0, (begun_at - snapshot.created_at).total_seconds())
        if result is not None:
            self._add_figures(result.performance_metrics)

    def _add_figures(self, figures: Any) -> None:
        """The figures of a result, see `performance_metrics`."""
        self._symbols["rated"] += figures["symbols_scanned"]
        self._symbols["failed"] += figures["symbols_failed"]
        self._symbols["returned"] += figures["symbols_returned"]
        cache = figures["cache"]
        self._units.update(computed=cache["misses"], cached=cache["hits"], shared=cache["shared"])
        self._retries += figures["retries"]

    def body(self) -> dict[str, Any]:
        """The counts, for /health and /metrics; `units` by where their results came from."""
        return {
            "scans": {status.value: self._ended[status.value] for status in Status if status.ended},
            "symbols": {name: self._symbols[name] for name in ("rated", "failed", "returned")},
            "units": {name: self._units[name] for name in ("computed", "cached", "shared")},
            "retries": self._retries,
            "seconds": round(self._seconds, 3),
            "queue_seconds": round(self._queue_seconds, 3),
        }
