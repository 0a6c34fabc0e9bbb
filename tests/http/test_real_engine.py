"""The HTTP wing on the real engine: real workers, the simulated market, both event loops."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from technic.config.settings import EngineSettings, Settings, SimulatedSettings, SourcesSettings
from technic.engine.engine import Engine
from technic.http.keys import GUESTS
from tests.http.conftest import Serve, Served
from tests.support.garbage import collected
from tests.support.waiting import until

SYMBOLS = 150


@pytest.fixture
async def real(serve: Serve, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    """A whole server; a marker's number makes its market slow."""
    simulated = SimulatedSettings(
        symbols=SYMBOLS, years=2, latency_seconds=getattr(request, "param", 0.0), connections=1
    )
    settings = Settings(
        data_dir=tmp_path,
        engine=EngineSettings(workers=1, drain_grace_seconds=0.1),
        sources=SourcesSettings(simulated=simulated),
    )
    async with Engine(settings) as engine:
        served = await serve(engine)
        yield served
        await served.runner.cleanup()


slow_market = pytest.mark.parametrize("real", [0.5], indirect=True)


async def start(served: Served, **fields: Any) -> dict[str, Any]:
    status, body = await served.json("POST", "/scan/start", json=fields)
    assert status == 202
    return dict(body)


async def test_a_scan_from_its_start_over_both_streams_to_its_rows(real: Served) -> None:
    scan = await start(real, lookback_bars=300)
    async with (
        real.client.ws_connect(scan["websocket_url"]) as one,
        real.client.ws_connect(scan["websocket_url"] + "?events=all&since=-1", max_msg_size=0) as two,
        real.client.get(scan["sse_url"]) as events,
    ):
        default = [json.loads(message.data) async for message in one]
        typed = [json.loads(message.data) async for message in two]
        lines = (await events.read()).decode().split("\n")
    sse = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    for frames in (default, typed, sse):
        assert (frames[-1]["status"], frames[-1]["percentage"]) == ("completed", 100)
    for frames in (default, sse):
        assert [frame["seq"] for frame in frames] == sorted({frame["seq"] for frame in frames})
        assert [frame["percentage"] for frame in frames] == sorted(frame["percentage"] for frame in frames)
    assert typed[0]["type"] == "hello"
    found = [row["symbol"] for frame in typed if frame["type"] == "match" for row in frame["rows"]]
    status, result = await real.json("GET", scan["results_url"])
    assert status == 200
    assert sorted(found) == sorted(row["symbol"] for row in result["results"])
    assert len(found) == result["total"] == SYMBOLS


async def test_a_reader_that_comes_back_after_the_end_misses_no_row(real: Served) -> None:
    scan = await start(real)
    status, _ = await real.json("GET", f"{scan['results_url']}?partial=true")
    assert status == 200
    async with real.client.ws_connect(scan["websocket_url"]) as socket:
        assert [message async for message in socket]
    async with real.client.ws_connect(
        f"{scan['websocket_url']}?events=all&since=0", max_msg_size=0
    ) as socket:
        frames = [json.loads(message.data) async for message in socket]
    assert frames[0]["recovered"] is True
    assert sum(len(frame["rows"]) for frame in frames if frame["type"] == "match") == SYMBOLS
    async with real.client.get(
        scan["sse_url"], headers={"Last-Event-ID": f"{frames[0]['epoch']}-{frames[-1]['seq']}"}
    ) as response:
        assert response.status == 204


async def test_a_scan_that_is_waited_for_and_the_legacy_call_give_the_same_rows(real: Served) -> None:
    status, waited = await real.json("POST", "/scan/start", json={"async_mode": False, "max_symbols": 20})
    assert (status, waited["status"], waited["complete"]) == (200, "completed", True)
    status, legacy = await real.json("GET", "/scan?max_symbols=20")
    assert status == 200
    assert legacy["results"] == waited["results"]
    assert waited["total"] == 20


@slow_market
async def test_what_a_scan_was_asked_for_can_be_read_whole_while_it_runs_and_once_it_has_ended(
    real: Served,
) -> None:
    asked = {"symbols": [f"SIM{n:04}" for n in range(1, 41)], "filters": ["rsi < 30"], "as_of": "2020-01-31"}
    scan = await start(real, **asked)
    said = {
        "scan_id": scan["scan_id"],
        "request": asked | {"filters": [{"field": "rsi", "op": "<", "value": 30.0}]},
    }
    assert await real.json("GET", f"/scan/request/{scan['scan_id']}") == (200, said)
    await real.json("POST", scan["cancel_url"])
    async with real.client.ws_connect(scan["websocket_url"]) as socket:
        assert [message async for message in socket]
    assert await real.json("GET", f"/scan/request/{scan['scan_id']}") == (200, said)
    status, body = await real.json("GET", "/scan/request/nobody")
    assert (status, body["code"]) == (404, "unknown_scan")


@slow_market
async def test_a_scan_is_cancelled_over_its_websocket_and_keeps_what_it_has(real: Served) -> None:
    scan = await start(real)
    status, body = await real.json("GET", scan["results_url"])
    assert (status, body["code"]) == (409, "scan_unfinished")
    _, active = await real.json("GET", "/scan/active")
    assert [one["scan_id"] for one in active["scans"]] == [scan["scan_id"]]
    async with real.client.ws_connect(scan["websocket_url"]) as socket:
        await socket.receive_json()
        await socket.send_json({"action": "cancel"})
        frames = [json.loads(message.data) async for message in socket]
    assert frames[-1]["status"] == "cancelled"
    assert [frame["status"] for frame in frames if frame.get("type") == "cancel"] in (
        ["cancelling"],
        ["cancelled"],
    )
    status, body = await real.json("GET", scan["results_url"])
    assert (status, body["status"], body["complete"]) == (200, "cancelled", False)
    status, body = await real.json("POST", scan["cancel_url"])
    assert (status, body["status"]) == (200, "cancelled")


