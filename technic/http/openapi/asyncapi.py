"""The AsyncAPI 3.0 document: the streams, their frames and actions, drawn from the types that they have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from technic import __version__
from technic.http.bodies import frames
from technic.http.bodies.scans import SnapshotBody
from technic.http.codings import MSGPACK_PROTOCOL
from technic.http.encoding import JSON_TYPE
from technic.http.openapi.operation import Operation
from technic.http.openapi.operations import streams
from technic.http.openapi.parameters import PATH_WORDS, parameters
from technic.http.openapi.schemas import Schemas, summary
from technic.http.streams import Ending
from technic.http.websocket import CLOSES, UNKNOWN_SCAN
from technic.scanner.request import ScanRequest

VERSION = "3.0.0"
WORDS = """\
Live progress of scans, over a WebSocket or as Server-Sent Events. Both tell the same frames.

Without `?events=` frames are progress snapshots alone. With `?events=all` each has a `type`, and rows are
told as they are found; `?events=states` is the same without rows. Progress is conflated: a slow reader gets
the newest snapshot. States and matches are never dropped: come back with your place (`?since=`,
`?last_event_id=` or the header `Last-Event-ID`; `epoch-seq`, among all scans `epoch-offset`), and what you
have missed follows.

A frame that is not understood is answered with an error frame, and the socket stays open.
"""
_ONE = (frames.HelloBody, SnapshotBody, frames.ProgressBody, frames.StateBody, frames.MatchBody)
_ALL = (
    frames.AllHelloBody, SnapshotBody, frames.AllProgressBody, frames.AllStateBody, frames.AllMatchBody,
)  # fmt: skip
_SAID = (frames.CancelledBody, frames.PongBody, frames.ErrorBody)


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream.

    Attributes:
        opened_by: The request that opens it.
        told: The types of its frames.
        asked: The types of what its reader may say.
    """

    opened_by: Operation
    told: tuple[Any, ...]
    asked: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        """Its name among the channels."""
        return self.opened_by.name

    @property
    def is_socket(self) -> bool:
        """Whether it is a WebSocket."""
        return bool(self.asked)


_SCAN_SOCKET, _SCAN_EVENTS, _ALL_SOCKET, _ALL_EVENTS = streams.OPERATIONS
STREAMS = (
    Stream(_SCAN_SOCKET, (*_ONE, *_SAID), (frames.CancelActionBody, frames.PingBody)),
    Stream(_SCAN_EVENTS, _ONE),
    Stream(
        _ALL_SOCKET,
        (*_ALL, *_SAID, frames.SubscribedBody, frames.UnsubscribedBody),
        (frames.SubscribeBody, frames.UnsubscribeBody, frames.CancelSeveralBody, frames.PingBody),
    ),
    Stream(_ALL_EVENTS, (*_ALL, frames.ErrorBody)),
)
"""All streams."""


def document() -> dict[str, Any]:
    """The document, as JSON values."""
    shapes = list(dict.fromkeys(shape for stream in STREAMS for shape in (*stream.told, *stream.asked)))
    queries = [stream.opened_by.query for stream in STREAMS]
    schemas = Schemas([*shapes, *queries, ScanRequest])
    messages = {message_name(shape): _message(shape, schemas) for shape in shapes}
    return {
        "asyncapi": VERSION,
        "info": {"title": "technic streams", "version": __version__, "description": WORDS},
        "defaultContentType": JSON_TYPE,
        "servers": _servers(),
        "channels": {stream.name: _channel(stream, schemas) for stream in STREAMS},
        "operations": dict(_operations(schemas)),
        "components": {
            "messages": messages,
            "schemas": schemas.reachable(messages),
        },
    }


def message_name(shape: Any) -> str:
    """The name of a type's message."""
    name: str = shape.__name__.removesuffix("Body")
    return name[0].lower() + name[1:]


def _servers() -> dict[str, Any]:
    here = {
        "host": "{host}",
        "description": "Where this document comes from.",
        "variables": {"host": {"default": "127.0.0.1:8000", "description": "Name and port."}},
    }
    return {"sockets": here | {"protocol": "ws"}, "events": here | {"protocol": "http"}}


def _message(shape: Any, schemas: Schemas) -> dict[str, Any]:
    name = message_name(shape)
    return {"name": name, "title": name, "summary": summary(shape), "payload": schemas.of(shape)}


def _channel(stream: Stream, schemas: Schemas) -> dict[str, Any]:
    operation = stream.opened_by
    found: dict[str, Any] = {
        "address": operation.path,
        "title": operation.summary,
        "description": operation.words,
        "servers": [{"$ref": "#/servers/sockets" if stream.is_socket else "#/servers/events"}],
        "messages": {
            message_name(shape): {"$ref": f"#/components/messages/{message_name(shape)}"}
            for shape in (*stream.told, *stream.asked)
        },
    }
    if "{scan_id}" in operation.path:
        found["parameters"] = {"scan_id": {"description": PATH_WORDS["scan_id"]}}
    if not stream.is_socket:
        return found | {"x-headers": _read(operation, schemas)["headers"]}
    return found | {
        "bindings": {"ws": {"method": "GET", **_read(operation, schemas), "bindingVersion": "0.1.0"}},
        "x-subprotocols": {MSGPACK_PROTOCOL: "Frames are binary, msgpack; without it they are JSON text."},
        "x-close-codes": dict(_close_codes(of_one="{scan_id}" in operation.path)),
    }


def _read(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    """What the request reads of its query and its headers, as a binding has it."""
    assert operation.query is not None  # noqa: S101 - every stream has one
    query = schemas.components[operation.query.__name__]
    told = parameters(operation, {operation.query: query}, schemas.components["ScanRequest"])
    places: dict[str, dict[str, Any]] = {"query": {}, "header": {}}
    for parameter in told:
        if parameter.get("in") in places:
            words = {"description": parameter["description"]}
            places[parameter["in"]][parameter["name"]] = parameter["schema"] | words
    return {
        "query": {"type": "object", "properties": places["query"]},
        "headers": {"type": "object", "properties": places["header"]},
    }


def _close_codes(*, of_one: bool) -> Iterator[tuple[str, str]]:
    endings = [Ending.COMPLETE, Ending.STOPPING, Ending.SLOW] if of_one else [Ending.STOPPING, Ending.SLOW]
    for ending in endings:
        code, reason = CLOSES[ending]
        yield str(code), reason.decode()
    if of_one:
        yield str(UNKNOWN_SCAN), "unknown scan"


def _operations(schemas: Schemas) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the server does: it sends frames, and receives actions."""
    for stream in STREAMS:
        told = _operation(stream, "send", stream.told)
        if not stream.is_socket:
            query = _read(stream.opened_by, schemas)["query"]
            told["bindings"] = {"http": {"method": "GET", "query": query, "bindingVersion": "0.3.0"}}
        yield f"tell_{stream.name}", told
        if stream.asked:
            yield f"hear_{stream.name}", _operation(stream, "receive", stream.asked)


def _operation(stream: Stream, action: str, shapes: tuple[Any, ...]) -> dict[str, Any]:
    channel = f"#/channels/{stream.name}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "summary": "What it tells you." if action == "send" else "What you may say.",
        "messages": [{"$ref": f"{channel}/messages/{message_name(shape)}"} for shape in shapes],
    }
