"""What the server says, as JSON values: one function for each kind of answer.

Names are those of today's clients; what each means stands with its type in `bodies`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from technic.clock import rfc3339
from technic.engine.scan.events import Snapshot, StageView, Status
from technic.errors import Failure
from technic.http.bodies.problem import FailureBody
from technic.http.bodies.results import LegacyBody, ResultBackBody, ResultBody, ResultFrontBody, WaitedBody
from technic.http.bodies.scans import ActiveBody, CancelBody, SnapshotBody, StageBody, StartBody
from technic.http.bodies.system import ProcessBody
from technic.http.problems import problem_body
from technic.scanner.result import ScanResult
from technic.vitals import Reading

_CANCELLED = "The scan was cancelled; these are the rows that it had found by then."


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def _seconds(duration: float | None) -> float | None:
    """Milliseconds are as exact as anybody reads them, and shorter on the wire."""
    return None if duration is None else round(duration, 3)


def error_of(failure: Failure | None) -> FailureBody | None:
    """A failure as it stands in snapshots and results."""
    return None if failure is None else problem_body(failure)


def stage_body(stage: StageView) -> StageBody:
    """One stage of a snapshot."""
    return {
        "name": stage.name,
        "weight": round(stage.weight, 4),
        "current": stage.current,
        "total": stage.total,
        "status": stage.status,
        "seconds": _seconds(stage.seconds),
    }


def snapshot_body(snapshot: Snapshot) -> SnapshotBody:
    """A progress snapshot; `metadata` repeats figures under the names that older clients read."""
    return {
        "scan_id": snapshot.scan_id,
        "seq": snapshot.seq,
        "status": snapshot.status.value,
        "stage": snapshot.stage,
        "current": snapshot.current,
        "total": snapshot.total,
        "stage_percentage": snapshot.stage_percentage,
        "percentage": snapshot.percentage,
        "message": snapshot.message,
        "eta_seconds": _seconds(snapshot.eta_seconds),
        "symbols_per_second": _seconds(snapshot.symbols_per_second),
        "elapsed_seconds": _seconds(snapshot.elapsed_seconds),
        "matches": snapshot.matches,
        "failures": snapshot.failures,
        "created_at": _time(snapshot.created_at),
        "started_at": _time(snapshot.started_at),
        "completed_at": _time(snapshot.completed_at),
        "cancel_requested": snapshot.cancel_requested,
        "priority": snapshot.priority,
        "queue_position": snapshot.queue_position,
        "tags": list(snapshot.tags),
        "stages": [stage_body(stage) for stage in snapshot.stages],
        "error": error_of(snapshot.error),
        "metadata": {
            "symbol": snapshot.last_symbol,
            "stage_progress_pct": snapshot.stage_percentage,
            "overall_progress_pct": snapshot.percentage,
            "stage_eta": _seconds(snapshot.stage_eta_seconds),
            "overall_eta": _seconds(snapshot.eta_seconds),
            "stage_throughput": _seconds(snapshot.symbols_per_second),
        },
    }


def start_body(snapshot: Snapshot) -> StartBody:
    """The answer to a start: the scan, and where all about it is to be had."""
    scan_id = snapshot.scan_id
    return {
        "scan_id": scan_id,
        "status": snapshot.status.value,
        "message": snapshot.message,
        "progress_url": f"/scan/progress/{scan_id}",
        "websocket_url": f"/scan/ws/{scan_id}",
        "sse_url": f"/scan/sse/{scan_id}",
        "results_url": f"/scan/results/{scan_id}",
        "cancel_url": f"/scan/cancel/{scan_id}",
    }


def cancel_body(scan_id: str, status: str, message: str) -> CancelBody:
    """The answer to a cancel."""
    return {"scan_id": scan_id, "status": status, "message": message}


def active_body(snapshots: Sequence[Snapshot]) -> ActiveBody:
    """The scans that have not ended."""
    return {"count": len(snapshots), "scans": [snapshot_body(snapshot) for snapshot in snapshots]}


def result_body(snapshot: Snapshot, result: ScanResult, rows: list[dict[str, Any]]) -> ResultBody:
    """The result of a scan, with one page of its rows; may take long, it is for a thread."""
    front, back = result_ends(snapshot, result, result.total)
    return {**front, "results": rows, **back}


def result_ends(snapshot: Snapshot, result: ScanResult, total: int) -> tuple[ResultFrontBody, ResultBackBody]:
    """What stands before the rows of a result of so many rows, and what stands behind them."""
    front: ResultFrontBody = {
        "scan_id": snapshot.scan_id,
        "status": snapshot.status.value,
        "complete": snapshot.status is Status.COMPLETED and not result.failures,
    }
    return front, {
        "total": total,
        "performance_metrics": dict(result.performance_metrics),
        "elapsed_seconds": _seconds(snapshot.elapsed_seconds),
        "error": error_of(snapshot.error),
        "failures": [problem_body(failure) for failure in result.failures],
        "warnings": list(result.warnings),
    }


def waited_body(snapshot: Snapshot, result: ScanResult) -> WaitedBody:
    """The answer to a start that waited: what any start says, and all of the result."""
    return {**start_body(snapshot), **result_body(snapshot, result, result.page())}


def legacy_body(snapshot: Snapshot, result: ScanResult, warnings: Sequence[str]) -> LegacyBody:
    """The answer to the legacy call, which has no status: a cancelled scan is told by a warning."""
    cancelled = [_CANCELLED] if snapshot.status is Status.CANCELLED else []
    return {
        "results": result.page(),
        "performance_metrics": dict(result.performance_metrics),
        "elapsed_seconds": _seconds(snapshot.elapsed_seconds),
        "warnings": [*warnings, *cancelled, *result.warnings],
    }


def health_body(
    version: str, health: Mapping[str, Any], features: Mapping[str, bool], *, draining: bool
) -> dict[str, Any]:
    """How the service is, and what it can do; where it is not healthy, `reasons` says why in sentences."""
    reasons = list(_reasons(health, draining=draining))
    return {
        "status": "draining" if draining else "degraded" if reasons else "healthy",
        "reasons": reasons,
        "version": version,
        "features": dict(features),
        **{name: value for name, value in health.items() if name not in {"status", "version", "features"}},
    }


def process_body(reading: Reading) -> ProcessBody:
    """How the process is; null where the system does not tell, or nobody has looked yet."""
    lag = reading.loop_lag
    return {
        "loop_lag_ms": None
        if lag is None
        else {"p50": _ms(lag.p50), "p99": _ms(lag.p99), "max": _ms(lag.longest)},
        "memory_bytes": reading.memory_bytes,
        "descriptors": reading.descriptors,
        "tasks": reading.tasks,
        "threads": reading.threads,
        "cpu_seconds": _seconds(reading.cpu_seconds),
        "uptime_seconds": _seconds(reading.uptime_seconds),
    }


def _ms(seconds: float) -> float:
    return round(1e3 * seconds, 2)


def _reasons(health: Mapping[str, Any], *, draining: bool) -> Iterator[str]:
    if draining:
        yield "The server is stopping and takes no scans."
    elif not health.get("ready"):
        yield "No scan is taken at present."
    trouble = (health.get("storage") or {}).get("trouble")
    if trouble:
        yield str(trouble)
