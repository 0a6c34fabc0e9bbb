"""What happens when readers stop reading, leave without a word, or come in crowds: on a real AppRunner."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import AsyncExitStack
from typing import Any

import pytest
from structlog.testing import capture_logs

from technic.config.settings import StreamSettings
from technic.http.keys import GUESTS
from tests.http.conftest import Serve, Served
from tests.http.scripted_engine import ScriptedEngine, make_rows

CROWD = 300
BIG = make_rows([f"SIM{n:04}" for n in range(400)])
"""Rows that take about half a megabyte on the wire: more than all buffers on the way."""


async def until(fact: Any) -> None:
    """Wait until something is so; the test's own limit guards it."""
    while not fact():  # noqa: ASYNC110 - the fact has no event
        await asyncio.sleep(0)


async def connect(
    served: Served, path: str, *, upgrade: bool = False, receive_bytes: int | None = None
) -> Any:
    """A bare connection that has sent a request, and read nothing."""
    raw = socket.socket()
    if receive_bytes is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    raw.settimeout(0)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, (served.host, served.port))
    lines = [f"GET {path} HTTP/1.1", f"Host: {served.host}:{served.port}"]
    if upgrade:
        lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="]
    await loop.sock_sendall(raw, ("\r\n".join(lines) + "\r\n\r\n").encode())
    return raw


@pytest.mark.parametrize("route", ["ws", "sse"])
async def test_a_reader_that_stops_reading_delays_nobody(
    serve: Serve, engine: ScriptedEngine, route: str
) -> None:
    served = await serve(engine, streams=StreamSettings(send_timeout_seconds=90))
    engine.begin()
    stalled = await connect(served, f"/scan/{route}/s1?events=all", upgrade=route == "ws", receive_bytes=4096)
    await until(lambda: engine.bus.readers() == 1)
    async with served.client.ws_connect("/scan/ws/s1?events=all", max_msg_size=0) as good:
        for _ in range(4):
            engine.match(BIG)
        engine.end()
        frames = [json.loads(message.data) async for message in good]
    assert sum(len(frame["rows"]) for frame in frames if frame["type"] == "match") == 4 * len(BIG)
    assert frames[-1]["status"] == "completed"
    await until(lambda: engine.bus.readers() == 1)  # the stalled one has not got through, and holds nobody up
    stalled.close()


@pytest.mark.parametrize("route", ["ws", "sse"])
async def test_a_reader_that_stops_reading_is_cut_off(
    serve: Serve, engine: ScriptedEngine, route: str
) -> None:
    served = await serve(engine, streams=StreamSettings(send_timeout_seconds=0.1))
    engine.begin()
    stalled = await connect(served, f"/scan/{route}/s1?events=all", upgrade=route == "ws", receive_bytes=4096)
    await until(lambda: engine.bus.readers() == 1)
    for _ in range(4):
        engine.match(BIG)
    await until(lambda: len(served.app[GUESTS]) == 0)
    assert engine.bus.readers() == 0
    stalled.close()


async def test_a_stalled_reader_does_not_hold_up_a_shutdown(served: Served, engine: ScriptedEngine) -> None:
    engine.begin()
    stalled = [
        await connect(served, f"/scan/{route}/s1?events=all", upgrade=route == "ws", receive_bytes=4096)
        for route in ("ws", "sse")
    ]
    await until(lambda: engine.bus.readers() == 2)
    for _ in range(4):
        engine.match(BIG)
    async with served.client.get("/health") as response:  # by now both pumps stand in a send
        assert response.status == 200
    with capture_logs() as lines:
        async with asyncio.timeout(5):  # a send would be given up after 10 seconds only
            await served.app[GUESTS].close(0.05)
            await until(lambda: len(served.app[GUESTS]) == 0)
    assert engine.bus.readers() == 0
    assert [line for line in lines if line["log_level"] == "error"] == []
    for raw in stalled:
        raw.close()


@pytest.mark.parametrize("handler_cancellation", [False, True])
@pytest.mark.parametrize("route", ["ws", "sse"])
async def test_streams_that_were_opened_and_dropped_leave_nothing_behind(
    serve: Serve, engine: ScriptedEngine, route: str, *, handler_cancellation: bool
) -> None:
    served = await serve(engine, handler_cancellation=handler_cancellation)
    engine.begin()
    async with served.client.get("/health"):
        pass
    before = len(asyncio.all_tasks())
    readers = [await connect(served, f"/scan/{route}/s1", upgrade=route == "ws") for _ in range(CROWD)]
    await until(lambda: engine.bus.readers() == CROWD)
    engine.advance()
    for raw in readers:
        raw.close()
    await until(lambda: engine.bus.readers() == 0)
    await until(lambda: len(asyncio.all_tasks()) <= before)
    assert len(served.app[GUESTS]) == 0


async def test_a_crowd_of_readers_all_see_the_end(served: Served, engine: ScriptedEngine) -> None:
    engine.begin()
    async with AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(served.client.ws_connect("/scan/ws/s1")) for _ in range(90)
        ]
        engine.advance()
        engine.end()
        for one in sockets:
            frames = [json.loads(message.data) async for message in one]
            assert frames[-1]["status"] == "completed"
            assert one.close_code == 1000


async def test_a_client_that_waits_for_its_scan_and_leaves_cancels_it(
    served: Served, engine: ScriptedEngine
) -> None:
    waiting = asyncio.ensure_future(served.json("POST", "/scan/start", json={"async_mode": False}))
    await engine.submitted.wait()
    waiting.cancel()
    await engine.stopped.wait()
    assert engine.cancelled == ["s1"]


async def test_a_client_that_leaves_is_noticed_with_handler_cancellation_too(
    serve: Serve, engine: ScriptedEngine
) -> None:
    served = await serve(engine, handler_cancellation=True)
    waiting = asyncio.ensure_future(served.json("GET", "/scan?max_symbols=5"))
    await engine.submitted.wait()
    waiting.cancel()
    await engine.stopped.wait()
    assert engine.cancelled == ["s1"]


async def test_a_call_that_waits_while_the_server_stops_is_503(
    served: Served, engine: ScriptedEngine
) -> None:
    waiting = asyncio.ensure_future(served.json("POST", "/scan/start", json={"async_mode": False}))
    await engine.submitted.wait()
    await served.runner.cleanup()
    status, body = await waiting
    assert (status, body["code"]) == (503, "stopping")
    assert engine.cancelled == []


async def test_a_peer_that_answers_no_ping_is_given_up(serve: Serve, engine: ScriptedEngine) -> None:
    served = await serve(engine, streams=StreamSettings(heartbeat_seconds=0.05))
    engine.begin()
    silent = await connect(served, "/scan/ws/s1", upgrade=True)
    await until(lambda: engine.bus.readers() == 1)
    await until(lambda: engine.bus.readers() == 0)
    await until(lambda: len(served.app[GUESTS]) == 0)
    assert engine.bus.readers() == 0
    silent.close()


async def test_a_body_that_does_not_come_is_given_up(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("technic.http.inputs.BODY_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection(served.host, served.port)
    writer.write(b"POST /scan/start HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
    assert b" 408 " in await reader.readline()
    assert b"body_too_slow" in await reader.readuntil(b"}")
    writer.close()
    await writer.wait_closed()
