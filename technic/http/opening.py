"""How a stream begins: what its reader asks, where it stood before, and how its connection is held.

A reader's place in a stream is `epoch-seq`: the epoch names the store that gave the numbers. A place of
another epoch is no place here, and its reader starts anew from the present snapshot.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from aiohttp import web
from pydantic import BeforeValidator

from technic.engine.bus import Subscription
from technic.engine.scan.events import ScanEvent
from technic.http.frames import hello
from technic.http.inputs import Query
from technic.http.keys import ENGINE, STREAMS
from technic.scanner.request_faults import Refused


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader stood: it has seen everything up to `seq`. Without an epoch: of the present one."""

    epoch: str | None
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """A place from `epoch-seq` or `seq`, None where it is neither."""
        found = re.fullmatch(r"(?:([^\s-][^\s]{0,99})-)?(-1|[0-9]{1,18})", text.strip())
        return cls(found[1], int(found[2])) if found else None


def _place(value: object) -> Place | None:
    place = Place.parse(value) if isinstance(value, str) else None
    if place is None:
        raise Refused("must be the last seq or the last event id that was received.")
    return place


class StreamQuery(Query):
    """What a reader asks of a stream.

    Attributes:
        events: `all` for typed frames with matches; without it progress snapshots alone.
        since: The reader's place; typed frames after it are replayed.
        last_event_id: The same, under the name that SSE clients use where they can set no header.
    """

    events: Literal["all", "progress"] = "progress"
    since: Annotated[Place | None, BeforeValidator(_place)] = None
    last_event_id: Annotated[Place | None, BeforeValidator(_place)] = None

    @property
    def typed(self) -> bool:
        """Whether frames have a type, and tell of matches."""
        return self.events == "all"

    def seen(self, request: web.Request) -> int | None:
        """Up to which seq the reader has seen everything, None where that is not known here."""
        place = self.since or self.last_event_id or Place.parse(request.headers.get("Last-Event-ID", ""))
        present = place is not None and place.epoch in {None, request.app[ENGINE].epoch}
        return place.seq if place and present else None


@dataclass(frozen=True, slots=True)
class Greeting:
    """The first typed frame, made when the first event is there: its place may be the stream's own."""

    scan_id: str
    epoch: str
    seen: int | None

    def frame(self, first: ScanEvent) -> bytes:
        """The hello frame in front of the first event."""
        seq = first.seq if self.seen is None else self.seen
        return hello(self.scan_id, self.epoch, seq, recovered=self.seen is not None)


async def subscribe(request: web.Request, query: StreamQuery) -> tuple[Subscription, Greeting | None]:
    """The reader's subscription, and the greeting that typed frames begin with.

    Raises:
        UnknownScan: There is no such scan.
        Stopping: The engine is closing.
    """
    engine, scan_id = request.app[ENGINE], request.match_info["scan_id"]
    if not query.typed:
        return await engine.subscribe(scan_id), None
    seen = query.seen(request)
    subscription = await engine.subscribe(scan_id, since=seen, matches=True)
    return subscription, Greeting(scan_id, engine.epoch, seen if subscription.recovered else None)


def bound_buffers(request: web.Request) -> None:
    """Keep little between us and a reader, so that a slow one costs little and sees what is new."""
    transport = request.transport
    if transport is None:
        raise ConnectionResetError("The client left before its stream began.")
    limit = request.app[STREAMS].reader_bytes
    transport.set_write_buffer_limits(high=limit)
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limit)
