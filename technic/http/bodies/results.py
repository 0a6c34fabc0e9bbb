"""What a scan came to, on the wire: its rows, its figures, its failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field as Bounded
from typing_extensions import TypedDict

from technic.errors import ErrorType
from technic.http.bodies.problem import FailureBody
from technic.http.bodies.scans import Count, Seconds, StartBody
from technic.http.bodies.shaped import Day, Shaped, StatusText, texts
from technic.scanner.fields import FIELDS, Field


def _values(field: Field) -> Any:
    """What a column holds, with the words of the table of fields."""
    kinds: dict[str, Any] = {
        "number": float, "integer": int, "flag": bool, "date": Day, "text": str, "list": list[str],
    }  # fmt: skip
    kind = Annotated[str, texts(*field.values)] if field.values else kinds[field.kind]
    words = f"{field.description} ({field.unit})" if field.unit else field.description
    missing = field.kind != "list" and field.name != "symbol"
    return Annotated[kind | None if missing else kind, Bounded(description=words)]


if TYPE_CHECKING:
    Row = dict[str, Any]
else:
    Row = TypedDict("Row", {field.name: _values(field) for field in FIELDS})
    Row.__doc__ = "All figures of one symbol: every field of `GET /fields`; numbers are finite or null."


class ScanStatsBody(TypedDict):
    """What became of the symbols.

    Attributes:
        attempted: Rated or failed.
        kept: Rows that passed the filters, before `limit`.
        rejected: How many each condition kept out; a row counts once, under the first.
        errors: Symbols that failed.
    """

    attempted: Count
    kept: Count
    rejected: dict[str, int]
    errors: Count


class CacheBody(TypedDict):
    """Where the results of units came from.

    Attributes:
        hits: Found in the cache.
        misses: Computed for this scan.
        shared: Computed for another scan at the same time.
    """

    hits: Count
    misses: Count
    shared: Count


class AttemptBody(TypedDict):
    """A try of a unit that failed on the way.

    Attributes:
        at_seconds: After the scan's beginning.
        unit: What it was to do.
        symbols: How many symbols it held.
        first_symbol: The first of them.
        attempt: 1 is the first try.
        seconds: How long it took.
        worker: Which process.
        error_type: What kind of failure.
        code: Which.
        detail: The particulars.
        retry_after_seconds: When it was tried again; null where it was not.
    """

    at_seconds: float
    unit: Annotated[str, texts("fetch", "rate")]
    symbols: Count
    first_symbol: str
    attempt: int
    seconds: float
    worker: int | str | None
    error_type: ErrorType
    code: str
    detail: str
    retry_after_seconds: float | None


class MetricsBody(TypedDict):
    """The figures of a scan.

    Attributes:
        total_seconds: From its creation to its end.
        queue_seconds: Of these, how long it waited for its turn.
        symbols_requested: Symbols wanted, known and unknown ones.
        symbols_scanned: Symbols rated.
        symbols_returned: Rows, after `limit`.
        symbols_failed: Symbols that failed.
        symbols_per_second: Symbols rated, by the seconds of the stage that rates.
        stage_timings: Seconds of each stage.
        scan_stats: What became of the symbols.
        cache: Where results came from.
        units: Pieces of work.
        retries: How often one was tried again.
        workers: Processes that worked.
        attempts: Tries that failed on the way.
    """

    total_seconds: Seconds
    queue_seconds: Seconds
    symbols_requested: Count
    symbols_scanned: Count
    symbols_returned: Count
    symbols_failed: Count
    symbols_per_second: float | None
    stage_timings: dict[str, float]
    scan_stats: ScanStatsBody
    cache: CacheBody
    units: Count
    retries: Count
    workers: Count
    attempts: list[AttemptBody]


Metrics = Annotated[dict[str, Any], Shaped(MetricsBody)]


class ResultFrontBody(TypedDict):
    """What stands before the rows of a result.

    Attributes:
        scan_id: Which.
        status: How it ended, or `running` where partial results were asked for.
        complete: Whether it completed and no symbol failed.
    """

    scan_id: str
    status: StatusText
    complete: bool


class ResultBackBody(TypedDict):
    """What stands behind them.

    Attributes:
        total: How many there are, before paging.
        performance_metrics: Its figures.
        elapsed_seconds: Since it was created.
        error: Why it failed.
        failures: One for each symbol that could not be rated.
        warnings: What to know about the rows, in sentences.
    """

    total: Count
    performance_metrics: Metrics
    elapsed_seconds: Seconds | None
    error: FailureBody | None
    failures: list[FailureBody]
    warnings: list[str]


class ResultBody(ResultFrontBody, ResultBackBody):
    """The result of a scan, with a page of its rows.

    Attributes:
        results: The rows, in order.
    """

    results: list[Row]


class WaitedBody(StartBody, ResultBody):
    """The answer to a start that waited: what any start says, and all of the result."""


class LegacyBody(TypedDict):
    """The answer to the legacy call.

    Attributes:
        results: The rows, in order.
        performance_metrics: The scan's figures.
        elapsed_seconds: How long it took.
        warnings: What to know: parameters that were ignored, symbols that failed.
    """

    results: list[Row]
    performance_metrics: Metrics
    elapsed_seconds: Seconds | None
    warnings: list[str]
