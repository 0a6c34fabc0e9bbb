"""A reader that wants to hear less often gets everything that counts, in fewer frames."""

from __future__ import annotations

import asyncio
from collections import deque

import pytest

from technic.engine.cursor import Cursor
from technic.http.paced import Paced
from tests.http.conftest import Served
from tests.http.scripted_engine import ScriptedEngine
from tests.support.turns import turns
from tests.support.waiting import until

WS = "/scan/ws"


class Numbers(Cursor[int]):
    """Gives what was put in, and says so each time."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: deque[int] = deque()
        self.closed = False

    def put(self, number: int) -> None:
        self.waiting.append(number)
        self.call()

    def poll(self) -> list[int] | None:
        taken = list(self.waiting)
        self.waiting.clear()
        return taken or None

    def close(self) -> None:
        self.closed = True


async def test_news_after_a_silence_are_told_at_once_and_those_that_follow_together() -> None:
    source = Numbers()
    paced, called = Paced(source, 0.05), []
    paced.notify(lambda: called.append(asyncio.get_running_loop().time()))
    source.put(1)
    assert len(called) == 1
    assert (paced.poll(), paced.poll()) == ([1], None)
    for number in range(2, 50):
        source.put(number)
        await turns(2)
    assert len(called) == 1
    await until(lambda: len(called) == 2)
    assert called[1] - called[0] >= 0.05
    assert paced.poll() == list(range(2, 50))
    paced.close()


async def test_closed_it_calls_nobody_any_more() -> None:
    source = Numbers()
    paced, called = Paced(source, 0.01), []
    paced.notify(lambda: called.append(1))
    paced.poll()
    source.put(1)
    paced.close()
    assert source.closed
    loop = asyncio.get_running_loop()
    passed = loop.create_future()
    loop.call_later(0.03, passed.set_result, None)
    await passed
    assert called == []


async def test_a_dashboard_hears_of_a_hundred_changes_as_one_and_of_the_end_too(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin("a")
    async with served.client.ws_connect(f"{WS}?events=states&every_seconds=0.1") as socket:
        assert [(await socket.receive_json())["type"] for _ in range(2)] == ["hello", "state"]
        for percentage in range(100):
            engine.advance("a", percentage=float(percentage))
            await turns(2)
        engine.end("a")
        frames = []
        while not frames or frames[-1]["status"] == "running":
            frames.append(await socket.receive_json())
    assert len(frames) < 10
    assert frames[-1]["status"] == "completed"


@pytest.mark.parametrize("pace", ["-1", "6", "nan", "often"])
async def test_a_pace_that_cannot_be_kept_is_refused(served: Served, pace: str) -> None:
    status, body = await served.json("GET", "/scan/sse", params={"every_seconds": pace})
    assert (status, body["errors"][0]["pointer"]) == (422, "/every_seconds")
