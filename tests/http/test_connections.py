"""Connections: idle ones give way, one that takes nothing is cut off, and who is busy is left alone."""

from __future__ import annotations

import asyncio
import socket

import pytest
from structlog.testing import capture_logs

from technic.config.settings import ServerSettings
from technic.http import runner as runner_module
from technic.http.connections import STALL_SECONDS, Connections
from technic.http.runner import Runner
from tests.http.conftest import Serve, Served
from tests.http.scripted_engine import ScriptedEngine
from tests.support.waiting import until

ASK = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Line:
    """A connection that is as the test says."""

    def __init__(self, idle_since: float | None = None, unsent: int | None = 0) -> None:
        self.idle_since = idle_since
        self.unsent = unsent
        self.is_cut = False

    def cut(self) -> None:
        self.is_cut = True


class Watch:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_the_longest_idle_give_way_to_a_newcomer_and_the_busy_stay(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("technic.http.connections.GIVE_WAY", 1)
    connections = Connections(3, Watch())
    busy, old, new = Line(), Line(idle_since=1.0), Line(idle_since=2.0)
    for line in (busy, new, old):
        assert connections.enter(line)
    assert connections.enter(Line())
    assert [line.is_cut for line in (busy, old, new)] == [False, True, False]
    assert len(connections) == 3


def test_where_all_are_busy_a_newcomer_is_turned_away_and_the_log_says_how_many():
    connections = Connections(2, Watch())
    assert all(connections.enter(Line()) for _ in range(2))
    assert not connections.enter(Line())
    assert len(connections) == 2
    with capture_logs() as lines:
        connections.look()
        connections.look()
    assert [(line["turned_away"], line["limit"]) for line in lines] == [(1, 2)]


def test_a_client_that_takes_nothing_of_its_answer_is_cut_off_and_a_slow_one_is_not():
    watch = Watch()
    connections = Connections(9, watch)
    stuck, slow, stream, empty = (Line(unsent=left) for left in (1_000, 1_000_000, None, 0))
    for line in (stuck, slow, stream, empty):
        connections.enter(line)
    for _ in range(10):
        connections.look()
        watch.seconds += STALL_SECONDS / 2
        slow.unsent -= 1
    assert [line.is_cut for line in (stuck, slow, stream, empty)] == [True, False, False, False]


def test_a_client_that_has_taken_its_answer_begins_its_next_with_all_its_time():
    watch = Watch()
    connections = Connections(9, watch)
    line = Line(unsent=10)
    connections.enter(line)
    connections.look()
    watch.seconds = STALL_SECONDS - 1
    line.unsent = 0
    connections.look()
    line.unsent = 10
    connections.look()
    watch.seconds += STALL_SECONDS - 1
    connections.look()
    assert not line.is_cut


def counted(served: Served) -> Connections:
    server = served.runner.server
    assert isinstance(server, runner_module._Server)
    return server.connections_open


async def test_a_flood_of_connections_that_ask_nothing_keeps_nobody_out(
    serve: Serve, engine: ScriptedEngine
) -> None:
    served = await serve(engine, ServerSettings(max_connections=20))
    flood = [await asyncio.open_connection(served.host, served.port) for _ in range(50)]
    assert await served.json("GET", "/health/live") == (200, {"status": "alive"})
    assert len(counted(served)) <= 20
    for _, writer in flood:
        writer.close()
    await until(lambda: len(counted(served)) <= 1)


async def test_a_stream_is_not_sent_away_by_a_flood(serve: Serve, engine: ScriptedEngine) -> None:
    served = await serve(engine, ServerSettings(max_connections=5))
    engine.begin()
    async with served.client.ws_connect("/scan/ws/s1") as stream:
        await stream.receive_json()
        flood = [await asyncio.open_connection(served.host, served.port) for _ in range(20)]
        engine.end()
        assert (await stream.receive_json())["status"] == "completed"
    for _, writer in flood:
        writer.close()


async def test_who_asks_for_much_and_reads_nothing_is_cut_off_even_after_its_answer_was_written(
    serve: Serve, engine: ScriptedEngine
) -> None:
    served = await serve(engine)
    asking = socket.socket()
    asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    asking.connect((served.host, served.port))
    asking.sendall(ASK)
    connections = counted(served)
    await until(lambda: len(connections) == 1)
    (line,) = connections._open
    await until(lambda: line.idle_since is not None)
    line.transport.write(bytes(8 << 20))
    connections.look()
    assert line.unsent
    connections._clock = lambda: asyncio.get_running_loop().time() + STALL_SECONDS
    connections.look()
    assert len(connections) == 0
    await until(lambda: not served.runner.server.connections)
    asking.close()


async def test_the_runner_leaves_no_task_behind(serve: Serve, engine: ScriptedEngine) -> None:
    served = await serve(engine)
    looking = served.runner._looking
    await served.runner.cleanup()
    assert looking.done()
    await served.runner.cleanup()


def test_a_runner_may_have_less_room_than_the_settings(engine: ScriptedEngine) -> None:
    from technic.config.settings import StreamSettings  # noqa: PLC0415
    from technic.http.app import create_app  # noqa: PLC0415

    app = create_app(engine, ServerSettings(), StreamSettings())
    assert Runner(app, max_connections=7)._max_connections == 7
    assert Runner(app)._max_connections == ServerSettings().max_connections
