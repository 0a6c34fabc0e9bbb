"""Where a way to watch cannot be had, the next one is taken, and kept."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from technic.client import ForeignAnswer, Hello, Match, State, Way
from technic.http.problems import error_body
from technic.http.refusals import Forbidden, TooManyStreams
from tests.client.conftest import RELEASE, Barrier, Served
from tests.http.scripted_engine import make_rows

SOCKET, EVENTS, PROGRESS = "/scan/ws", "/scan/sse", "/scan/progress"


def at(*paths: str, barrier: Barrier) -> Barrier:
    """Stands before the routes whose paths begin so."""

    async def stand(request: web.Request, handler: Any) -> web.StreamResponse:
        if request.path.startswith(paths):
            return await barrier(request, handler)
        return await handler(request)

    return stand


def answering(status: int, text: str = "no") -> Barrier:
    async def answer(request: web.Request, handler: Any) -> web.StreamResponse:
        return web.Response(status=status, text=text)

    return answer


async def silent(request: web.Request, handler: Any) -> web.StreamResponse:
    """Lets a stream begin, and nothing through it."""
    response: Any = web.WebSocketResponse() if "Upgrade" in request.headers else web.StreamResponse()
    response.headers["Content-Type"] = "text/event-stream"
    await response.prepare(request)
    await request.app[RELEASE].wait()
    return response


async def mute(request: web.Request, handler: Any) -> web.StreamResponse:
    """Never answers."""
    await request.app[RELEASE].wait()
    return web.Response()


async def babbling(request: web.Request, handler: Any) -> web.StreamResponse:
    """Says what no technic server says."""
    if "Upgrade" in request.headers:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("hi there")
        return socket
    return web.Response(text="data: hi there\n\n", content_type="text/event-stream")


async def shouting(request: web.Request, handler: Any) -> web.StreamResponse:
    """Says a frame that is ours in form alone."""
    frame = '{"type": "hello", "epoch": 5}'
    if "Upgrade" in request.headers:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(frame)
        return socket
    return web.Response(text=f"data: {frame}\n\n", content_type="text/event-stream")


async def hanging_up(request: web.Request, handler: Any) -> web.StreamResponse:
    """Takes a connection, and drops it."""
    if "Upgrade" in request.headers:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        request.transport.abort()
        return socket
    request.transport.abort()
    return web.Response()


async def crowded(request: web.Request, handler: Any) -> web.StreamResponse:
    """As a server that has no room for a stream."""
    if "Upgrade" in request.headers:
        return web.json_response(error_body(TooManyStreams("full", retry_after=0.01)), status=429)
    lines = "retry: 10\n\n: too_many_streams: as many are open as may; try again\n\n"
    return web.Response(text=lines, content_type="text/event-stream")


BARRIERS = {
    "403": answering(403),
    "404": answering(404),
    "405": answering(405),
    "426": answering(426),
    "200": answering(200),
    "400": answering(400),
    "301": answering(301),
    "500": answering(500),
    "silent": silent,
    "mute": mute,
    "babbling": babbling,
    "shouting": shouting,
    "hanging_up": hanging_up,
    "crowded": crowded,
}
EACH = pytest.mark.parametrize("name", BARRIERS)


async def watched(served: Served, **habits: Any) -> list[Any]:
    """The frames of a scan that finds rows before, during and after it is looked at."""
    engine = served.engine
    engine.begin()
    engine.match(make_rows(["A"]))
    watch = (await served.client(**habits)).watch("s1")
    frames = [await anext(watch)]
    while not any(isinstance(frame, Match) for frame in frames):
        frames.append(await anext(watch))
    engine.match(make_rows(["B"]))
    engine.end(rows=make_rows(["B", "A"]))
    return frames + [frame async for frame in watch]


def symbols(frames: list[Any]) -> list[str]:
    return [row["symbol"] for frame in frames if isinstance(frame, Match) for row in frame.rows]


def check(frames: list[Any]) -> None:
    assert sorted(symbols(frames)) == ["A", "B"]
    assert isinstance(frames[-1], State)
    assert frames[-1].snapshot.status == "completed"
    seqs = [frame.seq for frame in frames if not isinstance(frame, Hello)]
    assert seqs == sorted(seqs)


@EACH
async def test_without_websockets_a_scan_is_watched_by_events(name, served):
    served.barrier = at(SOCKET, barrier=BARRIERS[name])
    frames = await watched(served, greeting_seconds=0.3, connect_seconds=0.3)
    check(frames)
    assert isinstance(frames[0], Hello)
    assert served.count(SOCKET) == (3 if name in {"hanging_up", "crowded"} else 1)
    assert (served.count(EVENTS), served.count(PROGRESS)) == (1, 0)


@pytest.fixture
def partial(served: Served) -> Served:
    """An engine that gives what was found so far, as far as the test has said it."""
    found = served.engine.result

    async def result(scan_id: str, *, partial: bool = False) -> Any:
        outcome = await found(scan_id, partial=partial)
        if not outcome.snapshot.status.ended:
            object.__setattr__(outcome.result, "rows", make_rows(["A"]))
        return outcome

    served.engine.result = result
    return served


@EACH
async def test_without_streams_a_scan_is_watched_by_asking(name, partial):
    partial.barrier = at(SOCKET, EVENTS, barrier=BARRIERS[name])
    check(await watched(partial, greeting_seconds=0.3, connect_seconds=0.3))
    tries = {"crowded": 3, "hanging_up": 6}  # aiohttp itself sends a GET twice where it is hung up on
    assert partial.count(EVENTS) == tries.get(name, 1)
    assert partial.count(PROGRESS) > 1


async def test_a_way_that_works_is_kept_when_the_connection_is_lost(served):
    transports = []

    async def no_sockets(request, handler):
        if request.path.startswith(SOCKET):
            return web.Response(status=403)
        transports.append(request.transport)
        return await handler(request)

    served.barrier = no_sockets
    served.engine.begin()
    watch = (await served.client()).watch("s1")
    for _ in range(3):
        while not isinstance(await anext(watch), Hello):
            pass
        transports[-1].abort()
    served.engine.end()
    assert isinstance([frame async for frame in watch][-1], State)
    assert (served.count(SOCKET), served.count(EVENTS)) == (1, 4)


async def test_a_proxy_without_a_server_is_no_reason_to_take_another_way(served):
    async def soon(request, handler):
        return web.Response(status=503) if len(served.asked) < 9 else await handler(request)

    served.barrier = at(SOCKET, barrier=soon)
    check(await watched(served))
    assert (served.count(SOCKET), served.count(EVENTS)) == (9, 0)


async def test_where_no_way_is_left_it_says_why(served):
    served.barrier = answering(403, "<html>")
    client = await served.client()
    with pytest.raises(ForeignAnswer, match="status 403"):
        await anext(client.watch("s1"))
    client = await served.client(ways=(Way.SOCKET,))
    with pytest.raises(ForeignAnswer, match="a WebSocket is answered with status 403"):
        await anext(client.watch("s1"))


async def test_what_the_server_itself_forbids_is_said_as_it_says_it(served):
    async def forbid(request, handler):
        return web.json_response(error_body(Forbidden("not from here")), status=403)

    served.barrier = forbid
    with pytest.raises(Exception, match="not from here") as caught:
        await anext((await served.client()).watch("s1"))
    assert caught.value.code == "forbidden"


async def test_one_who_asks_is_answered_without_a_body_until_there_is_news(served):
    bodies = []

    async def weigh(request, handler):
        response = await handler(request)
        bodies.append(response.status)
        if bodies.count(304) == 3 and not served.engine._newest["s1"].status.ended:
            served.engine.end()
        return response

    served.barrier = weigh
    served.engine.begin(matches=0)
    frames = [frame async for frame in (await served.client(ways=(Way.POLLING,))).watch("s1")]
    assert [frame.snapshot.status for frame in frames] == ["running", "completed"]
    assert bodies[:4] == [200, 304, 304, 304]
    assert served.count("/scan/results") == 0
