"""An engine's face on the real bus, whose scans do what the test says."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from technic.clock import SystemClock
from technic.config.settings import Settings
from technic.engine.admission import KeyReused, Submission
from technic.engine.bus import Bus
from technic.engine.outcome import OpenResult, ScanOutcome, opened
from technic.engine.scan.events import (
    MatchesFound,
    ProgressAdvanced,
    Snapshot,
    StageView,
    StateChanged,
    Status,
)
from technic.engine.sheets import Sheets
from technic.engine.stores.history import (
    HistoryEntry,
    HistoryPage,
    HistoryQuery,
    Statistics,
    StatisticsQuery,
)
from technic.engine.topic import Subscription
from technic.errors import Failure, ScanUnfinished, Stopping, UnknownScan
from technic.scanner.fields import FIELDS
from technic.scanner.presets import PRESETS
from technic.scanner.request import ScanRequest
from technic.scanner.result import Counts, RunFigures, ScanResult, performance_metrics
from technic.scanner.rows import Rows

EPOCH = "e1"
STAGES = ("universe_loading", "data_fetching", "symbol_scanning", "finalization")


def make_rows(symbols: list[str], **columns: list[float]) -> Rows:
    """Rows of these symbols, in which every column that is not given is missing."""
    n = len(symbols)
    every: dict[str, Any] = {
        field.name: np.full(n, np.nan) if field.numeric else np.full(n, None, dtype=object)
        for field in FIELDS
    }
    every |= {name: np.array(values, dtype=np.float64) for name, values in columns.items()}
    return Rows(every | {"symbol": np.array(symbols, dtype=object)})


def make_snapshot(scan_id: str = "s1", **changes: Any) -> Snapshot:
    """A snapshot of a scan that runs."""
    return replace(
        Snapshot(
            scan_id=scan_id,
            seq=0,
            status=Status.RUNNING,
            stage="symbol_scanning",
            current=120,
            total=500,
            stage_percentage=24.0,
            percentage=41.8,
            message="Scanning symbols",
            eta_seconds=3.25,
            stage_eta_seconds=3.0,
            symbols_per_second=880.5,
            elapsed_seconds=1.5,
            last_symbol="SIM0120",
            stages=tuple(StageView(name, 0.25, 0, 500, "pending", 0.0) for name in STAGES),
            matches=17,
            failures=0,
            created_at=datetime(2026, 1, 5, 12, 0, 0, 123456, UTC),
            started_at=datetime(2026, 1, 5, 12, 0, 1, tzinfo=UTC),
            completed_at=None,
            error=None,
            priority=5,
            queue_position=None,
            cancel_requested=False,
        ),
        **changes,
    )


class ScriptedEngine:
    """The face of `Engine`; its scans are published by hand.

    Attributes:
        requests: What was submitted, in order.
        cancelled: The ids of scans that were asked to stop, in order.
        submitted: Set once something was submitted.
        failure: Raised by the next submit.
        trouble: What keeps the store from keeping what it should.
        past: What the history holds, newest first; pages are cut from it.
        asked: The queries for history and statistics, in order.
        figures: What statistics give.
        unread: By scan, rows that are read a sheet at a time, instead of those that it ended with.
        arriving: Cleared, it holds up whoever submits; what was submitted exists already.
    """

    epoch = EPOCH

    def __init__(self, *, replay_events: int = 1024) -> None:
        self.settings = Settings()
        self.presets = PRESETS
        self.clock = SystemClock()
        self.bus = Bus(replay_events=replay_events)
        self.requests: list[ScanRequest] = []
        self.cancelled: list[str] = []
        self.submitted = asyncio.Event()
        self.stopped = asyncio.Event()
        self.failure: Exception | None = None
        self.is_ready = True
        self.is_draining = False
        self.trouble: str | None = None
        self.past: list[HistoryEntry] = []
        self.asked: list[HistoryQuery | StatisticsQuery] = []
        self.figures = Statistics()
        self.arriving = asyncio.Event()
        self.arriving.set()
        self.unread: dict[str, Sheets] = {}
        self._keys: dict[str, tuple[str, str]] = {}
        self._newest: dict[str, Snapshot] = {}
        self._results: dict[str, ScanResult] = {}
        self._ended: dict[str, asyncio.Event] = {}

    # --- what the test says

    def begin(self, scan_id: str = "s1", **changes: Any) -> Snapshot:
        """A scan exists."""
        self._ended[scan_id] = asyncio.Event()
        return self._state(make_snapshot(scan_id, **changes))

    def advance(self, scan_id: str = "s1", **changes: Any) -> Snapshot:
        """It has got on."""
        snapshot = self._next(scan_id, **changes)
        self.bus.publish(ProgressAdvanced(scan_id, snapshot.seq, snapshot))
        return snapshot

    def match(self, rows: Rows, scan_id: str = "s1") -> None:
        """It has found rows."""
        snapshot = self._next(scan_id)
        self.bus.publish(MatchesFound(scan_id, snapshot.seq, rows))

    def end(
        self,
        scan_id: str = "s1",
        status: Status = Status.COMPLETED,
        *,
        rows: Rows | None = None,
        error: Failure | None = None,
        failures: tuple[Failure, ...] = (),
    ) -> Snapshot:
        """It has ended."""
        counts = Counts(requested=1, scanned=1, kept=1, returned=1, failed=0, rejected={})
        kept = rows if rows is not None else Rows.empty()
        self._results[scan_id] = ScanResult(kept, failures, (), performance_metrics(counts, RunFigures()))
        percentage = 100.0 if status is Status.COMPLETED else 41.8
        snapshot = self._state(self._next(scan_id, status=status, percentage=percentage, error=error))
        self._ended[scan_id].set()
        return snapshot

    def _next(self, scan_id: str, **changes: Any) -> Snapshot:
        newest = self._newest[scan_id]
        self._newest[scan_id] = replace(newest, seq=newest.seq + 1, **changes)
        return self._newest[scan_id]

    def _state(self, snapshot: Snapshot) -> Snapshot:
        self._newest[snapshot.scan_id] = snapshot
        self.bus.publish(StateChanged(snapshot.scan_id, snapshot.seq, snapshot))
        return snapshot

    # --- what http calls

    async def submit(self, request: ScanRequest) -> Snapshot:
        if self.failure is not None:
            raise self.failure
        if self.is_draining:
            raise Stopping("the engine is closing", retry_after=5.0)
        self.requests.append(request)
        snapshot = self.begin(f"s{len(self.requests)}", status=Status.PENDING, stage="queued", percentage=0.0)
        self.submitted.set()
        await self.arriving.wait()
        return snapshot

    async def submit_once(self, request: ScanRequest, key: str) -> Submission:
        wanted = request.request_key()
        if key in self._keys:
            scan_id, known = self._keys[key]
            if known != wanted:
                raise KeyReused(f"the key {key} stands for another request")
            return Submission(await self.snapshot(scan_id), joined=True)
        self._keys[key] = (f"s{len(self.requests) + 1}", wanted)
        return Submission(await self.submit(request), joined=False)

    async def forget(self, scan_id: str) -> None:
        snapshot = await self.snapshot(scan_id)
        if not snapshot.status.ended:
            raise ScanUnfinished(f"scan {scan_id} is {snapshot.status}", retry_after=1.0)
        del self._newest[scan_id]

    async def history(self, query: HistoryQuery) -> HistoryPage:
        self.asked.append(query)
        return HistoryPage(tuple(self.past[query.offset :][: query.limit]), len(self.past))

    async def statistics(self, query: StatisticsQuery) -> Statistics:
        self.asked.append(query)
        return self.figures

    async def drain(self) -> None:
        self.is_draining = True

    async def cancel(self, scan_id: str, *, reason: str) -> tuple[str, str]:
        status = (await self.snapshot(scan_id)).status
        self.cancelled.append(scan_id)
        self.stopped.set()
        return ("cancelling", f"stops: {reason}") if not status.ended else (status.value, "already ended")

    async def snapshot(self, scan_id: str) -> Snapshot:
        if scan_id not in self._newest:
            raise UnknownScan(f"there is no scan {scan_id!r}", scan_id=scan_id)
        return self._newest[scan_id]

    async def active(self) -> list[Snapshot]:
        return [snapshot for snapshot in self._newest.values() if not snapshot.status.ended]

    async def result(self, scan_id: str, *, partial: bool = False) -> ScanOutcome:
        snapshot = await self.snapshot(scan_id)
        if not snapshot.status.ended and not partial:
            raise ScanUnfinished(f"scan {scan_id} is {snapshot.status}", retry_after=1.0)
        if scan_id not in self._results:
            counts = Counts(requested=0, scanned=0, kept=0, returned=0, failed=0, rejected={})
            return ScanOutcome(
                snapshot, ScanResult(Rows.empty(), (), (), performance_metrics(counts, RunFigures()))
            )
        return ScanOutcome(snapshot, self._results[scan_id])

    async def open_result(self, scan_id: str, *, partial: bool = False) -> OpenResult:
        return opened(await self.result(scan_id, partial=partial), self.unread.get(scan_id))

    async def wait(self, scan_id: str) -> Snapshot:
        if scan_id in self._ended:
            await self._ended[scan_id].wait()
        return await self.snapshot(scan_id)

    async def subscribe(
        self, scan_id: str, *, since: int | None = None, matches: bool = False
    ) -> Subscription:
        await self.snapshot(scan_id)
        subscription = self.bus.subscribe(scan_id, since=since, matches=matches)
        assert subscription is not None
        return subscription

    def health(self) -> dict[str, Any]:
        return {
            "ready": self.is_ready and not self.is_draining,
            "source": "simulated",
            "store": "memory",
            "storage": {"kind": "memory", "trouble": self.trouble, "scans": len(self.past), "bytes": 0},
            "readers": self.bus.readers(),
        }

    async def without_owner(self) -> int:
        return 0
