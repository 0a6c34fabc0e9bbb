"""What goes over a stream, both ways."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from technic.http.bodies.problem import ProblemBody
from technic.http.bodies.results import Row
from technic.http.bodies.scans import CancelBody, SnapshotBody
from technic.http.opening import IDS_MOST

Told = Annotated[float, Field(description="When it was told: milliseconds of Unix time.")] | None
Offset = Annotated[int, Field(description="Its number among the events of all scans.")]
Everything = Literal["*"]


class HelloBody(TypedDict):
    """The first typed frame of one scan's stream.

    Attributes:
        type: What it is.
        scan_id: Which scan.
        epoch: Names the store that gave the numbers.
        seq: You have seen, or now see, all up to it.
        recovered: Whether all follows that came after your place; else the snapshot is a new start.
    """

    type: Literal["hello"]
    scan_id: str
    epoch: str
    seq: int
    recovered: bool


class ProgressBody(SnapshotBody):
    """Something has ended; a slow reader gets the newest alone.

    Attributes:
        type: What it is.
        at: When it was told.
    """

    type: Literal["progress"]
    at: Told


class StateBody(SnapshotBody):
    """The scan's state has changed; never dropped.

    Attributes:
        type: What it is.
        at: When it was told.
    """

    type: Literal["state"]
    at: Told


class MatchBody(TypedDict):
    """Rows that passed the filters, each exactly once; never dropped.

    Attributes:
        type: What it is.
        at: When it was told.
        scan_id: Which scan.
        seq: Its number.
        rows: They.
    """

    type: Literal["match"]
    at: Told
    scan_id: str
    seq: int
    rows: list[Row]


class AllHelloBody(TypedDict):
    """The first frame of the stream of all scans.

    Attributes:
        type: What it is.
        epoch: Names the process that gave the offsets.
        offset: You have seen, or now see, all up to it.
        recovered: Whether all follows that came after your place; else the snapshots are a new start.
    """

    type: Literal["hello"]
    epoch: str
    offset: int
    recovered: bool


class AllProgressBody(ProgressBody):
    """As `progress`, among those of all scans.

    Attributes:
        offset: Its number among the events of all scans.
    """

    offset: Offset


class AllStateBody(StateBody):
    """As `state`, among those of all scans.

    Attributes:
        offset: Its number among the events of all scans.
    """

    offset: Offset


class AllMatchBody(MatchBody):
    """As `match`, among those of all scans.

    Attributes:
        offset: Its number among the events of all scans.
    """

    offset: Offset


class ErrorBody(TypedDict):
    """What you sent cannot be done, or the scan is not known; the socket stays open for the first.

    Attributes:
        type: What it is.
        error: The problem.
        scan_id: Which scan is not known, where several were named.
    """

    type: Literal["error"]
    error: ProblemBody
    scan_id: NotRequired[str]


class CancelledBody(CancelBody):
    """The answer to `cancel`.

    Attributes:
        type: What it is.
    """

    type: Literal["cancel"]


class PongBody(TypedDict):
    """The answer to `ping`.

    Attributes:
        type: What it is.
    """

    type: Literal["pong"]


class SubscribedBody(TypedDict):
    """The answer to `subscribe`; the present snapshots follow.

    Attributes:
        type: What it is.
        scan_ids: The scans that you get from now on, too; `*` for all.
    """

    type: Literal["subscribe"]
    scan_ids: list[str] | Everything


class UnsubscribedBody(TypedDict):
    """The answer to `unsubscribe`.

    Attributes:
        type: What it is.
        scan_ids: The scans that you get no more; `*` for all.
    """

    type: Literal["unsubscribe"]
    scan_ids: list[str] | Everything


class PingBody(TypedDict):
    """Asks for a `pong`.

    Attributes:
        action: What to do.
    """

    action: Literal["ping"]


class CancelActionBody(TypedDict):
    """Stops the scan of this socket.

    Attributes:
        action: What to do.
    """

    action: Literal["cancel"]


_NAMED = ConfigDict(json_schema_extra={"anyOf": [{"required": ["scan_id"]}, {"required": ["scan_ids"]}]})


@with_config(_NAMED)
class CancelSeveralBody(TypedDict):
    """Stops scans; not all at once.

    Attributes:
        action: What to do.
        scan_id: One.
        scan_ids: Several, up to 500 in all.
    """

    action: Literal["cancel"]
    scan_id: NotRequired[str]
    scan_ids: NotRequired[Annotated[list[str], Field(max_length=IDS_MOST)]]


@with_config(_NAMED)
class SubscribeBody(TypedDict):
    """Tells of these scans too; `*` of all, those to come as well.

    Attributes:
        action: What to do.
        scan_id: One, or `*`.
        scan_ids: Several, up to 500 in all, or `*`.
    """

    action: Literal["subscribe"]
    scan_id: NotRequired[str]
    scan_ids: NotRequired[Annotated[list[str], Field(max_length=IDS_MOST)] | Everything]


@with_config(_NAMED)
class UnsubscribeBody(TypedDict):
    """Tells of these scans no more; `*` of none.

    Attributes:
        action: What to do.
        scan_id: One, or `*`.
        scan_ids: Several, up to 500 in all, or `*`.
    """

    action: Literal["unsubscribe"]
    scan_id: NotRequired[str]
    scan_ids: NotRequired[Annotated[list[str], Field(max_length=IDS_MOST)] | Everything]
