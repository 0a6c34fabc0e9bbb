"""A server that is told to stop: what it still does, what it says, and that it goes in time."""

import asyncio
import signal
import socket
import time
from contextlib import AsyncExitStack

import psutil
import pytest
from aiohttp import ClientSession, TCPConnector

from tests.support.server import GUARD_SECONDS, serving
from tests.support.waiting import until
from tests.support.watching import call, cancel_and_see_it_end, end_of, start, strict

pytestmark = pytest.mark.timeout(90)

STREAMS = 500
LAST_SECONDS = 2.0
"""So much longer than the grace of its scans a server may take."""
KEY = {"Idempotency-Key": "once"}


def slow(seconds, **settings):
    """A market whose scan takes about so long, kept on disk; 64 symbols, 16 of which come at once."""
    market = {"sources__simulated__symbols": 64, "sources__simulated__years": 1}
    return market | {
        "sources__simulated__latency_seconds": seconds / 4,
        "store__kind": "sqlite",
        "log__level": "info",
        **settings,
    }


def client_of(server):
    return ClientSession(server.url, connector=TCPConnector(limit=0))


async def drains(client):
    return (await call(client, "GET", "/health"))[1]["status"] == "draining"


async def active(client):
    return [scan["scan_id"] for scan in (await call(client, "GET", "/scan/active"))[1]["scans"]]


def stalled_reader(server, path):
    """A reader that asks for a stream and never reads a byte of it, not even that it is closed."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", int(server.port)))
    upgrade = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    upgrade.append("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    lines = [f"GET {path}?events=all HTTP/1.1", f"Host: 127.0.0.1:{server.port}"]
    lines += upgrade if "/ws/" in path else []
    raw.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return raw


async def read_events(response):
    return response.status, await response.read()


async def test_with_500_streams_of_which_two_do_not_read_it_goes_in_time(tmp_path):
    grace = 1.0
    with serving(tmp_path, **slow(60, engine__drain_grace_seconds=grace)) as server:
        async with client_of(server) as client, AsyncExitStack() as open_streams:
            scan = await start(client)
            stalled = [stalled_reader(server, scan[url]) for url in ("websocket_url", "sse_url")]
            half = range(STREAMS // 2 - 1)
            sockets = [
                await open_streams.enter_async_context(client.ws_connect(scan["websocket_url"])) for _ in half
            ]
            sources = [await open_streams.enter_async_context(client.get(scan["sse_url"])) for _ in half]
            await until(lambda: _streams(client))
            began = time.monotonic()
            ending = asyncio.ensure_future(asyncio.to_thread(server.end))
            for frames in await asyncio.gather(*map(_frames, sockets)):
                assert {frame["status"] for frame in frames} <= {"pending", "running"}
            assert {each.close_code for each in sockets} == {1001}
            for status, text in await asyncio.gather(*map(read_events, sources)):
                assert (status, text.endswith(b": the server is stopping\n\n")) == (200, True)
            assert await ending == 0
            assert time.monotonic() - began < grace + LAST_SECONDS
            for raw in stalled:
                raw.close()


async def _streams(client):
    return (await call(client, "GET", "/health"))[1]["streams"] == STREAMS


async def _frames(websocket):
    return [strict(message.data) async for message in websocket]


async def test_within_the_grace_scans_end_and_whoever_waits_gets_the_rows(tmp_path):
    with serving(tmp_path, **slow(4, engine__drain_grace_seconds=30)) as server:
        async with client_of(server) as client:
            waiting = asyncio.ensure_future(call(client, "POST", "/scan/start", json={"async_mode": False}))
            await until(lambda: active(client))
            (scan_id,) = await active(client)
            async with client.ws_connect(f"/scan/ws/{scan_id}") as early:
                await early.receive_json()
                server.process.send_signal(signal.SIGTERM)
                async for _ in early:
                    pass
            assert early.close_code == 1001
            assert await drains(client)
            async with client.post("/scan/start") as refused:
                assert (refused.status, (await refused.json(content_type=None))["code"]) == (503, "stopping")
                assert int(refused.headers["Retry-After"]) >= 1
            assert (await call(client, "GET", "/health/ready"))[0] == 503
            assert (await call(client, "GET", f"/scan/progress/{scan_id}"))[0] == 200
            assert (await call(client, "GET", f"/scan/results/{scan_id}?partial=true"))[0] == 200
            async with client.ws_connect(f"/scan/ws/{scan_id}") as late:
                assert [message async for message in late] == []
            assert late.close_code == 1001
            async with client.get(f"/scan/sse/{scan_id}") as late:
                assert (late.status, (await late.read())[:7]) == (200, b"retry: ")
            status, body = await waiting
            assert (status, body["status"], body["total"]) == (200, "completed", 64)
        code = await asyncio.to_thread(server.process.wait, GUARD_SECONDS)
        assert code == 0
        assert any('"drained"' in line and '"ended":1' in line for line in server.said), "".join(server.said)


async def test_what_does_not_end_in_time_goes_on_at_the_next_start_under_its_key(tmp_path):
    settings = slow(4, engine__drain_grace_seconds=0.2)
    with serving(tmp_path, **settings) as server:
        async with client_of(server) as client:
            body = {"async_mode": False, "tags": ["parked"]}
            waiting = asyncio.ensure_future(call(client, "POST", "/scan/start", json=body, headers=KEY))
            await until(lambda: active(client))
            began = time.monotonic()
            assert await asyncio.to_thread(server.end) == 0
            assert time.monotonic() - began < 0.2 + LAST_SECONDS
            status, problem = await waiting
            assert (status, problem["code"]) == (503, "stopping")
        assert any('"left_for_the_next_start":1' in line for line in server.said), "".join(server.said)
    with serving(tmp_path, **settings) as server:
        async with client_of(server) as client:
            status, scan = await call(client, "POST", "/scan/start", json={"tags": ["parked"]}, headers=KEY)
            assert status == 202
            last = await end_of(client, scan)
            assert (last["status"], last["matches"], last["tags"]) == ("completed", 64, ["parked"])
            assert (await call(client, "GET", "/scan/history"))[1]["total"] == 1


async def test_a_second_signal_stops_at_once_and_leaves_no_process(tmp_path):
    with serving(tmp_path, **slow(60, engine__drain_grace_seconds=60)) as server:
        async with client_of(server) as client:
            await start(client)
            await until(lambda: active(client))
            server.process.send_signal(signal.SIGTERM)
            await until(lambda: drains(client))
        assert await asyncio.to_thread(server.end, signal.SIGINT) == 1


HANGS = """
import time
from technic.cli.main import main
from technic.engine.pool.processes import ProcessPool

