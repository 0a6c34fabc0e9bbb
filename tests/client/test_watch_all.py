"""A watch of many scans over one connection that comes and goes."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from technic.client import ForeignAnswer, Hello, Missing, Progress, State, Unreachable, Way
from technic.engine.scan.events import Status
from technic.errors import UnknownScan
from technic.http.payloads import snapshot_body
from technic.remote.fleet import Fleet

EACH = pytest.mark.parametrize("way", list(Way), ids=lambda way: way.value)
STREAMS = pytest.mark.parametrize("way", [Way.SOCKET, Way.EVENTS], ids=lambda way: way.value)


def standing(frames: list[Any]) -> list[tuple[str, str]]:
    return [(f.snapshot.scan_id, f.snapshot.status) for f in frames if isinstance(f, Progress)]


async def news(watch: Any, count: int) -> list[Any]:
    """The next so many frames that are no greeting."""
    found: list[Any] = []
    while len(found) < count:
        frame = await anext(watch)
        found += [] if isinstance(frame, Hello) else [frame]
    return found


@EACH
async def test_named_scans_are_watched_until_the_last_has_ended(way, served):
    served.engine.begin("a")
    served.engine.begin("b")
    served.engine.end("b", Status.FAILED)
    served.engine.begin("c")
    watch = (await served.client(ways=(way,))).watch_all(["a", "b"])
    assert sorted(standing(await news(watch, 2))) == [("a", "running"), ("b", "failed")]
    served.engine.advance("a")
    served.engine.end("c")
    served.engine.end("a")
    rest = [frame async for frame in watch]
    assert standing(rest)[-1] == ("a", "completed")
    assert {scan_id for scan_id, _ in standing(rest)} == {"a"}
    assert isinstance(rest[-1], State)


@EACH
async def test_a_named_scan_that_nobody_knows_is_missing_and_the_others_go_on(way, served):
    served.engine.begin("a")
    served.engine.end("a")
    frames = [f async for f in (await served.client(ways=(way,))).watch_all(["a", "nobody", "nobody"])]
    assert standing(frames) == [("a", "completed")]
    (missing,) = [frame for frame in frames if isinstance(frame, Missing)]
    assert missing.scan_id == "nobody"
    assert isinstance(missing.error, UnknownScan)


@EACH
async def test_of_all_scans_those_to_come_are_told_too_and_each_end_once(way, served):
    served.engine.begin("a")
    watch = (await served.client(ways=(way,))).watch_all()
    assert standing(await news(watch, 1)) == [("a", "running")]
    served.engine.begin("b")
    assert standing(await news(watch, 1)) == [("b", "running")]
    served.engine.end("a")
    served.engine.end("b")
    assert sorted(standing(await news(watch, 2))) == [("a", "completed"), ("b", "completed")]
    served.engine.begin("c")
    assert standing(await news(watch, 1)) == [("c", "running")]
    await watch.aclose()


@STREAMS
async def test_an_end_that_a_break_has_swallowed_is_asked_for(way, served):
    """Of all scans a new connection shows those alone that go on."""
    engine, breaks = served.engine, []
    for name in "abc":
        engine.begin(name)
    watch = (await served.client(ways=(way,))).watch_all(on_break=breaks.append)
    await news(watch, 3)
    served.cut()
    engine.end("a")
    engine.end("b")
    await engine.forget("b")
    frames = await news(watch, 2)
    assert standing(frames) == [("a", "completed")]
    assert [(f.scan_id, type(f.error)) for f in frames if isinstance(f, Missing)] == [("b", UnknownScan)]
    assert len(breaks) >= 1
    engine.end("c")
    assert standing(await news(watch, 1)) == [("c", "completed")]
    assert served.count("/scan/progress") == 2
    await watch.aclose()


@STREAMS
async def test_one_that_is_cut_off_again_and_again_tells_no_end_twice(way, served):
    engine = served.engine
    names = [f"s{number}" for number in range(10)]
    for name in names:
        engine.begin(name)
    watch = (await served.client(ways=(way,))).watch_all(names)
    told = await news(watch, 10)
    for name in names:
        served.cut()
        engine.end(name)
        while standing(told)[-1] != (name, "completed"):
            told += await news(watch, 1)
    told += [frame async for frame in watch]
    ends = [scan_id for scan_id, status in standing(told) if status == "completed"]
    assert ends == names


async def test_a_proxy_that_lets_no_stream_through_leaves_asking(served):
    async def no_streams(request, handler):
        if request.path in {"/scan/ws", "/scan/sse"}:
            return web.Response(status=403)
        return await handler(request)

    served.barrier = no_streams
    served.engine.begin("a")
    served.engine.end("a")
    frames = [frame async for frame in (await served.client()).watch_all(["a"])]
    assert standing(frames) == [("a", "completed")]


async def test_a_server_that_stays_away_is_told_with_what_to_do(served):
    served.engine.begin("a")
    watch = (await served.client(patience_seconds=0.3, ways=(Way.SOCKET,))).watch_all()
    await news(watch, 1)
    await served.stop()
    with pytest.raises(Unreachable, match=r"for 0\.3 seconds") as caught:
        await anext(watch)
    assert "Watch again" in caught.value.advice


async def test_more_names_than_a_server_takes_are_refused_here(served):
    with pytest.raises(ValueError, match="500 at most"):
        await anext((await served.client()).watch_all([str(number) for number in range(501)]))


@pytest.mark.parametrize("raw", [{"type": "hello"}, {"type": "hello", "epoch": "e", "offset": "1"}])
def test_a_greeting_that_is_none_is_a_foreign_answer(raw):
    with pytest.raises(ForeignAnswer):
        Fleet().take(raw)


@pytest.mark.parametrize(
    "raw",
    [{"type": "pong"}, {"type": "error"}, {"type": "error", "scan_id": "x", "error": 3}, {}, {"type": "new"}],
)
def test_what_concerns_no_scan_is_passed_over(raw):
    assert Fleet(["a"]).take(raw) == []


def test_an_older_snapshot_is_never_told_after_a_newer_one(served):
    fleet = Fleet()
    raw = snapshot_body(served.engine.begin("a", seq=7))
    assert len(fleet.take(raw)) == 1
    assert fleet.take(raw) == []
    assert fleet.take({**raw, "seq": 6}) == []
    assert len(fleet.take({**raw, "seq": 8})) == 1
