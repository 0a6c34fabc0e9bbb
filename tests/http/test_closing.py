"""How a socket is closed when its reader, or aiohttp, does not play along."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from technic.config.settings import StreamSettings
from technic.http.channels import Channels
from technic.http.deliveries import Deliveries
from technic.http.keys import CHANNELS, GUESTS, STREAMS
from technic.http.rounds import Rounds
from technic.http.websocket import SocketWire
from tests.http.conftest import Served
from tests.http.scripted_engine import ScriptedEngine


class Socket:
    """A WebSocket whose close does what the test says."""

    def __init__(self) -> None:
        self.closing = asyncio.Event()
        self.fault: BaseException | None = None

    async def close(self, **_: Any) -> None:
        self.closing.set()
        if self.fault is not None:
            raise self.fault
        await asyncio.Event().wait()


@pytest.fixture
def transport() -> Mock:
    return Mock(spec=asyncio.Transport)


@pytest.fixture
async def socket() -> Socket:
    return Socket()


@pytest.fixture
def wire(transport: Mock, socket: Any) -> SocketWire:
    app = web.Application()
    app[STREAMS] = StreamSettings()
    app[CHANNELS] = Channels(Rounds(), Deliveries())
    request = make_mocked_request("GET", "/", app=app, transport=transport)
    return SocketWire(request, socket)


async def test_a_reader_that_does_not_answer_a_close_is_cut_off(
    wire: SocketWire, transport: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("technic.http.websocket.CLOSE_SECONDS", 0.01)
    await wire.close(1000, b"")
    transport.abort.assert_called()


async def test_a_cancelled_ping_that_aiohttp_hands_on_does_not_end_the_handler(
    wire: SocketWire, socket: Socket, transport: Mock
) -> None:
    socket.fault = asyncio.CancelledError()
    await wire.close(1000, b"")
    transport.abort.assert_called()


async def test_a_cancelled_handler_stays_cancelled_while_it_closes(
    wire: SocketWire, socket: Socket, transport: Mock
) -> None:
    closing = asyncio.ensure_future(wire.close(1000, b""))
    await socket.closing.wait()
    closing.cancel()
    await asyncio.wait([closing])
    assert closing.cancelled()
    transport.abort.assert_called()


async def test_a_reader_that_comes_while_the_server_stops_is_told_to_come_back(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    await served.app[GUESTS].close(0.01)
    async with served.client.ws_connect("/scan/ws/s1") as socket:
        assert [json.loads(message.data) async for message in socket] == []
    assert socket.close_code == 1001
    async with served.client.get("/scan/sse/s1") as response:
        assert response.status == 200
        assert await response.read() == b"retry: 2000\n\n: the server is stopping\n\n"
    status, body = await served.json("POST", "/scan/start", json={"async_mode": False})
    assert (status, body["code"]) == (503, "stopping")
    assert (await served.json("GET", "/health/ready"))[0] == 503
