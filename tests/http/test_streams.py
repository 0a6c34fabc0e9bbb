"""The pump and its two framings, on a real server with an engine that does what the test says."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from technic.config.settings import StreamSettings
from technic.engine.scan.events import Status
from tests.http.conftest import Serve, Served
from tests.http.scripted_engine import EPOCH, ScriptedEngine, make_rows


async def frames_of(socket: Any) -> list[Any]:
    """Every frame until the server closes."""
    return [json.loads(message.data) async for message in socket]


async def events_of(response: Any) -> list[dict[str, str]]:
    """Every event until the server ends the response; comments under the name ''."""
    text = (await response.read()).decode()
    return [dict(line.split(":", 1) for line in block.split("\n")) for block in text.split("\n\n") if block]


async def test_two_websockets_of_one_scan_both_see_every_state_and_the_end(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    async with served.client.ws_connect("/scan/ws/s1") as one, served.client.ws_connect("/scan/ws/s1") as two:
        first = [await one.receive_json(), await two.receive_json()]
        engine.advance(percentage=60.0)
        engine.end()
        rest = [await frames_of(one), await frames_of(two)]
        assert [frame["percentage"] for frame in first] == [41.8, 41.8]
        for frames in rest:
            assert frames[-1]["status"] == "completed"
            assert frames[-1]["percentage"] == 100
            assert [frame["seq"] for frame in frames] == sorted({frame["seq"] for frame in frames})
        assert (one.close_code, two.close_code) == (1000, 1000)


async def test_a_websocket_that_comes_after_the_end_gets_the_terminal_frame_alone(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    engine.end(status=Status.FAILED)
    async with served.client.ws_connect("/scan/ws/s1") as socket:
        frames = await frames_of(socket)
    assert [frame["status"] for frame in frames] == ["failed"]
    assert socket.close_code == 1000


async def test_default_frames_are_snapshots_alone_also_when_rows_are_found(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    async with served.client.ws_connect("/scan/ws/s1") as socket:
        engine.match(make_rows(["SIM0001"]))
        engine.end()
        frames = await frames_of(socket)
    assert all("type" not in frame and "percentage" in frame for frame in frames)


@pytest.mark.parametrize("size", [2, 300])
async def test_typed_frames_begin_with_hello_and_carry_each_row_once(
    served: Served, engine: ScriptedEngine, size: int
) -> None:
    engine.begin()
    found = [f"SIM{n:04}" for n in range(size)]
    async with served.client.ws_connect("/scan/ws/s1?events=all") as socket:
        opening = [await socket.receive_json(), await socket.receive_json()]
        engine.match(make_rows(found[:1]))
        engine.match(make_rows(found[1:], close=[float("nan")] * (size - 1)))
        engine.end()
        rest = await frames_of(socket)
    assert opening[0] == {"type": "hello", "scan_id": "s1", "epoch": EPOCH, "seq": 0, "recovered": False}
    assert opening[1]["type"] == "state"
    matches = [frame for frame in rest if frame["type"] == "match"]
    assert [row["symbol"] for frame in matches for row in frame["rows"]] == found
    assert matches[1]["rows"][0]["close"] is None
    assert rest[-1]["type"] == "state"
    assert rest[-1]["status"] == "completed"


async def test_a_reader_that_comes_back_is_told_what_it_missed(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    engine.match(make_rows(["SIM0001"]))
    engine.match(make_rows(["SIM0002"]))
    engine.end()
    async with served.client.ws_connect("/scan/ws/s1?events=all&since=1") as socket:
        frames = await frames_of(socket)
    assert frames[0] == {"type": "hello", "scan_id": "s1", "epoch": EPOCH, "seq": 1, "recovered": True}
    assert [row["symbol"] for frame in frames if frame["type"] == "match" for row in frame["rows"]] == [
        "SIM0002"
    ]


@pytest.mark.parametrize("place", ["-1", f"{EPOCH}--1"])
async def test_a_reader_that_has_seen_nothing_yet_is_told_all_of_it(
    served: Served, engine: ScriptedEngine, place: str
) -> None:
    engine.begin()
    engine.match(make_rows(["SIM0001"]))
    engine.end()
    async with served.client.ws_connect(f"/scan/ws/s1?events=all&since={place}") as socket:
        frames = await frames_of(socket)
    assert frames[0] == {"type": "hello", "scan_id": "s1", "epoch": EPOCH, "seq": -1, "recovered": True}
    assert [frame["type"] for frame in frames[1:]] == ["state", "match", "state"]


@pytest.mark.parametrize("place", ["other-1", "other--1", "e1-99"])
async def test_a_place_of_another_epoch_or_the_future_starts_anew(
    served: Served, engine: ScriptedEngine, place: str
) -> None:
    engine.begin()
    engine.match(make_rows(["SIM0001"]))
    engine.end()
    async with served.client.ws_connect(f"/scan/ws/s1?events=all&since={place}") as socket:
        frames = await frames_of(socket)
    assert frames[0]["recovered"] is False
    assert [frame["type"] for frame in frames] == ["hello", "state"]


async def test_an_unknown_scan_gets_an_error_frame_and_4404(served: Served) -> None:
    async with served.client.ws_connect("/scan/ws/nobody") as socket:
        frames = await frames_of(socket)
    assert frames[0]["type"] == "error"
    assert frames[0]["error"]["code"] == "unknown_scan"
    assert socket.close_code == 4404


async def test_a_reader_that_fell_behind_the_replay_is_closed_with_a_reason(serve: Serve) -> None:
    engine = ScriptedEngine(replay_events=2)
    served = await serve(engine)
    engine.begin()
    async with served.client.ws_connect("/scan/ws/s1?events=all") as socket:
        await socket.receive_json()
        for number in range(4):
            engine.match(make_rows([f"SIM{number:04}"]))
        await frames_of(socket)
    assert socket.close_code == 4408


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("no json", "bad_request"),
        ("[1]", "bad_request"),
        ('{"action": "dance"}', "bad_request"),
        ('{"action": {"a": 1}}', "bad_request"),
        ('{"action": "subscribe", "scan_id": "s2"}', "bad_request"),
        (b'{"action": "cancel"}', "bad_request"),
    ],
)
async def test_what_is_not_understood_gets_an_error_frame_and_the_socket_stays(
    served: Served, engine: ScriptedEngine, message: str | bytes, code: str
) -> None:
    engine.begin()
    async with served.client.ws_connect("/scan/ws/s1") as socket:
        await socket.receive_json()
        await (socket.send_str(message) if isinstance(message, str) else socket.send_bytes(message))
        frame = await socket.receive_json()
        assert (frame["type"], frame["error"]["code"]) == ("error", code)
        assert frame["error"]["suggestion"]
        await socket.send_json({"action": "ping"})
        assert await socket.receive_json() == {"type": "pong"}
    assert engine.cancelled == []


async def test_cancel_over_the_socket_is_answered_and_reaches_the_engine(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    async with served.client.ws_connect("/scan/ws/s1") as socket:
        await socket.receive_json()
        await socket.send_json({"action": "cancel"})
        answer = await socket.receive_json()
    assert answer["type"] == "cancel"
    assert answer["status"] == "cancelling"
    assert engine.cancelled == ["s1"]


async def test_a_failure_while_answering_a_message_is_told_and_ends_nothing(
    served: Served, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(scan_id: str, *, reason: str) -> tuple[str, str]:
        raise ValueError(scan_id + reason)

    monkeypatch.setattr(engine, "cancel", broken)
    engine.begin()
    async with served.client.ws_connect("/scan/ws/s1") as socket:
        await socket.receive_json()
        await socket.send_json({"action": "cancel"})
        assert (await socket.receive_json())["error"]["code"] == "internal_error"
        engine.end()
        assert (await frames_of(socket))[-1]["status"] == "completed"


async def test_a_ping_of_the_clients_is_answered(served: Served, engine: ScriptedEngine) -> None:
    engine.begin()
    async with served.client.ws_connect("/scan/ws/s1", autoping=False) as socket:
        await socket.receive()
        await socket.ping(b"are you there")
        message = await socket.receive()
    assert (message.type, bytes(message.data)) == (WSMsgType.PONG, b"are you there")


async def test_a_websocket_route_without_upgrade_says_so(served: Served, engine: ScriptedEngine) -> None:
    engine.begin()
    status, body = await served.json("GET", "/scan/ws/s1")
    assert (status, body["code"]) == (426, "upgrade_required")


async def test_server_sent_events_are_unnamed_numbered_and_end_with_the_scan(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    async with served.client.get("/scan/sse/s1") as response:
        engine.advance(percentage=70.0)
        engine.end()
        events = await events_of(response)
    assert response.content_type == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert events[0] == {"retry": " 2000"}
    assert all(set(event) == {"id", "data"} for event in events[1:])
    assert events[-1]["id"] == f" {EPOCH}-2"
    assert json.loads(events[-1]["data"])["status"] == "completed"


async def test_an_eventsource_that_has_seen_the_end_gets_204(served: Served, engine: ScriptedEngine) -> None:
    engine.begin()
    last = engine.end().seq
    for options in (
        {"headers": {"Last-Event-ID": f"{EPOCH}-{last}"}},
        {"params": {"last_event_id": f"e1-{last}"}},
    ):
        async with served.client.get("/scan/sse/s1", **options) as response:
            assert response.status == 204


async def test_an_eventsource_that_is_up_to_date_goes_on_while_the_scan_runs(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    async with served.client.get("/scan/sse/s1", headers={"Last-Event-ID": f"{EPOCH}-0"}) as response:
        assert response.status == 200
        engine.end()
        events = await events_of(response)
    assert json.loads(events[-1]["data"])["status"] == "completed"


@pytest.mark.parametrize("place", ["e1-0", "e1-99", "other-9", "nonsense"])
async def test_an_eventsource_that_has_not_seen_the_end_gets_it(
    served: Served, engine: ScriptedEngine, place: str
) -> None:
    engine.begin()
    engine.end()
    async with served.client.get("/scan/sse/s1", headers={"Last-Event-ID": place}) as response:
        events = await events_of(response)
    assert json.loads(events[-1]["data"])["status"] == "completed"


async def test_typed_server_sent_events_replay_matches_after_the_last_id(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    engine.match(make_rows(["SIM0001"]))
    engine.match(make_rows(["SIM0002"]))
    engine.end()
    async with served.client.get("/scan/sse/s1?events=all", headers={"Last-Event-ID": "e1-1"}) as response:
        frames = [json.loads(event["data"]) for event in (await events_of(response))[1:]]
    assert [frame["type"] for frame in frames] == ["hello", "match", "state"]
    assert frames[0]["recovered"] is True
    assert frames[1]["rows"][0]["symbol"] == "SIM0002"


@pytest.mark.parametrize("name", ["since", "last_event_id"])
async def test_an_eventsource_that_comes_back_to_the_place_in_its_address_goes_on_where_it_broke_off(
    served: Served, engine: ScriptedEngine, name: str
) -> None:
    engine.begin()
    engine.match(make_rows(["SIM0001"]))
    engine.match(make_rows(["SIM0002"]))
    engine.end()
    request = f"/scan/sse/s1?events=all&{name}={EPOCH}-0"
    async with served.client.get(request, headers={"Last-Event-ID": f"{EPOCH}-1"}) as response:
        frames = [json.loads(event["data"]) for event in (await events_of(response))[1:]]
    assert [row["symbol"] for frame in frames for row in frame.get("rows", ())] == ["SIM0002"]


async def test_an_unknown_scan_is_404_over_sse(served: Served) -> None:
    status, body = await served.json("GET", "/scan/sse/nobody")
    assert (status, body["code"]) == (404, "unknown_scan")


async def test_a_silent_stream_gets_comments(serve: Serve, engine: ScriptedEngine) -> None:
    served = await serve(engine, streams=StreamSettings(keepalive_seconds=0.02))
    engine.begin()
    async with served.client.get("/scan/sse/s1") as response:
        async for line in response.content:
            if line == b": keepalive\n":
                engine.end()
    assert response.content.at_eof()


async def test_where_there_is_no_room_an_eventsource_is_told_to_come_back_and_gets_in_later(
    serve: Serve, engine: ScriptedEngine
) -> None:
    """It takes 429 as the end for good: only a stream that was accepted is asked for again."""
    served = await serve(engine, streams=StreamSettings(max_streams=1))
    engine.begin()
    async with served.client.get("/scan/sse/s1") as response:
        await response.content.readline()
        async with served.client.get("/scan/sse/s1") as another:
            assert (another.status, another.content_type) == (200, "text/event-stream")
            assert await another.text() == (
                "retry: 5000\n\n: too_many_streams: as many are open as may; try again\n\n"
            )
        assert (await served.json("GET", "/scan/sse/nobody"))[0] == 404
        engine.end()
        await response.read()
    async with served.client.get("/scan/sse/s1") as response:
        assert json.loads((await events_of(response))[-1]["data"])["status"] == "completed"


async def test_where_there_is_no_room_a_websocket_is_refused_with_429_before_it_opens(
    serve: Serve, engine: ScriptedEngine
) -> None:
    served = await serve(engine, streams=StreamSettings(max_streams=1))
    engine.begin()
    async with served.client.ws_connect("/scan/ws/s1") as socket:
        await socket.receive_json()
        with pytest.raises(WSServerHandshakeError, match="429") as refused:
            await served.client.ws_connect("/scan/ws/s1")
        assert refused.value.headers is not None
        assert refused.value.headers["Retry-After"] == "5"


async def test_the_engines_end_closes_sockets_with_1001_and_tells_sse_to_come_back(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    async with (
        served.client.ws_connect("/scan/ws/s1") as socket,
        served.client.get("/scan/sse/s1") as response,
    ):
        await socket.receive_json()
        await response.content.readuntil(b"data")
        engine.bus.close()
        await frames_of(socket)
        text = await response.read()
    assert socket.close_code == 1001
    assert text.endswith(b": the server is stopping\n\n")


async def test_a_shutdown_closes_sockets_with_1001_and_lets_sse_come_back(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    async with (
        served.client.ws_connect("/scan/ws/s1") as socket,
        served.client.get("/scan/sse/s1") as response,
    ):
        await socket.receive_json()
        await response.content.readuntil(b"data")
        leaving = asyncio.ensure_future(served.runner.cleanup())
        await frames_of(socket)
        text = await response.read()
        await leaving
    assert socket.close_code == 1001
    assert text.endswith(b": the server is stopping\n\n")
    assert engine.bus.readers() == 0
