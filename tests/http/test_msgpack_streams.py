"""Frames in msgpack: chosen in the handshake, and the same as those in JSON."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgpack
import pytest
from aiohttp import WSMsgType
from hypothesis import given
from hypothesis import strategies as st

from technic.engine.scan.events import ProgressAdvanced
from technic.http.codings import JSON, MSGPACK, MSGPACK_PROTOCOL, UnreadableError
from technic.http.frames import Frames
from tests.http.conftest import Served
from tests.http.scripted_engine import ScriptedEngine, make_rows, make_snapshot

PATHS = ("/scan/ws/s1", "/scan/ws/s1?events=all", "/scan/ws", "/scan/ws?events=all")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=20),
    max_leaves=20,
)


async def unpacked(socket: Any) -> list[Any]:
    """Every frame until the server closes; each has to be binary."""
    frames = []
    async for message in socket:
        assert message.type is WSMsgType.BINARY
        frames.append(msgpack.unpackb(message.data))
    return frames


@pytest.mark.parametrize("path", PATHS)
async def test_binary_frames_say_the_same_as_text_answers_too(
    served: Served, engine: ScriptedEngine, path: str
) -> None:
    engine.begin()
    async with (
        served.client.ws_connect(path) as text,
        served.client.ws_connect(path, protocols=["other", MSGPACK_PROTOCOL]) as binary,
    ):
        assert (text.protocol, binary.protocol) == (None, MSGPACK_PROTOCOL)
        for ask in ({"action": "ping"}, {"action": "dance"}, {"action": "cancel", "scan_id": "s1"}):
            await text.send_json(ask)
            await binary.send_bytes(msgpack.packb(ask))
        engine.match(make_rows([f"SIM{n}" for n in range(100)], close=[float("nan")] * 100))
        engine.advance(eta_seconds=float("inf"))
        engine.begin("s2")
        engine.end("s2")
        engine.end()
        if path.startswith("/scan/ws/"):
            one, two = await asyncio.gather(said(text), unpacked(binary))
        else:
            one = await until_ended(text, json.loads)
            two = await until_ended(binary, msgpack.unpackb)
    assert [part for part in one if "percentage" in part][-1]["status"] == "completed"
    assert sorted(one, key=repr) == sorted(two, key=repr)


async def said(socket: Any) -> list[Any]:
    return [json.loads(message.data) async for message in socket]


async def until_ended(socket: Any, read: Any) -> list[Any]:
    """Every frame up to the end of the scan."""
    frames = []
    async for message in socket:
        frames.append(read(message.data))
        if frames[-1].get("status") == "completed" and frames[-1].get("scan_id") == "s1":
            break
    return frames


async def test_an_unknown_subprotocol_is_ignored(served: Served, engine: ScriptedEngine) -> None:
    engine.begin()
    async with served.client.ws_connect("/scan/ws/s1", protocols=["technic.v9.msgpack", "x"]) as socket:
        assert socket.protocol is None
        assert (await socket.receive_json())["scan_id"] == "s1"


@pytest.mark.parametrize(
    "ask", [b"", b"\xc1", b"\x93", msgpack.packb([1]), b"\xdf\xff\xff\xff\xff", b"\x91" * 9999]
)
async def test_what_is_no_msgpack_gets_an_error_frame_and_json_text_is_read(
    served: Served, engine: ScriptedEngine, ask: bytes
) -> None:
    engine.begin()
    async with served.client.ws_connect("/scan/ws/s1", protocols=[MSGPACK_PROTOCOL]) as socket:
        await socket.receive_bytes()
        await socket.send_bytes(ask)
        assert msgpack.unpackb(await socket.receive_bytes())["error"]["code"] == "bad_request"
        await socket.send_json({"action": "ping"})
        assert msgpack.unpackb(await socket.receive_bytes()) == {"type": "pong"}


async def test_an_unknown_scan_is_told_in_msgpack(served: Served) -> None:
    async with served.client.ws_connect("/scan/ws/nobody", protocols=[MSGPACK_PROTOCOL]) as socket:
        frames = await unpacked(socket)
    assert [part["error"]["code"] for part in frames] == ["unknown_scan"]
    assert socket.close_code == 4404


async def test_each_form_of_an_event_is_made_once() -> None:
    event = ProgressAdvanced("s1", 0, make_snapshot())
    frames = Frames()
    for coding in (JSON, MSGPACK):
        for typed in (False, True):
            first = frames.frame(event, typed=typed, coding=coding)
            assert frames.frame(event, typed=typed, coding=coding) is first


@given(st.dictionaries(st.text(max_size=5), VALUES, min_size=1, max_size=40))
def test_both_codings_say_the_same_and_fields_go_in_front(value: dict[str, Any]) -> None:
    text, packed = JSON.encode(value), MSGPACK.encode(value)
    assert MSGPACK.decode(packed) == JSON.decode(text)
    front = {"\x00type": "match", "\x00offset": 2**60}
    whole = MSGPACK.decode(MSGPACK.front(front, packed))
    assert whole == JSON.decode(JSON.front(front, text)) == front | JSON.decode(text)
    assert list(whole)[:2] == list(front)


@pytest.mark.parametrize("count", [1, 13, 14, 15, 16, 17, 65_533, 65_534, 65_536])
def test_fields_go_in_front_of_objects_of_any_size(count: int) -> None:
    value = {f"k{n}": n for n in range(count)}
    assert MSGPACK.decode(MSGPACK.front({"a": 1, "b": 2}, MSGPACK.encode(value))) == {"a": 1, "b": 2} | value


def test_what_cannot_be_read_says_so() -> None:
    for coding in (JSON, MSGPACK):
        with pytest.raises(UnreadableError):
            coding.decode(b"\xc1")
