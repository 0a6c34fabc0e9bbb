"""A scan on the wire: its snapshots, and the answers to who starts and stops it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from technic.http.bodies.problem import FailureBody
from technic.http.bodies.shaped import Moment, Reference, Shaped, StatusText, texts
from technic.scanner.request import ScanRequest
from technic.scanner.stages import STAGES

Percent = Annotated[float, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
StageText = Annotated[str, texts("queued", *STAGES)]
StageState = Annotated[str, texts("pending", "running", "completed", "skipped", "stopped")]
CancelText = Annotated[str, texts("cancelling", "cancelled", "completed", "failed")]


class StageBody(TypedDict):
    """One stage of a scan.

    Attributes:
        name: Which of the four.
        weight: Its share of the whole, fixed when the scan starts.
        current: What has ended of it.
        total: Of how much.
        status: Skipped: there was nothing to do, or it was never reached. Stopped: the scan ended in it.
        seconds: How long it took so far.
    """

    name: Annotated[str, texts(*STAGES)]
    weight: Annotated[float, Field(ge=0, le=1)]
    current: Count
    total: Count
    status: StageState
    seconds: Seconds | None


class MetadataBody(TypedDict):
    """Figures of the snapshot under the names that older clients read.

    Attributes:
        symbol: The last that ended.
        stage_progress_pct: `stage_percentage`.
        overall_progress_pct: `percentage`.
        stage_eta: Seconds to the end of the stage.
        overall_eta: `eta_seconds`.
        stage_throughput: `symbols_per_second`.
    """

    symbol: str | None
    stage_progress_pct: Percent
    overall_progress_pct: Percent
    stage_eta: float | None
    overall_eta: float | None
    stage_throughput: float | None


class SnapshotBody(TypedDict):
    """A scan at one moment.

    Attributes:
        scan_id: Which.
        seq: Rises with every snapshot of a scan, also over a restart; show none after a higher one.
        status: The last three are final.
        stage: `queued`, or the earliest stage that has not ended; an ended scan keeps its last.
        current: What has ended of the stage, failed symbols too.
        total: Of how much.
        stage_percentage: Of the stage.
        percentage: Of the whole scan; never goes back, 100 only when completed.
        message: What happens, for a person.
        eta_seconds: To the end of the scan; null until there is something to go by, 0 at the end.
        symbols_per_second: Symbols that ended, by the seconds of the stage.
        elapsed_seconds: Since it was created.
        matches: Rows that passed the filters so far, before `limit`.
        failures: Symbols that failed so far.
        created_at: When it was asked for.
        started_at: When it began to run.
        completed_at: When it ended.
        cancel_requested: Whether it was asked to stop and has not stopped yet.
        priority: 9 goes first.
        queue_position: 1 is next; null once it has begun.
        tags: Words of whoever started it.
        stages: All four.
        error: Why it failed.
        metadata: The same figures under older names.
    """

    scan_id: str
    seq: int
    status: StatusText
    stage: StageText
    current: Count
    total: Count
    stage_percentage: Percent
    percentage: Percent
    message: str
    eta_seconds: Seconds | None
    symbols_per_second: Seconds | None
    elapsed_seconds: Seconds | None
    matches: Count
    failures: Count
    created_at: Moment | None
    started_at: Moment | None
    completed_at: Moment | None
    cancel_requested: bool
    priority: Annotated[int, Field(ge=0, le=9)]
    queue_position: int | None
    tags: list[str]
    stages: list[StageBody]
    error: FailureBody | None
    metadata: MetadataBody


class StartBody(TypedDict):
    """The answer to a start: the scan, and where all about it is to be had.

    Attributes:
        scan_id: Its id.
        status: Its present status.
        message: The same for a person.
        progress_url: One snapshot.
        websocket_url: Live progress over a WebSocket.
        sse_url: Live progress as Server-Sent Events.
        results_url: The rows, once it has ended.
        cancel_url: Stops it.
    """

    scan_id: str
    status: StatusText
    message: str
    progress_url: Reference
    websocket_url: Reference
    sse_url: Reference
    results_url: Reference
    cancel_url: Reference


class CancelBody(TypedDict):
    """The answer to a cancel.

    Attributes:
        scan_id: Which.
        status: `cancelled` for one that had not begun; of one that had ended, how.
        message: The same for a person.
    """

    scan_id: str
    status: CancelText
    message: str


class ActiveBody(TypedDict):
    """The scans that have not ended.

    Attributes:
        count: How many.
        scans: They, oldest first.
    """

    count: Count
    scans: list[SnapshotBody]


class AskedBody(TypedDict):
    """What a scan was asked for.

    Attributes:
        scan_id: Which.
        request: The fields that were given, as a start takes them.
    """

    scan_id: str
    request: Annotated[dict[str, Any], Shaped(ScanRequest)]
