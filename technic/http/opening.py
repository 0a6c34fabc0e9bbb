"""How a stream begins: what its reader asks, where it stood before, and how its connection is held.

A reader's place in a stream is `epoch-seq`, among all scans `epoch-offset`: the epoch names what gave the
numbers. A place of another epoch is no place here, and its reader starts anew from the present snapshot.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from aiohttp import web
from pydantic import BeforeValidator, Field, WithJsonSchema

from technic.http.inputs import Query
from technic.http.keys import STREAMS
from technic.scanner.request_faults import Refused

IDS_MOST = 500
"""How many scans one request or message may name."""
EVERY_MOST_SECONDS = 5.0
"""How long a reader may want to hear nothing: what is kept for it meanwhile is bounded."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader stood: it has seen everything up to `seq`. Without an epoch: of the present one."""

    epoch: str | None
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """A place from `epoch-seq` or `seq`, None where it is neither."""
        found = re.fullmatch(r"(?:([!-,.-~][!-~]{0,99}?)-)?(-1|[0-9]{1,18})", text.strip())
        return cls(found[1], int(found[2])) if found else None


def _place(value: object) -> Place | None:
    place = Place.parse(value) if isinstance(value, str) else None
    if place is None:
        raise Refused("must be the last seq or the last event id that was received.")
    return place


def _names(value: object) -> object:
    """Ids from text with commas between them; `*` means all scans."""
    if not isinstance(value, str):
        return value
    parts = value.split(",")
    if len(parts) > IDS_MOST:
        raise Refused(f"may name {IDS_MOST} scans at most; leave it out for all of them.")
    names = tuple(dict.fromkeys(name for name in map(str.strip, parts) if name))
    return None if "*" in names else names


_PLACE = {"type": "string", "pattern": r"^(?:[!-,.-~][!-~]{0,99}-)?(?:-1|[0-9]{1,18})$"}
_IDS = {"type": "array", "maxItems": IDS_MOST, "items": {"type": "string"}}
Stood = Annotated[Place | None, BeforeValidator(_place), WithJsonSchema(_PLACE)]


class StreamQuery(Query):
    """What a reader asks of a stream.

    Attributes:
        events: `all` for typed frames with matches, `states` for the same without them; without either
            progress snapshots alone.
        since: The reader's place; typed frames after it are replayed.
        last_event_id: The same, under the name that SSE clients use where they can set no header.
    """

    events: Literal["all", "states", "progress"] = Field("progress", examples=["all"])
    since: Stood = Field(None, examples=["0724821f-14"])
    last_event_id: Stood = Field(None, examples=["0724821f-14"])

    @property
    def typed(self) -> bool:
        """Whether frames have a type."""
        return self.events != "progress"

    @property
    def matches(self) -> bool:
        """Whether they tell of rows too."""
        return self.events == "all"

    def seen(self, request: web.Request, epoch: str) -> int | None:
        """Up to which number the reader has seen everything, None where it is of no or another epoch.

        The header goes first: an EventSource that comes back sends it with the address that it began with.
        """
        place = Place.parse(request.headers.get("Last-Event-ID", "")) or self.since or self.last_event_id
        return place.seq if place is not None and place.epoch in {None, epoch} else None


class FleetQuery(StreamQuery):
    """What a reader asks of the stream of all scans.

    Attributes:
        scan_ids: The scans that it wants; without it all, those to come too.
        every_seconds: How often it wants to hear at most; what happens in between is conflated.
    """

    LISTS = frozenset({"scan_ids"})

    scan_ids: Annotated[tuple[str, ...] | None, BeforeValidator(_names), WithJsonSchema(_IDS)] = Field(
        None, examples=[["f90d09e5c05c43a1952bc98b63044d88"]]
    )
    every_seconds: float = Field(0.0, ge=0, le=EVERY_MOST_SECONDS, examples=[0.5])


def bound_buffers(request: web.Request) -> None:
    """Keep little between us and a reader, so that a slow one costs little and sees what is new."""
    transport = request.transport
    if transport is None:
        raise ConnectionResetError("The client left before its stream began.")
    limit = request.app[STREAMS].reader_bytes
    transport.set_write_buffer_limits(high=0)  # room is where all has left: what waits is new, not a backlog
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limit)
