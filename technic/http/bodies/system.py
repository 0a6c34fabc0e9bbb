"""How the service is, on the wire."""

from __future__ import annotations

from typing import Annotated, Literal

from typing_extensions import TypedDict

from technic.http.bodies.scans import Count
from technic.http.bodies.shaped import texts


class StorageBody(TypedDict):
    """How the store of ended scans is.

    Attributes:
        kind: Which store.
        trouble: What keeps it from keeping what it should, in a sentence.
        scans: How many ended scans it remembers.
        bytes: About what they take.
    """

    kind: str
    trouble: str | None
    scans: Count
    bytes: Count


class ScanCountsBody(TypedDict):
    """Scans that have not ended.

    Attributes:
        running: That run.
        queued: That wait.
        alive: Whose actor is there.
        late_messages: Messages that came after a scan's end, and changed nothing.
    """

    running: Count
    queued: Count
    alive: Count
    late_messages: Count


class WorkersBody(TypedDict):
    """The worker processes.

    Attributes:
        slots: Units that may run at once.
        workers: Processes.
        ready: That can take a unit.
        busy: That have one.
        waiting: Units that wait for one.
        units: Units that have ended in one.
        restarts: That died of themselves.
        recycled: That were replaced on purpose.
        broken: Whether none can be started.
        bytes: Their memory.
    """

    slots: Count
    workers: Count
    ready: Count
    busy: Count
    waiting: Count
    units: Count
    restarts: Count
    recycled: Count
    broken: bool
    bytes: Count


class BlocksBody(TypedDict):
    """Finished blocks that are kept.

    Attributes:
        blocks: How many.
        bytes: What they take.
        limit_bytes: The most that they may take.
    """

    blocks: Count
    bytes: Count
    limit_bytes: Count


class UnitsBody(TypedDict):
    """Units under way.

    Attributes:
        waiting: For a worker, or for their bars.
        running: In a worker.
        arriving: Being fetched.
        scars: Memories of units that have lately ended their worker.
        blocks: Finished blocks that are kept.
    """

    waiting: Count
    running: Count
    arriving: Count
    scars: Count
    blocks: BlocksBody


class DoneBody(TypedDict):
    """Scans that have ended since this process began.

    Attributes:
        scans: By how they ended.
        symbols: Rated, failed, returned.
        units: By where their results came from.
        retries: Units that were tried again.
        seconds: How long they ran, together.
        queue_seconds: How long they had waited, together.
    """

    scans: dict[str, int]
    symbols: dict[str, int]
    units: dict[str, int]
    retries: Count
    seconds: float
    queue_seconds: float


class LagBody(TypedDict):
    """How late the event loop was over the last minute, in milliseconds.

    Attributes:
        p50: Half of the time no later than this.
        p99: 99 of 100 times.
        max: Never later.
    """

    p50: float
    p99: float
    max: float


class ProcessBody(TypedDict):
    """The server's process, without its workers; null where the system does not tell.

    Attributes:
        loop_lag_ms: How late its event loop was.
        memory_bytes: What it has in memory.
        descriptors: Files and sockets that it has open.
        tasks: Tasks of its event loop.
        threads: Python threads.
        cpu_seconds: What it has had of the processors.
        uptime_seconds: How long it has served.
    """

    loop_lag_ms: LagBody | None
    memory_bytes: int | None
    descriptors: int | None
    tasks: Count
    threads: Count
    cpu_seconds: float | None
    uptime_seconds: float | None


class FeaturesBody(TypedDict):
    """What this server can do.

    Attributes:
        progress_tracking: Tell how far a scan is.
        websocket: Over a WebSocket.
        sse: As Server-Sent Events.
        cancellation: Stop one.
        partial_results: Give what was found so far.
        history: Remember those that have ended.
        idempotency: Take an Idempotency-Key.
        resume: Go on with its scans after a crash or a restart.
        redis: Keep them in Redis.
    """

    progress_tracking: bool
    websocket: bool
    sse: bool
    cancellation: bool
    partial_results: bool
    history: bool
    idempotency: bool
    resume: bool
    redis: bool


class HealthBody(TypedDict):
    """How the service is.

    Attributes:
        status: `degraded`: something is wrong, see `reasons`. `draining`: it was told to stop.
        reasons: What is wrong, in sentences.
        version: Of technic.
        features: What this server can do.
        ready: Whether a scan would be taken.
        source: Where bars come from.
        store: Where scans are kept.
        storage: How that is.
        scans: Scans that have not ended.
        workers: The worker processes.
        units: Units under way.
        readers: Subscriptions to what scans tell.
        done: Scans that have ended since this process began.
        streams: Streams and waiting calls that are held open.
        process: The server's process.
    """

    status: Annotated[str, texts("healthy", "degraded", "draining")]
    reasons: list[str]
    version: str
    features: FeaturesBody
    ready: bool
    source: str
    store: str
    storage: StorageBody
    scans: ScanCountsBody
    workers: WorkersBody
    units: UnitsBody | None
    readers: Count
    done: DoneBody
    streams: Count
    process: ProcessBody


class LiveBody(TypedDict):
    """The event loop turns.

    Attributes:
        status: That it does.
    """

    status: Literal["alive"]


class ReadyBody(TypedDict):
    """A scan would be taken.

    Attributes:
        status: That it would.
    """

    status: Literal["ready"]
