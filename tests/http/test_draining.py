"""While the server drains: streams go at once, who waits for a scan may stay, and everybody is told."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from technic.engine.scan.events import Status
from technic.http import app
from technic.http.app import send_streams_away
from technic.http.keys import GUESTS
from tests.http.conftest import Served
from tests.http.scripted_engine import ScriptedEngine, make_rows
from tests.http.test_delivery import BIG, connect
from tests.support.waiting import until


async def begin_to_stop(served: Served, engine: ScriptedEngine) -> None:
    """What the server does when it is told to stop; it serves on until its runner cleans up."""
    await asyncio.gather(engine.drain(), send_streams_away(served.app))


async def test_streams_are_closed_at_once_and_whoever_waits_gets_the_rows(
    served: Served, engine: ScriptedEngine
) -> None:
    waiting = asyncio.ensure_future(served.json("POST", "/scan/start", json={"async_mode": False}))
    liking = asyncio.ensure_future(served.json("POST", "/scan/start", headers={"Prefer": "wait=60"}))
    await until(lambda: len(served.app[GUESTS]) == 2)
    async with served.client.ws_connect("/scan/ws/s1") as socket, served.client.get("/scan/sse/s2") as events:
        await begin_to_stop(served, engine)
        frames = [json.loads(message.data) async for message in socket]
        told = await events.read()
    assert (socket.close_code, [frame["status"] for frame in frames]) == (1001, ["pending"])
    assert told.startswith(b"retry: 2000\n\n")
    assert told.endswith(b": the server is stopping\n\n")
    assert len(served.app[GUESTS]) == 2
    for scan_id in ("s1", "s2"):
        engine.end(scan_id, rows=make_rows(["SIM0001"]))
    for status, body in await asyncio.gather(waiting, liking):
        assert (status, body["status"], body["total"]) == (200, "completed", 1)


async def test_no_scan_is_taken_and_all_else_still_answers(served: Served, engine: ScriptedEngine) -> None:
    engine.begin()
    await begin_to_stop(served, engine)
    for options in ({}, {"json": {"async_mode": False}}, {"headers": {"Prefer": "wait=9"}}):
        async with served.client.post("/scan/start", **options) as response:  # type: ignore[arg-type]
            body = await response.json(content_type=None)
        assert (response.status, body["code"], body["recoverable"]) == (503, "stopping", True)
        assert int(response.headers["Retry-After"]) >= 1
    assert (await served.json("GET", "/scan"))[0] == 503
    for path in ("progress/s1", "results/s1?partial=true", "active", "history", "stats"):
        assert (await served.json("GET", f"/scan/{path}"))[0] == 200
    assert (await served.json("POST", "/scan/cancel/s1"))[0] == 200
    asked = {"Prefer": "wait=60"}
    assert (await served.json("GET", "/scan/results/s1", headers=asked))[0] == 409  # at once


async def test_health_says_that_it_drains(served: Served, engine: ScriptedEngine) -> None:
    await begin_to_stop(served, engine)
    status, body = await served.json("GET", "/health")
    assert (status, body["status"], body["ready"]) == (200, "draining", False)
    assert body["reasons"] == ["The server is stopping and takes no scans."]
    status, body = await served.json("GET", "/health/ready")
    assert (status, body["code"]) == (503, "not_ready")
    assert (await served.json("GET", "/health/live"))[0] == 200


async def test_a_stream_that_comes_meanwhile_is_told_to_come_back(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    await begin_to_stop(served, engine)
    async with served.client.ws_connect("/scan/ws/s1") as socket:
        assert [message async for message in socket] == []
    assert socket.close_code == 1001
    async with served.client.get("/scan/sse/s1") as response:
        assert (response.status, await response.read()) == (
            200,
            b"retry: 2000\n\n: the server is stopping\n\n",
        )


async def test_a_stream_that_does_not_read_is_cut_off_and_one_who_waits_is_not(
    served: Served, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "FAREWELL_SECONDS", 0.05)
    waiting = asyncio.ensure_future(served.json("POST", "/scan/start", json={"async_mode": False}))
    await engine.submitted.wait()
    stalled = await connect(served, "/scan/ws/s1?events=all", upgrade=True, receive_bytes=4096)
    await until(lambda: engine.bus.readers() == 1)
    for _ in range(4):
        engine.match(BIG)
    await begin_to_stop(served, engine)
    await until(lambda: len(served.app[GUESTS]) == 1)
    engine.end()
    assert (await waiting)[0] == 200
    stalled.close()


async def test_who_still_waits_at_the_end_is_told_and_its_scan_is_left_alone(
    served: Served, engine: ScriptedEngine
) -> None:
    ways: list[Any] = [{"json": {"async_mode": False}}, {"headers": {"Prefer": "wait=60"}}]
    waiting = [asyncio.ensure_future(served.json("POST", "/scan/start", **way)) for way in ways]
    await until(lambda: len(served.app[GUESTS]) == 2)
    await until(lambda: len(engine.requests) == 2)
    await begin_to_stop(served, engine)
    cleaning = asyncio.ensure_future(served.runner.cleanup())
    (status, body), (liked, accepted) = await asyncio.gather(*waiting)
    await cleaning
    assert (status, body["code"]) == (503, "stopping")
    assert body["metadata"]["scan_id"] in {"s1", "s2"}
    assert (liked, accepted["status"]) == (202, "pending")
    assert engine.cancelled == []


async def test_one_who_leaves_while_the_server_drains_cancels_its_scan_as_ever(
    served: Served, engine: ScriptedEngine
) -> None:
    waiting = asyncio.ensure_future(served.json("POST", "/scan/start", json={"async_mode": False}))
    await engine.submitted.wait()
    await begin_to_stop(served, engine)
    waiting.cancel()
    await engine.stopped.wait()
    assert engine.cancelled == ["s1"]


async def test_a_store_in_trouble_is_told_and_scans_are_still_taken(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.trouble = "The disk is full; scans are remembered until the server stops."
    status, body = await served.json("GET", "/health")
    assert (status, body["status"]) == (200, "degraded")
    assert body["reasons"] == [engine.trouble] == [body["storage"]["trouble"]]
    assert (await served.json("GET", "/health/ready"))[0] == 200
    assert (await served.json("POST", "/scan/start"))[0] == 202


async def test_health_tells_what_is_there(served: Served, engine: ScriptedEngine) -> None:
    _, body = await served.json("GET", "/health")
    assert (body["status"], body["reasons"]) == ("healthy", [])
    assert (body["features"]["history"], body["features"]["idempotency"], body["features"]["resume"]) == (
        True,
        True,
        False,
    )
    engine.is_ready = False
    _, body = await served.json("GET", "/health")
    assert (body["status"], len(body["reasons"])) == ("degraded", 1)


async def test_a_cancelled_scan_of_who_waited_through_a_drain_is_told_with_its_rows(
    served: Served, engine: ScriptedEngine
) -> None:
    waiting = asyncio.ensure_future(served.json("POST", "/scan/start", json={"async_mode": False}))
    await engine.submitted.wait()
    await begin_to_stop(served, engine)
    engine.end(status=Status.CANCELLED, rows=make_rows(["SIM0001"]))
    status, body = await waiting
    assert (status, body["status"], body["total"]) == (200, "cancelled", 1)


async def test_a_scan_whose_last_waiter_the_server_sends_away_is_not_cancelled(
    served: Served, engine: ScriptedEngine
) -> None:
    """Of two with one key the first has left; the second would come back for it, and the scan may go on."""
    ways: dict[str, Any] = {"json": {"async_mode": False}, "headers": {"Idempotency-Key": "k"}}
    first, second = (asyncio.ensure_future(served.json("POST", "/scan/start", **ways)) for _ in range(2))
    await until(lambda: len(served.app[GUESTS]) == 2)
    await engine.submitted.wait()
    first.cancel()
    await until(lambda: len(served.app[GUESTS]) == 1)
    await begin_to_stop(served, engine)
    cleaning = asyncio.ensure_future(served.runner.cleanup())
    assert (await second)[0] == 503
    await cleaning
    assert engine.cancelled == []
