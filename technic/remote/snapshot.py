"""A progress snapshot as a client reads it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from technic.errors import TechnicError, UnknownScan
from technic.remote.faults import ForeignAnswer, error_of
from technic.remote.raw import ENDED

Status = Literal["pending", "running", "completed", "failed", "cancelled"]


def _error(value: object) -> TechnicError | None:
    """A problem as the error that it tells of."""
    if value is None or isinstance(value, TechnicError):
        return value
    error = error_of(value)
    if error is None:
        raise ValueError("is no problem")
    return error


Problem = Annotated[TechnicError | None, BeforeValidator(_error)]
"""A problem on the wire, an error of its class here; not raised."""


class Told(BaseModel):
    """What a server told: checked, frozen; names that this version does not know are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)


class Stage(Told):
    """One of the four stages of a scan.

    Attributes:
        name: Of the stage.
        weight: Its share of the whole, 0 to 1.
        current: What has ended of `total`.
        total: Symbols, or steps.
        status: `pending`, `running` or `completed`.
        seconds: How long it took, or has taken so far.
    """

    name: str
    weight: float
    current: int
    total: int
    status: str
    seconds: float | None


class Snapshot(Told):
    """How a scan stands; the fields are those of `GET /scan/progress`, with times as datetimes.

    Attributes:
        error: Why it failed: an error of the problem's class, not raised.
    """

    scan_id: str
    seq: int
    status: Status
    stage: str
    current: int
    total: int
    stage_percentage: float
    percentage: float
    message: str
    eta_seconds: float | None
    symbols_per_second: float | None
    elapsed_seconds: float
    matches: int
    failures: int
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    cancel_requested: bool
    priority: int
    queue_position: int | None
    tags: tuple[str, ...]
    stages: tuple[Stage, ...]
    error: Problem
    metadata: dict[str, Any]

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in ENDED


class Active(Told):
    """The scans that have not ended, oldest first."""

    scans: tuple[Snapshot, ...]


class Started(Told):
    """A scan that was started.

    Attributes:
        scan_id: Its name from now on.
        status: How it stands.
        message: The same in a sentence.
        progress_url: And the others: its routes, from the server's root on.
    """

    scan_id: str
    status: Status
    message: str
    progress_url: str
    websocket_url: str
    sse_url: str
    results_url: str
    cancel_url: str


class Cancelling(Told):
    """The answer to a cancel.

    Attributes:
        scan_id: Of which scan.
        status: `cancelling`; `cancelled` for one that had not begun; its own for one that had ended.
        message: The same in a sentence.
    """

    scan_id: str
    status: str
    message: str


ToldT = TypeVar("ToldT", bound=Told)


def read(kind: type[ToldT], told: object) -> ToldT:
    """A JSON value as one of these. Raises ForeignAnswer where it is none."""
    try:
        return kind.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ForeignAnswer(
            f"what should be a {kind.__name__} of a technic server is none: {place}: {first['msg']}"
        ) from error


def unknown(scan_id: str) -> UnknownScan:
    """What to say of a scan that the server does not know."""
    return UnknownScan(f"the server knows no scan {scan_id!r}", scan_id=scan_id)
