"""All scans over one connection, on a real server with an engine that does what the test says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from technic.config.settings import ServerSettings, StreamSettings
from technic.engine.scan.events import Status
from technic.http.keys import GUESTS
from technic.http.opening import IDS_MOST
from tests.http.conftest import Serve, Served
from tests.http.scripted_engine import ScriptedEngine, make_rows
from tests.support.waiting import until

WS, SSE = "/scan/ws", "/scan/sse"


def told(frame: dict[str, Any]) -> tuple[Any, ...]:
    """What a frame says, in short."""
    if frame.get("type") == "match":
        return ("match", frame["scan_id"], [row["symbol"] for row in frame["rows"]])
    return (frame.get("type"), frame["scan_id"], frame["status"])


async def some(socket: Any, count: int) -> list[Any]:
    """So many frames."""
    return [await socket.receive_json() for _ in range(count)]


class Events:
    """Reads an event stream, an event at a time."""

    def __init__(self, response: Any) -> None:
        self.response = response

    async def __aiter__(self) -> AsyncIterator[dict[str, str]]:
        while block := await self._block():
            yield dict(line.split(":", 1) for line in block.split("\n"))

    async def next(self) -> dict[str, str]:
        block = await self._block()
        return dict(line.split(":", 1) for line in block.split("\n"))

    async def frame(self) -> tuple[str, Any]:
        """Id and content of the next event that has data."""
        while "data" not in (event := await self.next()):
            pass
        return event.get("id", "").strip(), json.loads(event["data"])

    async def _block(self) -> str:
        try:
            return (await self.response.content.readuntil(b"\n\n")).decode().strip("\n")
        except asyncio.IncompleteReadError:
            return ""


async def test_hello_comes_first_then_how_each_scan_stands_and_then_what_happens(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin("a")
    engine.begin("b")
    engine.begin("gone")
    engine.end("gone")
    async with served.client.ws_connect(WS) as socket:
        hello, *standing = await some(socket, 3)
        assert hello == {
            "type": "hello", "epoch": engine.bus.fleet.epoch, "offset": engine.bus.fleet.offset,
            "recovered": False,
        }  # fmt: skip
        assert [frame["scan_id"] for frame in standing] == ["a", "b"]
        assert all("type" not in frame and "percentage" in frame for frame in standing)
        engine.begin("c")
        engine.match(make_rows(["SIM0001"]), "a")
        engine.advance("b", percentage=77.0)
        engine.end("a")
        live = await some(socket, 3)
        assert [(f["scan_id"], f["status"], f["percentage"]) for f in live] == [
            ("c", "running", 41.8), ("b", "running", 77.0), ("a", "completed", 100.0)
        ]  # fmt: skip


async def test_hello_comes_at_once_also_where_nothing_goes_on(served: Served) -> None:
    async with served.client.ws_connect(WS) as socket, served.client.get(SSE) as response:
        assert (await socket.receive_json())["type"] == "hello"
        assert (await Events(response).frame())[1]["type"] == "hello"


async def test_typed_frames_carry_the_offset_and_rows_each_once(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin("a")
    base = engine.bus.fleet.offset
    async with served.client.ws_connect(f"{WS}?events=all") as socket:
        await some(socket, 2)
        engine.begin("b")
        engine.match(make_rows([f"SIM{n:04}" for n in range(100)]), "a")
        engine.match(make_rows(["X"]), "b")
        engine.advance("a")
        engine.end("b", Status.FAILED)
        frames = await some(socket, 5)
    assert [frame["offset"] - base for frame in frames] == [1, 2, 3, 4, 5]
    assert [told(frame)[:2] for frame in frames] == [
        ("state", "b"), ("match", "a"), ("match", "b"), ("progress", "a"), ("state", "b")
    ]  # fmt: skip
    assert len(frames[1]["rows"]) == 100
    assert frames[4]["status"] == "failed"
    assert [frame["seq"] for frame in frames] == [0, 1, 1, 2, 2]


async def test_a_dashboard_has_typed_frames_without_a_single_row(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin("a")
    fleet = engine.bus.fleet
    async with served.client.ws_connect(f"{WS}?events=states") as socket:
        hello, standing = await some(socket, 2)
        assert told(standing) == ("state", "a", "running")
        engine.match(make_rows(["ONE"]), "a")
        engine.advance("a")
        progress = await socket.receive_json()
        engine.match(make_rows(["TWO"]), "a")
        engine.end("a")
        state = await socket.receive_json()
    assert [frame["type"] for frame in (progress, state)] == ["progress", "state"]
    assert [frame["offset"] - hello["offset"] for frame in (progress, state)] == [2, 4]
    place = f"{hello['epoch']}-{progress['offset']}"
    async with served.client.get(f"{SSE}?events=states&since={place}") as response:
        events = Events(response)
        assert (await events.frame())[1]["recovered"] is True
        at, frame = await events.frame()
    assert (at, told(frame)) == (f"{fleet.epoch}-{fleet.offset}", ("state", "a", "completed"))


async def test_whoever_comes_back_gets_exactly_what_it_missed(served: Served, engine: ScriptedEngine) -> None:
    engine.begin("a")
    engine.begin("b")
    async with served.client.ws_connect(f"{WS}?events=all") as socket:
        hello = (await some(socket, 3))[0]
        engine.match(make_rows(["ONE"]), "a")
        last = await socket.receive_json()
    engine.match(make_rows(["TWO"]), "a")
    engine.end("a")
    engine.begin("c")
    for place in (f"{hello['epoch']}-{last['offset']}", str(last["offset"])):
        for name in ("since", "last_event_id"):
            async with served.client.ws_connect(WS, params={"events": "all", name: place}) as socket:
                frames = await some(socket, 5)
            assert frames[0]["recovered"] is True
            assert frames[0]["offset"] == frames[1]["offset"] == last["offset"]
            assert [told(frame) for frame in frames[1:]] == [
                ("state", "b", "running"), ("match", "a", ["TWO"]),
                ("state", "a", "completed"), ("state", "c", "running"),
            ]  # fmt: skip


@pytest.mark.parametrize("place", ["other-{offset}", "{epoch}-1", "1", "{epoch}-999999999999999999"])
@pytest.mark.parametrize("typed", [True, False])
async def test_a_place_of_another_process_or_the_future_begins_anew(
    served: Served, engine: ScriptedEngine, place: str, *, typed: bool
) -> None:
    engine.begin("a")
    engine.match(make_rows(["ONE"]), "a")
    fleet = engine.bus.fleet
    since = place.format(epoch=fleet.epoch, offset=fleet.offset)
    params = {"since": since} | ({"events": "all"} if typed else {})
    async with served.client.ws_connect(WS, params=params) as socket:
        hello, standing = await some(socket, 2)
    assert (hello["recovered"], hello["offset"]) == (False, fleet.offset)
    assert (standing["scan_id"], standing["seq"]) == ("a", 0)


async def test_default_frames_tell_one_that_comes_back_how_scans_ended_meanwhile(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin("a")
    async with served.client.get(SSE) as response:
        events = Events(response)
        place, _ = await events.frame()
        assert (await events.frame())[0] == place
    engine.end("a")
    async with served.client.get(SSE, headers={"Last-Event-ID": place}) as response:
        events = Events(response)
        assert (await events.frame())[1]["recovered"] is True
        assert (await events.frame())[1]["status"] == "completed"


async def test_scans_are_chosen_and_left_over_the_socket(served: Served, engine: ScriptedEngine) -> None:
    for name in ("a", "b", "c"):
        engine.begin(name)
    async with served.client.ws_connect(WS) as socket:
        await some(socket, 4)
        await socket.send_json({"action": "unsubscribe", "scan_ids": "*"})
        assert await socket.receive_json() == {"type": "unsubscribe", "scan_ids": "*"}
        await socket.send_json({"action": "subscribe", "scan_ids": ["a", "c", "a"]})
        answer, *standing = await some(socket, 3)
        assert answer == {"type": "subscribe", "scan_ids": ["a", "c"]}
        assert [frame["scan_id"] for frame in standing] == ["a", "c"]
        for name in ("a", "b", "c"):
            engine.advance(name)
        assert [frame["scan_id"] for frame in await some(socket, 2)] == ["a", "c"]
        await socket.send_json({"action": "unsubscribe", "scan_id": "a"})
        assert (await socket.receive_json())["scan_ids"] == ["a"]
        engine.end("a")
        engine.end("c")
        assert (await socket.receive_json())["scan_id"] == "c"
        await socket.send_json({"action": "subscribe", "scan_id": "*"})
        assert (await socket.receive_json())["scan_ids"] == "*"
        assert (await socket.receive_json())["scan_id"] == "b"


async def test_as_many_scans_as_may_be_named_fit_into_an_address(
    served: Served, engine: ScriptedEngine
) -> None:
    names = [f"{number:032x}" for number in range(IDS_MOST)]
    engine.begin(names[-1])
    async with served.client.ws_connect(f"{WS}?scan_ids={'%2C'.join(names)}") as socket:
        _, *others, last = await some(socket, IDS_MOST + 1)
        assert {frame["error"]["code"] for frame in others} == {"unknown_scan"}
        assert (last["scan_id"], last["status"]) == (names[-1], "running")


async def test_an_unknown_scan_gets_an_error_frame_and_the_others_are_subscribed(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin("a")
    async with served.client.ws_connect(f"{WS}?scan_ids=") as socket:
        await some(socket, 2)
        await socket.send_json({"action": "unsubscribe", "scan_id": "*"})
        await socket.send_json({"action": "subscribe", "scan_ids": ["nobody", "a"]})
        _, answer, error, standing = await some(socket, 4)
        assert answer == {"type": "subscribe", "scan_ids": ["a"]}
        assert (error["type"], error["scan_id"], error["error"]["code"]) == (
            "error",
            "nobody",
            "unknown_scan",
        )
        assert standing["scan_id"] == "a"
        engine.begin("nobody")
        engine.advance("a")
        assert (await socket.receive_json())["scan_id"] == "a"


async def test_an_ended_scan_that_is_asked_for_is_shown_as_it_ended_and_no_more(
    served: Served, engine: ScriptedEngine
) -> None:
    for name in ("a", "z"):
        engine.begin(name)
        engine.end(name)
    async with served.client.ws_connect(f"{WS}?scan_ids=z,nobody&events=all") as socket:
        hello, error, shown = await some(socket, 3)
        assert (hello["type"], error["scan_id"]) == ("hello", "nobody")
        assert told(shown) == ("state", "z", "completed")
        assert shown["offset"] == hello["offset"]
        await socket.send_json({"action": "subscribe", "scan_id": "a"})
        assert (await some(socket, 2))[1]["scan_id"] == "a"
        place = f"{hello['epoch']}-{hello['offset']}"
    async with served.client.ws_connect(f"{WS}?scan_ids=z&since={place}") as socket:
        assert (await socket.receive_json())["recovered"] is True
        await socket.send_json({"action": "ping"})
        assert await socket.receive_json() == {"type": "pong"}  # z is not shown again


async def test_who_follows_all_scans_is_told_of_an_ended_and_of_an_unknown_one_that_it_asks_for(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin("a")
    engine.end("a")
    async with served.client.ws_connect(WS) as socket:
        await socket.receive_json()
        await socket.send_json({"action": "subscribe", "scan_ids": ["a", "nobody"]})
        answers = [await socket.receive_json() for _ in range(3)]
        shown = next(frame for frame in answers if "status" in frame)
        assert (shown["scan_id"], shown["status"]) == ("a", "completed")
        assert {"type": "subscribe", "scan_ids": ["a"]} in answers
        assert [frame["scan_id"] for frame in answers if frame.get("type") == "error"] == ["nobody"]
        engine.begin("b")
        assert (await socket.receive_json())["scan_id"] == "b"


async def test_scans_are_cancelled_by_name_and_never_all_at_once(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin("a")
    async with served.client.ws_connect(WS) as socket:
        await some(socket, 2)
        await socket.send_json({"action": "cancel", "scan_ids": ["a", "nobody"]})
        answer, error = await some(socket, 2)
        assert (answer["type"], answer["scan_id"], answer["status"]) == ("cancel", "a", "cancelling")
        assert (error["type"], error["scan_id"]) == ("error", "nobody")
        for message in ({}, {"scan_id": "*"}):
            await socket.send_json({"action": "cancel"} | message)
            assert (await socket.receive_json())["error"]["code"] == "bad_request"
    assert engine.cancelled == ["a"]


@pytest.mark.parametrize(
    "message",
    [
        "no json",
        "[1]",
        '{"action": "dance"}',
        '{"action": ["subscribe"]}',
        '{"action": "subscribe"}',
        '{"action": "subscribe", "scan_ids": []}',
        '{"action": "subscribe", "scan_ids": [1]}',
        '{"action": "subscribe", "scan_ids": {"a": 1}}',
        '{"action": "unsubscribe", "scan_id": ""}',
        json.dumps({"action": "subscribe", "scan_ids": [str(n) for n in range(501)]}),
        b'{"action": "ping"}',
    ],
)
async def test_what_is_not_understood_gets_an_error_frame_and_the_socket_stays(
    served: Served, message: str | bytes
) -> None:
    async with served.client.ws_connect(WS) as socket:
        await socket.receive_json()
        await (socket.send_str(message) if isinstance(message, str) else socket.send_bytes(message))
        frame = await socket.receive_json()
        assert (frame["type"], frame["error"]["code"]) == ("error", "bad_request")
        assert frame["error"]["suggestion"]
        await socket.send_json({"action": "ping"})
        assert await socket.receive_json() == {"type": "pong"}


async def test_events_over_sse_have_their_place_for_an_id_and_some_scans_can_be_had(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin("a")
    engine.begin("b")
    fleet = engine.bus.fleet
    async with served.client.get(f"{SSE}?scan_ids=b,nobody&events=all&scan_ids=*x") as response:
        assert (response.status, response.content_type) == (200, "text/event-stream")
        events = Events(response)
        assert await events.next() == {"retry": " 2000"}
        place = f"{fleet.epoch}-{fleet.offset}"
        first, *rest = [await events.frame() for _ in range(4)]
        assert (first[0], first[1]["type"]) == (place, "hello")
        assert [frame["scan_id"] for _, frame in rest] == ["nobody", "*x", "b"]
        assert [at for at, _ in rest] == ["", "", place]
        engine.match(make_rows(["NO"]), "a")
        engine.match(make_rows(["YES"]), "b")
        at, frame = await events.frame()
        assert (at, told(frame)) == (f"{fleet.epoch}-{fleet.offset}", ("match", "b", ["YES"]))


async def test_too_many_scans_in_a_query_are_refused(served: Served) -> None:
    params = {"scan_ids": ",".join(map(str, range(501)))}
    status, body = await served.json("GET", SSE, params=params)
    assert (status, body["errors"][0]["pointer"]) == (422, "/scan_ids")


async def test_neither_stream_ends_when_scans_do_and_a_silent_one_gets_comments(
    serve: Serve, engine: ScriptedEngine
) -> None:
    served = await serve(engine, streams=StreamSettings(keepalive_seconds=0.02))
    engine.begin("a")
    async with served.client.ws_connect(WS) as socket, served.client.get(SSE) as response:
        await some(socket, 2)
        engine.end("a")
        assert (await socket.receive_json())["status"] == "completed"
        while await response.content.readline() != b": keepalive\n":
            pass
        engine.begin("b")
        assert (await socket.receive_json())["scan_id"] == "b"
        await response.content.readuntil(b'{"scan_id":"b"')


async def test_one_that_fell_behind_the_ring_is_closed_with_a_reason_and_told_so_when_it_returns(
    serve: Serve,
) -> None:
    engine = ScriptedEngine(replay_events=2)
    served = await serve(engine)
    engine.begin("a")
    async with served.client.ws_connect(f"{WS}?events=all") as socket:
        hello = (await some(socket, 2))[0]
        engine.match(make_rows(["FIRST"]), "a")
        for number in range(20):
            engine.match(make_rows([f"SIM{number:04}"]), "a")
        assert [message async for message in socket] == []
    assert socket.close_code == 4408
    async with served.client.ws_connect(f"{WS}?events=all&since={hello['epoch']}-{hello['offset']}") as again:
        assert (await again.receive_json())["recovered"] is False


async def test_a_shutdown_closes_with_1001_and_lets_sse_come_back(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin("a")
    async with served.client.ws_connect(WS) as socket, served.client.get(SSE) as response:
        await some(socket, 2)
        await Events(response).frame()
        leaving = asyncio.ensure_future(served.runner.cleanup())
        assert [message async for message in socket] == []
        text = await response.read()
        await leaving
    assert socket.close_code == 1001
    assert text.endswith(b": the server is stopping\n\n")
    assert engine.bus.readers() == 0


async def test_the_engines_end_and_a_late_arrival_are_told_alike(
    served: Served, engine: ScriptedEngine
) -> None:
    async with served.client.ws_connect(WS) as socket:
        await socket.receive_json()
        engine.bus.close()
        assert [message async for message in socket] == []
    assert socket.close_code == 1001
    async with served.client.ws_connect(WS) as socket:
        assert [message async for message in socket] == []
    assert socket.close_code == 1001
    async with served.client.get(SSE) as response:
        assert await response.read() == b"retry: 2000\n\n: the server is stopping\n\n"


async def test_a_foreign_page_may_not_open_it_and_plain_http_is_told_how(
    serve: Serve, engine: ScriptedEngine
) -> None:
    served = await serve(engine, ServerSettings(allowed_origins=("https://app.example",)))
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Origin": "https://evil.example"}
    assert (await served.json("GET", WS, headers=upgrade))[0] == 403
    assert (await served.json("GET", WS))[0] == 426
    async with served.client.ws_connect(WS, origin="https://app.example") as socket:
        assert (await socket.receive_json())["type"] == "hello"
    assert (await served.json("DELETE", WS))[0] == 405
    assert (await served.json("DELETE", SSE))[0] == 405


async def test_a_client_that_leaves_while_it_is_let_in_leaves_no_reader(
    serve: Serve, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = await serve(engine, handler_cancellation=True)
    looked = asyncio.Event()

    async def never(_: str) -> None:
        looked.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(engine, "snapshot", never)
    asking = asyncio.ensure_future(served.client.get(f"{SSE}?scan_ids=slow"))
    await looked.wait()
    assert engine.bus.readers() == 1
    asking.cancel()
    await until(lambda: engine.bus.readers() == 0 and len(served.app[GUESTS]) == 0)


async def test_an_event_is_made_once_however_many_read_it(
    served: Served, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from technic.http import frames  # noqa: PLC0415 - to be watched

    made: list[str] = []
    monkeypatch.setattr(
        frames,
        "snapshot_body",
        lambda shot, body=frames.snapshot_body: made.append(shot.scan_id) or body(shot),
    )
    engine.begin("a")
    paths = (WS, f"{WS}?events=all", "/scan/ws/a", "/scan/ws/a?events=all")
    sockets = [await served.client.ws_connect(path) for path in paths for _ in range(5)]
    for socket in sockets:
        while "percentage" not in await socket.receive_json():
            pass
    engine.advance("a")
    assert len({json.dumps((await socket.receive_json())["seq"]) for socket in sockets}) == 1
    assert made == ["a", "a"]
    for socket in sockets:
        await socket.close()
