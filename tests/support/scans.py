"""Scans made by hand, as a store is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from technic.engine.scan.events import Snapshot, StageView, Status
from technic.engine.stores.base import Kept, Reservation
from technic.errors import Failure, UnknownSymbol
from technic.scanner.checkpoint import Checkpoint
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from technic.scanner.units import SourceSpec
from tests.support.rows import make_rows

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = SourceSpec("fake", {"path": "/bars"}, "v1")
RESERVED = Reservation(1000, 5.0)

_STAGES = (
    StageView("universe_loading", 0.05, 1, 1, "completed", 0.1),
    StageView("data_fetching", 0.2, 2, 2, "completed", 0.5),
    StageView("symbol_scanning", 0.7, 2, 2, "completed", 1.5),
    StageView("finalization", 0.05, 1, 1, "completed", 0.2),
)
PENDING = Snapshot(
    scan_id="a", seq=0, status=Status.PENDING, stage="queued", current=0, total=0, stage_percentage=0.0,
    percentage=0.0, message="Waiting.", eta_seconds=None, stage_eta_seconds=None, symbols_per_second=0.0,
    elapsed_seconds=0.0, last_symbol=None, stages=_STAGES, matches=0, failures=0, created_at=START,
    started_at=None, completed_at=None, error=None, priority=5, queue_position=1, cancel_requested=False,
)  # fmt: skip


def pending(scan_id: str = "a", **other: Any) -> Snapshot:
    return replace(PENDING, scan_id=scan_id, **other)


def running(scan_id: str = "a", seq: int = 1, **other: Any) -> Snapshot:
    return pending(scan_id, seq=seq, status=Status.RUNNING, started_at=START, queue_position=None, **other)


def ended(scan_id: str = "a", seq: int = 9, status: Status = Status.COMPLETED, **other: Any) -> Snapshot:
    other = {"completed_at": START + timedelta(seconds=2), **other}
    return replace(running(scan_id, seq), **other | {"status": status})


def failure(symbol: str, **metadata: Any) -> Failure:
    return UnknownSymbol(f"no {symbol}", affected_symbols=(symbol,), **metadata).failure()


def kept(seq: int, *symbols: str, failed: tuple[str, ...] = (), **rejected: int) -> Kept:
    rows = make_rows(len(symbols), symbol=list(symbols)) if symbols else None
    lost = tuple(failure(symbol) for symbol in failed)
    return Kept(seq, Checkpoint(symbols, rows, rejected, lost))


def result(rows: int = 1, failed: tuple[str, ...] = (), **metrics: Any) -> ScanResult:
    return ScanResult(make_rows(rows), tuple(failure(symbol) for symbol in failed), ("Mind.",), metrics)


async def scanned(
    store: Any,
    scan_id: str = "a",
    *,
    rows: int = 1,
    failed: tuple[str, ...] = (),
    request: ScanRequest | None = None,
    metrics: Mapping[str, Any] | None = None,
    **other: Any,
) -> None:
    """A whole scan; `metrics` are its result's figures, `other` fields of its last snapshot."""
    tags = other.get("tags", ())
    await store.create(request or ScanRequest(), pending(scan_id, tags=tags), RESERVED)
    await store.commit(running(scan_id, tags=tags))
    await store.commit(ended(scan_id, **other), result(rows, failed, **metrics or {}))
