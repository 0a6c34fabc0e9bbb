"""What a scan came to, or has come to so far."""

from __future__ import annotations

from dataclasses import dataclass, replace

from technic.engine.scan.events import Snapshot
from technic.engine.sheets import HeldSheets, Sheets
from technic.engine.stores.base import Remembered
from technic.scanner.ranking import by_symbol, ranked
from technic.scanner.result import Counts, RunFigures, ScanResult, performance_metrics, sentences
from technic.scanner.rows import Rows


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """A scan's snapshot and its rows.

    Attributes:
        snapshot: The newest one.
        result: Final, or where the scan goes on, what was found so far in the order that was asked for.
    """

    snapshot: Snapshot
    result: ScanResult


@dataclass(frozen=True, slots=True)
class OpenResult:
    """A scan's snapshot and result, with its rows apart.

    Attributes:
        snapshot: The newest one.
        result: All but the rows.
        sheets: The rows, to be read a sheet at a time.
    """

    snapshot: Snapshot
    result: ScanResult
    sheets: Sheets


def opened(outcome: ScanOutcome, unread: Sheets | None) -> OpenResult:
    """A result to be read; `unread` where its rows are not in memory."""
    sheets = HeldSheets(outcome.result.rows) if unread is None else unread
    return OpenResult(outcome.snapshot, replace(outcome.result, rows=Rows.empty()), sheets)


def outcome_of(known: Remembered, workers: int) -> ScanOutcome:
    """What a scan came to, or what was kept of it, which may be much: not for the loop without a result."""
    result = known.result
    if result is None:
        result = provisional(known, workers) if known.snapshot.started_at else nothing(known)
    if known.warning is not None:
        result = replace(result, warnings=(*result.warnings, known.warning))
    return ScanOutcome(known.snapshot, result)


def provisional(known: Remembered, workers: int) -> ScanResult:
    """The rows found so far, ranked and limited; not for the event loop where they are many."""
    found = by_symbol(Rows.concat(known.found))
    sort_by, descending = known.request.order
    rows = ranked(found, sort_by, descending=descending)
    if known.request.row_limit is not None:
        rows = rows.take(slice(known.request.row_limit))
    snapshot = known.snapshot
    stages = {stage.name: stage for stage in snapshot.stages}
    scanned = max(stages["symbol_scanning"].current, len(found))  # a scan may end before it counts anew
    counts = Counts(
        requested=max(stages["data_fetching"].total, scanned + len(known.lost)),
        scanned=scanned,
        kept=len(found),
        returned=len(rows),
        failed=len(known.lost),
        rejected={},
    )
    figures = RunFigures(
        total_seconds=snapshot.elapsed_seconds,
        stage_seconds={name: stage.seconds for name, stage in stages.items()},
        workers=workers,
    )
    return ScanResult(rows, known.lost, sentences(counts, known.lost), performance_metrics(counts, figures))


def nothing(known: Remembered) -> ScanResult:
    """The result of a scan that ended before it had a plan."""
    counts = Counts(requested=0, scanned=0, kept=0, returned=0, failed=0, rejected={})
    figures = RunFigures(total_seconds=known.snapshot.elapsed_seconds)
    return ScanResult(Rows.empty(), (), (), performance_metrics(counts, figures))
