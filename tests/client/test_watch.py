"""A watch of one scan over connections that come and go."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from technic.client import Hello, Match, Progress, State, TechnicClient, Unreachable, Way
from technic.errors import UnknownScan
from tests.client.conftest import HABITS, RELEASE
from tests.client.test_restarts import steady_port
from tests.http.scripted_engine import ScriptedEngine, make_rows
from tests.support.waiting import until

BOTH = pytest.mark.parametrize("way", [Way.SOCKET, Way.EVENTS], ids=lambda way: way.value)


def symbols(frames: list[Any]) -> list[str]:
    return [row["symbol"] for frame in frames if isinstance(frame, Match) for row in frame.rows]


async def take(watch: Any, count: int) -> list[Any]:
    return [await anext(watch) for _ in range(count)]


async def rest(watch: Any) -> list[Any]:
    return [frame async for frame in watch]


@BOTH
async def test_a_watch_tells_a_scan_from_its_beginning_to_its_end(way, served):
    engine = served.engine
    engine.begin()
    engine.match(make_rows(["A", "B"]))
    watch = (await served.client(ways=(way,))).watch("s1")
    frames = await take(watch, 3)
    engine.match(make_rows(["C"]))
    engine.end()
    frames += await rest(watch)
    assert [type(frame) for frame in frames] == [Hello, State, Match, Match, State]
    assert symbols(frames) == ["A", "B", "C"]
    assert (frames[-1].snapshot.status, frames[-1].place) == ("completed", "e1-3")
    assert isinstance(frames[-1].at, float)


@BOTH
async def test_one_that_is_cut_off_again_and_again_misses_nothing(way, served):
    engine = served.engine
    engine.begin()
    watch = (await served.client(ways=(way,))).watch("s1")
    frames = await take(watch, 2)
    for number in range(10):
        served.cut()
        engine.match(make_rows([f"S{number}"]))
        while not isinstance(frames[-1], Match):
            frames.append(await anext(watch))
        engine.advance()
        frames.append(await anext(watch))
    engine.end()
    frames += await rest(watch)
    assert symbols(frames) == [f"S{number}" for number in range(10)]
    seqs = [frame.seq for frame in frames if not isinstance(frame, Hello)]
    assert seqs == sorted(set(seqs))
    assert all(frame.recovered for frame in frames if isinstance(frame, Hello))
    assert served.count("/scan/ws" if way is Way.SOCKET else "/scan/sse") == 11


@BOTH
async def test_what_the_server_cannot_replay_is_fetched_and_told_once(way, serve):
    served = await serve(ScriptedEngine(replay_events=2))
    engine = served.engine
    engine.begin()
    for name in "ABCDE":
        engine.match(make_rows([name]))
    engine.end(rows=make_rows(list("ABCDE")))
    frames = await rest((await served.client(ways=(way,))).watch("s1"))
    assert frames[0].recovered is False
    assert sorted(symbols(frames)) == list("ABCDE")
    assert [type(frame) for frame in frames] == [Hello, Match, State]


@BOTH
async def test_a_later_watch_goes_on_where_an_earlier_one_stood(way, served):
    engine = served.engine
    engine.begin()
    engine.match(make_rows(["A"]))
    client = await served.client(ways=(way,))
    async with aclosing(client.watch("s1")) as watch:
        frames = await take(watch, 3)
    engine.match(make_rows(["B"]))
    engine.end()
    later = await rest(client.watch("s1", since=frames[-1].place))
    assert (symbols(frames), symbols(later)) == (["A"], ["B"])


@pytest.mark.parametrize("way", list(Way), ids=lambda way: way.value)
async def test_one_who_has_seen_the_end_is_told_it_again(way, served):
    served.engine.begin()
    served.engine.end()
    client = await served.client(ways=(way,))
    place = (await rest(client.watch("s1")))[-1].place
    again = await rest(client.watch("s1", since=place))
    assert (type(again[-1]), again[-1].snapshot.status) == (State, "completed")


@pytest.mark.parametrize("way", list(Way), ids=lambda way: way.value)
async def test_a_scan_that_is_not_known_is_an_error(way, served):
    client = await served.client(ways=(way,))
    with pytest.raises(UnknownScan):
        await rest(client.watch("nope"))
    assert len(served.asked) == 1


@pytest.mark.parametrize("way", list(Way), ids=lambda way: way.value)
async def test_a_scan_that_is_forgotten_meanwhile_is_an_error(way, served):
    engine = served.engine
    engine.begin()
    watch = (await served.client(ways=(way,))).watch("s1")
    assert isinstance(await anext(watch), Hello if way is not Way.POLLING else State)
    engine._newest.clear()
    served.cut()
    with pytest.raises(UnknownScan):
        await rest(watch)


@pytest.mark.parametrize("way", list(Way), ids=lambda way: way.value)
async def test_a_server_that_stays_away_is_an_error_that_says_where_to_go_on(way):
    habits = replace(HABITS, patience_seconds=0.1, ways=(way,))
    async with TechnicClient(f"http://127.0.0.1:{steady_port()}", habits=habits) as client:
        with pytest.raises(Unreachable, match=r"Connection refused, for 0\.1 seconds") as caught:
            await rest(client.watch("s1", since="e-7"))
    assert "since='e-7'" in caught.value.advice
    assert caught.value.metadata == {"scan_id": "s1", "place": "e-7"}


async def test_one_who_leaves_leaves_nothing_behind(served):
    served.engine.begin()
    client = await served.client()
    async with aclosing(client.watch("s1")) as watch:
        await anext(watch)
        assert served.engine.bus.readers() == 1
    await until(lambda: served.engine.bus.readers() == 0)


async def test_one_who_just_breaks_off_leaves_nothing_behind_either(served):
    served.engine.begin()
    async for _ in (await served.client()).watch("s1"):
        break
    await until(lambda: served.engine.bus.readers() == 0)


async def test_one_that_is_slow_is_told_the_newest_progress_and_every_match(served):
    engine = served.engine
    engine.begin()
    watch = (await served.client()).watch("s1")
    await take(watch, 2)
    for number in range(500):
        engine.advance(percentage=number / 10)
        if number % 50 == 0:
            engine.match(make_rows([f"S{number}"]))
    engine.end()
    frames = await rest(watch)
    assert symbols(frames) == [f"S{number}" for number in range(0, 500, 50)]
    assert len([frame for frame in frames if type(frame) is Progress]) < 100


async def test_a_server_that_stops_is_come_back_to(served):
    """It says 1001 as long as it stops; a WebSocket is still the way to watch."""
    served.engine.begin()
    stops = iter([True] * 8)

    async def stopping(request, handler):
        if not next(stops, False):
            return await handler(request)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.close(code=1001)
        return socket

    served.barrier = stopping
    watch = (await served.client()).watch("s1")
    assert isinstance(await anext(watch), Hello)
    served.engine.end()
    await rest(watch)
    assert (served.count("/scan/ws"), served.count("/scan/sse")) == (9, 0)


@BOTH
async def test_a_connection_that_falls_silent_is_left_for_a_new_one(way, served):
    """As when a router has forgotten it: nobody says that it is lost."""
    served.engine.begin()
    hello = '{"type": "hello", "epoch": "e1", "seq": -1, "recovered": true}'

    async def silence(request, handler):
        if len(served.asked) > 1:
            return await handler(request)
        if way is Way.SOCKET:
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await socket.send_str(hello)
            await request.app[RELEASE].wait()
            return socket
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(f"data: {hello}\n\n".encode())
        await request.app[RELEASE].wait()
        return response

    served.barrier = silence
    watch = (await served.client(ways=(way,), silence_seconds=0.2)).watch("s1")
    assert [type(await anext(watch)) for _ in range(3)] == [Hello, Hello, State]
    served.engine.end()
    assert isinstance((await rest(watch))[-1], State)