async def close(self):
    time.sleep(600)

ProcessPool.close = close
main()
"""


async def test_what_hangs_as_it_goes_is_cut_off_and_leaves_no_process(tmp_path):
    """Its event loop does not turn any more: nothing but a thread can end it."""
    with serving(tmp_path, program=("-c", HANGS), engine__drain_grace_seconds=0.1) as server:
        began = time.monotonic()
        assert await asyncio.to_thread(server.end) == 1
        assert time.monotonic() - began < 0.1 + LAST_SECONDS + GUARD_SECONDS / 2
        assert any("did not end in time" in line for line in server.said), "".join(server.said)


async def test_killed_in_the_middle_of_a_drain_it_loses_no_scan_and_leaves_no_worker(tmp_path):
    settings = slow(60, engine__drain_grace_seconds=60)
    with serving(tmp_path, **settings) as server:
        async with client_of(server) as client:
            scans = [await start(client), await start(client, lookback_bars=100)]
            await until(lambda: active(client))
            server.process.send_signal(signal.SIGTERM)
            await until(lambda: drains(client))
        workers = server.workers()
        assert workers
        server.kill()
        _, alive = psutil.wait_procs(workers, timeout=GUARD_SECONDS)
        assert alive == []
    with serving(tmp_path, **settings) as server:
        async with client_of(server) as client:
            assert len(await active(client)) == 2
            for scan in scans:
                assert (await cancel_and_see_it_end(client, scan))["status"] == "cancelled"


async def test_a_large_answer_that_nobody_reads_does_not_hold_it_up(tmp_path):
    settings = {"sources__simulated__symbols": 3000, "sources__simulated__years": 1}
    with serving(tmp_path, **settings, engine__drain_grace_seconds=0.1) as server:
        async with client_of(server) as client:
            scan = await start(client)
            await end_of(client, scan)
        raw = stalled_reader(server, scan["results_url"])
        while len(raw.recv(64, socket.MSG_PEEK)) < 64:
            pass
        began = time.monotonic()
        assert await asyncio.to_thread(server.end) == 0
        assert time.monotonic() - began < 0.1 + LAST_SECONDS
        raw.close()
