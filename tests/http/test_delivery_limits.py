"""What a reader may cost: bytes that wait, time that a send takes, and nothing once it has gone."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from technic.config.settings import StreamSettings
from technic.http.keys import GUESTS
from tests.http.conftest import Serve, Served
from tests.http.scripted_engine import ScriptedEngine, make_rows
from tests.http.test_delivery import BIG, connect
from tests.support.waiting import until

ROUTES = ("/scan/ws/s1", "/scan/sse/s1", "/scan/ws", "/scan/sse")
EACH = 250
"""Streams of each route: a thousand."""

routes = pytest.mark.parametrize("route", ROUTES)


async def stall(served: Served, engine: ScriptedEngine, route: str) -> socket.socket:
    """A reader that has asked for more than all buffers on the way hold, and reads nothing."""
    engine.begin()
    raw = await connect(served, f"{route}?events=all", upgrade="ws" in route, receive_bytes=4096)
    await until(lambda: engine.bus.readers() == 1)
    for _ in range(4):
        engine.match(BIG)
    return raw  # type: ignore[no-any-return]


async def read_all(raw: socket.socket) -> bytes:
    """What comes until the end of the connection."""
    loop, read = asyncio.get_running_loop(), b""
    while part := await loop.sock_recv(raw, 1 << 20):
        read += part
    return read


@routes
async def test_one_that_reads_again_finds_the_reason_behind_what_was_sent(
    serve: Serve, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    monkeypatch.setattr("technic.http.parting.PARTING_SECONDS", 60)
    served = await serve(engine, streams=StreamSettings(send_timeout_seconds=0.05))
    with await stall(served, engine, route) as raw:
        await until(lambda: len(served.app[GUESTS]) == 0)
        assert engine.bus.readers() == 0
        read = await read_all(raw)
    if "ws" in route:
        code, reason = read[-200:].split(b"slow_consumer", 1)[0][-2:], read.rpartition(b"slow_consumer")[2]
        assert int.from_bytes(code, "big") == 4408
        assert reason == b": a send took too long; reconnect with ?since= and the last place"
    else:
        words = b": slow_consumer: a send took too long; reconnect with the last id\n\n"
        assert read.endswith(b"\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(words), words))
    await until(lambda: served.runner.server.connections == [])


@routes
async def test_one_that_never_reads_again_is_cut(
    serve: Serve, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    monkeypatch.setattr("technic.http.parting.PARTING_SECONDS", 0.01)
    served = await serve(engine, streams=StreamSettings(send_timeout_seconds=0.05))
    with await stall(served, engine, route) as raw:
        await until(lambda: len(served.app[GUESTS]) == 0)
        await until(lambda: served.runner.server.connections == [])
        assert b"slow_consumer" not in await read_all(raw)


@routes
async def test_what_waits_for_a_reader_is_bounded(serve: Serve, engine: ScriptedEngine, route: str) -> None:
    limit = 8_192
    served = await serve(engine, streams=StreamSettings(send_timeout_seconds=90, reader_bytes=limit))
    engine.begin()
    with await connect(served, f"{route}?events=all", upgrade="ws" in route, receive_bytes=4096):
        await until(lambda: engine.bus.readers() == 1)
        (guest,) = served.app[GUESTS]._guests
        for number in range(900):  # a little over a kilobyte each
            engine.match(make_rows([f"SIM{number:04}"]))
        await until(lambda: guest.transport.get_write_buffer_size() > 0)  # by now its task waits for room
        async with served.client.get("/health") as response:
            assert response.status == 200
        assert guest.transport.get_write_buffer_size() <= limit
        connection = guest.transport.get_extra_info("socket")
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * limit  # the kernel doubles


def costs(served: Served, engine: ScriptedEngine) -> tuple[int, int, int, int]:
    """Tasks, descriptors, readers and guests."""
    return (
        len(asyncio.all_tasks()),
        len(list(Path("/proc/self/fd").iterdir())),
        engine.bus.readers(),
        len(served.app[GUESTS]),
    )


@pytest.mark.parametrize("handler_cancellation", [False, True])
async def test_a_thousand_streams_that_were_opened_and_dropped_leave_nothing_behind(
    serve: Serve, engine: ScriptedEngine, *, handler_cancellation: bool
) -> None:
    served = await serve(engine, handler_cancellation=handler_cancellation)
    engine.begin()
    async with served.client.get("/health"):
        pass
    before = costs(served, engine)
    readers: list[Any] = []
    for route in ROUTES:
        readers += [await connect(served, route, upgrade="ws" in route) for _ in range(EACH)]
    await until(lambda: engine.bus.readers() == 4 * EACH)
    engine.advance()
    for raw in readers:
        raw.close()
    await until(lambda: costs(served, engine) <= before)
    assert costs(served, engine)[2:] == (0, 0)
