"""Readers that keep up share a cursor: what each gets is what it would get alone."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

from technic.config.settings import StreamSettings
from technic.http.channels import Channel
from technic.http.keys import CHANNELS, GUESTS
from tests.http.conftest import Serve, Served
from tests.http.scripted_engine import ScriptedEngine, make_rows
from tests.http.test_delivery import BIG, connect
from tests.support.waiting import until


def seated(served: Served) -> list[int]:
    """How many readers each channel has."""
    return sorted(len(channel._seats) for channel in served.app[CHANNELS]._channels.values())


async def rest_of(socket: Any) -> list[Any]:
    return [json.loads(message.data) async for message in socket]


async def test_readers_of_one_form_share_a_channel_and_those_of_another_have_their_own(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    paths = ["/scan/ws/s1"] * 3 + ["/scan/ws/s1?events=all"] * 2
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(served.client.ws_connect(path)) for path in paths]
        await until(lambda: seated(served) == [2, 3])
        assert engine.bus.readers() == 5  # the channels' own cursors are nobody's
        engine.advance(percentage=60.0)
        engine.match(make_rows(["SIM0001"]))
        engine.end()
        frames = [await rest_of(socket) for socket in sockets]
    assert frames[0] == frames[1] == frames[2]
    assert frames[3] == frames[4]
    assert [frame["type"] for frame in frames[3]][-2:] == ["match", "state"]
    await until(lambda: len(served.app[CHANNELS]) == 0 and engine.bus.readers() == 0)


async def test_one_that_has_something_of_its_own_to_hear_hears_it_and_misses_nothing(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    async with (
        served.client.ws_connect("/scan/ws/s1?events=all") as asks,
        served.client.ws_connect("/scan/ws/s1?events=all") as silent,
    ):
        await until(lambda: seated(served) == [2])
        for number in range(20):
            await asks.send_json({"action": "ping"})
            engine.match(make_rows([f"SIM{number:04}"]))
        await until(lambda: seated(served) == [2])
        engine.end()
        heard, other = await rest_of(asks), await rest_of(silent)
    assert [frame for frame in heard if frame["type"] != "pong"] == other
    assert sum(frame["type"] == "pong" for frame in heard) == 20
    assert sum(frame["type"] == "match" for frame in other) == 20


async def test_one_that_does_not_read_leaves_the_others_and_comes_back_when_it_has_read(
    serve: Serve, engine: ScriptedEngine
) -> None:
    served = await serve(engine, streams=StreamSettings(send_timeout_seconds=90))
    engine.begin()
    slow = await connect(served, "/scan/ws/s1?events=all", upgrade=True, receive_bytes=4096)
    async with served.client.ws_connect("/scan/ws/s1?events=all", max_msg_size=0) as good:
        await until(lambda: seated(served) == [2])
        for _ in range(4):
            engine.match(BIG)
        await until(lambda: seated(served) == [])
        read = bytearray()
        while read.count(b'"type":"match"') < 4:
            read += await read_some(slow)
        while sum(seated(served)) < 2:
            engine.advance()
            read += await read_some(slow)
        engine.end()
        frames = await rest_of(good)
    while b'"completed"' not in read:
        read += await read_some(slow)
    assert sum(frame["type"] == "match" for frame in frames) == 4
    assert read.count(b'"type":"match"') == 4
    slow.close()


async def read_some(raw: Any) -> bytes:
    return await asyncio.get_running_loop().sock_recv(raw, 1 << 16)


async def test_what_cannot_be_formed_for_all_is_answered_for_by_each(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    async with (
        served.client.ws_connect("/scan/ws/s1?events=all", max_msg_size=0) as one,
        served.client.ws_connect("/scan/ws/s1?events=all", max_msg_size=0) as two,
    ):
        await until(lambda: seated(served) == [2])
        engine.match(BIG)  # rendered in a thread: each reader waits for it by itself
        engine.end()
        assert await rest_of(one) == await rest_of(two)


async def test_one_that_leaves_a_channel_which_is_gone_takes_no_other_with_it(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    channels = served.app[CHANNELS]
    source = engine.bus.subscribe("s1")
    assert source is not None
    source.poll()
    transport: Any = None

    def seat() -> Any:
        channel = channels.of(source, "form", lambda _: b"", 1)
        return channel, channel.join(transport, source.place, lambda: None)

    (first, left), _ = seat(), first_gone(seat, channels)
    first.part(left)
    assert len(channels) == 1


def first_gone(seat: Any, channels: Any) -> Any:
    """Have the channel end, and another begin."""
    (channel,) = channels._channels.values()
    for one in tuple(channel._seats):
        channel.part(one)
    return seat()


async def test_the_end_of_the_engine_reaches_those_who_share(served: Served, engine: ScriptedEngine) -> None:
    engine.begin()
    async with served.client.ws_connect("/scan/ws/s1") as socket:
        await until(lambda: seated(served) == [1])
        engine.bus.close()
        await rest_of(socket)
        assert socket.close_code == 1001
    await until(lambda: len(served.app[GUESTS]) == 0)
    assert len(served.app[CHANNELS]) == 0


async def test_a_fault_in_a_turn_stops_no_other_reader(
    served: Served, engine: ScriptedEngine, monkeypatch: Any
) -> None:
    engine.begin()
    async with served.client.ws_connect("/scan/ws/s1") as socket:
        await until(lambda: seated(served) == [1])

        def broken(_channel: Any, _item: Any) -> bytes:
            raise RuntimeError("this form is broken")

        for channel in served.app[CHANNELS]._channels.values():
            assert isinstance(channel, Channel)
            monkeypatch.setattr(channel, "_form", broken.__get__(channel))
        engine.advance(percentage=60.0)
        engine.end()
        assert (await rest_of(socket))[-1]["status"] == "completed"