@slow_market
async def test_a_client_that_waits_and_leaves_cancels_its_scan(real: Served) -> None:
    waiting = asyncio.ensure_future(real.json("POST", "/scan/start", json={"async_mode": False}))
    active: dict[str, Any] = {"count": 0}
    while not active["count"]:
        _, active = await real.json("GET", "/scan/active")
    waiting.cancel()
    scan_id = active["scans"][0]["scan_id"]
    async with real.client.ws_connect(f"/scan/ws/{scan_id}") as socket:
        frames = [json.loads(message.data) async for message in socket]
    assert frames[-1]["status"] == "cancelled"


@slow_market
async def test_a_shutdown_closes_the_sockets_of_a_scan_that_runs(real: Served) -> None:
    scan = await start(real)
    async with real.client.ws_connect(scan["websocket_url"]) as socket:
        await socket.receive_json()
        leaving = asyncio.ensure_future(real.runner.cleanup())
        async for _ in socket:
            pass
        await leaving
    assert socket.close_code == 1001


async def test_an_unknown_symbol_fails_alone_and_all_unknown_fail_the_scan(real: Served) -> None:
    _, body = await real.json(
        "POST", "/scan/start", json={"async_mode": False, "symbols": ["SIM0001", "NOPE"]}
    )
    assert (body["status"], body["total"], body["complete"]) == ("completed", 1, False)
    assert [(failure["code"], failure["affected_symbols"]) for failure in body["failures"]] == [
        ("unknown_symbol", ["NOPE"])
    ]
    status, body = await real.json("GET", "/scan?symbols=NOPE")
    assert (status, body["error_type"]) == (502, "data_error")


async def test_the_universe_is_paged_and_a_symbol_explains_its_rating(real: Served) -> None:
    _, page = await real.json("GET", "/universe?offset=1&limit=2")
    assert (page["total"], [one["symbol"] for one in page["symbols"]]) == (SYMBOLS, ["SIM0002", "SIM0003"])
    assert sum(page["sectors"].values()) == SYMBOLS
    sector = next(iter(page["sectors"]))
    _, part = await real.json("GET", "/universe", params={"sector": sector.upper()})
    assert part["total"] == page["sectors"][sector]
    assert sum(page["industries"].values()) == SYMBOLS
    _, named = await real.json("GET", "/universe?search=sim0007&limit=5")
    assert (named["total"], [one["symbol"] for one in named["symbols"]]) == (1, ["SIM0007"])
    status, body = await real.json("GET", "/universe?sector=Energie")
    assert (status, body["errors"][0]["pointer"], body["errors"][0]["nearest"]) == (422, "/sector", "Energy")
    status, report = await real.json("GET", "/symbols/sim0001?lookback_bars=200")
    assert status == 200
    assert len(report["votes"]) == 26
    _, richer = await real.json(
        "GET", "/symbols/SIM0001?lookback_bars=200&bars=210&account_size=1e6&allow_shorts=yes"
    )
    assert (len(richer["bars"]), richer["votes"]) == (210, report["votes"])
    assert richer["row"]["position_size"] != report["row"]["position_size"]
    status, body = await real.json("GET", "/symbols/SIM001")
    assert (status, body["code"]) == (404, "unknown_symbol")
    assert body["metadata"]["nearest"][0] == "SIM0010"
    status, body = await real.json("GET", "/symbols/SIM0001?bars=-1")
    assert (status, body["errors"][0]["pointer"]) == (422, "/bars")
    status, body = await real.json("GET", "/symbols/SIM0001?lookback_bars=7&as_of=2999-01-01")
    assert status == 422
    assert {fault["pointer"] for fault in body["errors"]} == {"/lookback_bars", "/as_of"}


async def test_health_tells_of_every_part(real: Served) -> None:
    status, body = await real.json("GET", "/health")
    assert (status, body["status"], body["source"], body["store"]) == (200, "healthy", "simulated", "sqlite")
    assert (await real.json("GET", "/health/ready"))[0] == 200


AIOHTTPS = {"_Connection"}
"""aiohttp's WebSocket of a client that left first refers to itself, and of what is ours to that alone."""


async def read_in_all_ways(real: Served) -> None:
    """A scan with readers of every kind, to its end."""
    scan = await start(real, fresh=True)
    path = scan["websocket_url"]
    async with (
        real.client.ws_connect("/scan/ws?events=all", max_msg_size=0) as every,
        real.client.ws_connect("/scan/ws?every_seconds=0.1") as now_and_then,
        real.client.ws_connect(path) as one,
        real.client.ws_connect(f"{path}?events=all", max_msg_size=0) as two,
        real.client.ws_connect(f"{path}?events=all", max_msg_size=0) as three,
        real.client.get(scan["sse_url"]) as events,
    ):
        for socket in (one, two, three):
            assert [message async for message in socket]
        assert await events.read()
        for socket in (every, now_and_then):
            assert (await socket.receive_json())["type"] == "hello"
    assert (await real.json("GET", scan["results_url"]))[0] == 200


async def test_ended_scans_and_their_readers_leave_nothing_to_the_collector(real: Served) -> None:
    await read_in_all_ways(real)  # what is made once is made by this
    with collected() as found:
        for _ in range(3):
            await read_in_all_ways(real)
        await until(lambda: len(real.app[GUESTS]) == 0)
    ours = Counter(type(one).__qualname__ for one in found if type(one).__module__.startswith("technic."))
    assert ours.keys() <= AIOHTTPS, ours
