"""The AsyncAPI document: it is one, it has every stream, and real frames are as it says."""

from __future__ import annotations

import json
import re
import warnings
from typing import Any

import aiohttp
import jsonschema_rs
import msgpack
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse

from technic.http.codings import MSGPACK_PROTOCOL
from technic.http.openapi.asyncapi import STREAMS, document
from technic.http.openapi.operations import streams
from technic.http.websocket import CLOSES, UNKNOWN_SCAN
from tests.support.strictly import Strictly
from tests.support.watching import end_of, start

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it names a field of its own as pydantic's models do
    from asyncapi3.models import AsyncAPI3

DOCUMENT = document()
SCHEMAS = Strictly(DOCUMENT)


def test_it_is_an_asyncapi_3_0_document() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    AsyncAPI3.model_validate(DOCUMENT)
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(schema), name


def test_every_reference_leads_somewhere() -> None:
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(DOCUMENT)):
        place: Any = DOCUMENT
        for name in reference.split("/"):
            place = place[name]


def test_every_stream_is_a_channel_and_says_what_the_request_that_opens_it_reads() -> None:
    assert [stream.opened_by for stream in STREAMS] == list(streams.OPERATIONS)
    assert set(DOCUMENT["channels"]) == {operation.name for operation in streams.OPERATIONS}
    for stream in STREAMS:
        channel = DOCUMENT["channels"][stream.name]
        assert channel["address"] == stream.opened_by.path
        told = DOCUMENT["operations"][f"tell_{stream.name}"]
        query = channel["bindings"]["ws"] if stream.is_socket else told["bindings"]["http"]
        assert set(query["query"]["properties"]) == set(stream.opened_by.query.model_fields)


def test_every_way_to_close_a_socket_is_told() -> None:
    told = {
        int(code) for channel in DOCUMENT["channels"].values() for code in channel.get("x-close-codes", ())
    }
    assert told == {code for code, _ in CLOSES.values()} | {UNKNOWN_SCAN}


def frame_fits(frame: Any, stream: str, action: str = "tell") -> list[str]:
    """The messages of a stream that a frame is."""
    operation = DOCUMENT["operations"][f"{action}_{stream}"]
    names = [reference["$ref"].rpartition("/")[2] for reference in operation["messages"]]
    fitting = [name for name in names if not SCHEMAS.faults(frame, "components", "messages", name, "payload")]
    assert fitting, f"{stream}: {json.dumps(frame)[:300]} is no message of it"
    return fitting


async def frames_of(socket: ClientWebSocketResponse) -> list[Any]:
    return [
        json.loads(message.data) if message.type is aiohttp.WSMsgType.TEXT else msgpack.unpackb(message.data)
        async for message in socket
    ]


@pytest.mark.parametrize("protocols", [(), (MSGPACK_PROTOCOL,)])
@pytest.mark.parametrize("events", ["progress", "states", "all"])
async def test_the_frames_of_a_scan_are_as_documented(
    quick: ClientSession, events: str, protocols: tuple[str, ...]
) -> None:
    scan = await start(quick, limit=3)
    address = f"{scan['websocket_url']}?events={events}&since=-1"
    async with quick.ws_connect(address, protocols=protocols, max_msg_size=0) as socket:
        frames = await frames_of(socket)
    async with quick.get(f"{scan['sse_url']}?events={events}") as response:
        lines = (await response.text()).splitlines()
    seen = {name for frame in frames for name in frame_fits(frame, "scanSocket")}
    wanted = {"progress": {"snapshot"}, "states": {"hello", "state"}, "all": {"hello", "state", "match"}}
    assert wanted[events] <= seen
    told = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert told
    assert all(frame_fits(frame, "scanEvents") for frame in told)


async def ask(socket: ClientWebSocketResponse, stream: str, action: dict[str, Any]) -> tuple[str, str]:
    """Say something that is documented; the messages that it, and the answer to it, are."""
    (asked,) = frame_fits(action, stream, "hear")
    await socket.send_json(action)
    while (frame := await socket.receive_json()).get("type") not in {
        "pong", "cancel", "error", "subscribe", "unsubscribe",
    }:  # fmt: skip
        assert frame_fits(frame, stream)
    (answered,) = frame_fits(frame, stream)
    return asked, answered


async def test_what_one_may_say_on_a_scans_socket_and_the_answers_are_as_documented(
    slow: ClientSession,
) -> None:
    scan = await start(slow)
    async with slow.ws_connect(f"{scan['websocket_url']}?events=all") as socket:
        assert await ask(socket, "scanSocket", {"action": "ping"}) == ("ping", "pong")
        await socket.send_json({"action": "dance"})
        assert frame_fits(await answer_of(socket, "error"), "scanSocket") == ["error"]
        assert await ask(socket, "scanSocket", {"action": "cancel"}) == ("cancelAction", "cancelled")
        for frame in await frames_of(socket):
            frame_fits(frame, "scanSocket")
    assert str(socket.close_code) in DOCUMENT["channels"]["scanSocket"]["x-close-codes"]
    async with slow.ws_connect("/scan/ws/nobody") as socket:
        (frame,) = await frames_of(socket)
    assert frame_fits(frame, "scanSocket") == ["error"]
    assert socket.close_code == UNKNOWN_SCAN


async def answer_of(socket: ClientWebSocketResponse, kind: str) -> Any:
    while (frame := await socket.receive_json()).get("type") != kind:
        pass
    return frame


async def test_what_one_may_say_on_the_socket_of_all_scans_and_the_answers_are_as_documented(
    slow: ClientSession,
) -> None:
    scan = await start(slow)
    scan_id = scan["scan_id"]
    async with slow.ws_connect("/scan/ws?events=all") as socket:
        assert frame_fits(await socket.receive_json(), "allSocket") == ["allHello"]
        for action, names in (
            ({"action": "unsubscribe", "scan_ids": "*"}, ("unsubscribe", "unsubscribed")),
            ({"action": "subscribe", "scan_ids": [scan_id]}, ("subscribe", "subscribed")),
            ({"action": "subscribe", "scan_id": "nobody"}, ("subscribe", "error")),
            ({"action": "ping"}, ("ping", "pong")),
            ({"action": "cancel", "scan_ids": [scan_id]}, ("cancelSeveral", "cancelled")),
        ):
            assert await ask(socket, "allSocket", action) == names
        while (frame := await socket.receive_json()).get("status") != "cancelled":
            frame_fits(frame, "allSocket")
        assert frame_fits(frame, "allSocket") == ["allState"]
    await end_of(slow, scan)


async def test_the_events_of_all_scans_are_as_documented(quick: ClientSession) -> None:
    async with quick.get("/scan/sse?events=all") as response:
        scan = await start(quick, limit=1)
        async for line in response.content:
            if not line.startswith(b"data: "):
                continue
            frame = json.loads(line.removeprefix(b"data: "))
            assert frame_fits(frame, "allEvents")
            if frame.get("scan_id") == scan["scan_id"] and frame.get("status") == "completed":
                break
