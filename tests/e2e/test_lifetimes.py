"""How a server, its streams and its workers end: told to, killed, or one of them killed."""

import asyncio

import psutil
import pytest
from aiohttp import ClientSession

from tests.support.server import GUARD_SECONDS, run_technic, serving
from tests.support.waiting import until
from tests.support.watching import call, check_order, over_sse, over_websocket, start, strict

pytestmark = pytest.mark.timeout(60)

SLOW = {
    "sources__simulated__symbols": 64,
    "sources__simulated__latency_seconds": 1,
    "engine__drain_grace_seconds": 1,
    "store__kind": "memory",
}
LARGE = {"sources__simulated__symbols": 1000, "sources__simulated__years": 2}
"""Its units are busy one after the other for a second or two."""


@pytest.fixture
def server(tmp_path, request):
    """A server of the test's own; a marker's settings make it what the test needs."""
    with serving(tmp_path, **getattr(request, "param", {"sources__simulated__symbols": 128})) as server:
        yield server


@pytest.fixture
async def client(server):
    async with ClientSession(server.url) as client:
        yield client


slow_market = pytest.mark.parametrize("server", [SLOW], indirect=True)
large_market = pytest.mark.parametrize("server", [LARGE], indirect=True)


@slow_market
async def test_told_to_stop_it_says_goodbye_to_every_stream_and_leaves_no_process(server, client):
    scan = await start(client)
    async with (
        client.ws_connect(scan["websocket_url"]) as socket,
        client.get(scan["sse_url"]) as events,
    ):
        await socket.receive_json()
        await events.content.readuntil(b"data: ")
        ending = asyncio.ensure_future(asyncio.to_thread(server.end))
        frames = [strict(message.data) async for message in socket]
        assert socket.close_code == 1001
        assert all(frame["status"] == "running" for frame in frames)
        rest = await events.content.read()
        assert b"stopping" in rest
        assert await ending == 0


@pytest.mark.parametrize("server", [SLOW | {"engine__drain_grace_seconds": 0.1}], indirect=True)
async def test_told_to_stop_it_answers_a_call_that_waits_with_what_was_found(server, client):
    """With the store in memory nothing goes on later: what has not ended in time is cancelled."""
    waiting = asyncio.ensure_future(call(client, "POST", "/scan/start", json={"async_mode": False}))
    await until(lambda: _count(client))
    ending = asyncio.ensure_future(asyncio.to_thread(server.end))
    status, body = await waiting
    assert (status, body["status"], body["complete"]) == (200, "cancelled", False)
    assert await ending == 0


async def _count(client):
    return (await call(client, "GET", "/scan/active"))[1]["count"]


@slow_market
async def test_killed_outright_it_leaves_no_worker(server, client):
    await start(client)
    await until(lambda: _count(client))
    workers = server.workers()
    assert workers
    server.kill()
    _, alive = psutil.wait_procs(workers, timeout=GUARD_SECONDS)
    assert alive == []


@large_market
async def test_killed_outright_in_the_middle_of_a_unit_it_leaves_no_worker(server, client):
    await until(lambda: _ready(client))
    await start(client)
    await until(lambda: _busy(client))
    workers = server.workers()
    assert workers
    for worker in workers:
        worker.suspend()
    server.kill()
    _, alive = psutil.wait_procs(workers, timeout=GUARD_SECONDS)
    assert alive == []


async def _ready(client):
    """Whether the one worker and its spare are there."""
    return (await call(client, "GET", "/health"))[1]["workers"]["ready"] == 2


async def _busy(client):
    return (await call(client, "GET", "/health"))[1]["workers"]["busy"]


@large_market
async def test_a_worker_that_is_killed_in_the_middle_of_a_scan_costs_it_nothing(server, client):
    await until(lambda: _ready(client))
    scan = await start(client)
    watching = asyncio.gather(
        over_websocket(client, scan["websocket_url"]), over_sse(client, scan["sse_url"])
    )
    await until(lambda: _busy(client))
    for worker in server.workers():
        worker.kill()
    for frames in await watching:
        check_order(frames)
        assert (frames[-1]["status"], frames[-1]["failures"], frames[-1]["matches"]) == ("completed", 0, 1000)
    _, result = await call(client, "GET", scan["results_url"])
    assert result["complete"] is True
    assert "worker_died" in {attempt["code"] for attempt in result["performance_metrics"]["attempts"]}


async def test_a_server_that_was_killed_can_be_started_again_on_its_data(tmp_path):
    for _ in range(2):
        with serving(tmp_path, sources__simulated__symbols=64) as server:
            async with ClientSession(server.url) as client:
                status, body = await call(client, "GET", "/scan")
                assert (status, len(body["results"])) == (200, 64)
            server.kill()


def test_a_second_server_on_the_same_data_says_so_and_ends(server, tmp_path):
    second = run_technic(tmp_path, "serve", "--port", "0")
    assert second.returncode == 1
    assert "another technic server" in second.stderr
    assert "--data-dir" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_second_server_on_the_same_port_says_so_and_ends(server, tmp_path):
    second = run_technic(tmp_path / "other", "serve", "--port", server.port)
    assert second.returncode == 1
    assert "in use" in second.stderr
    assert "--port" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_data_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    done = run_technic(tmp_path, "serve", "--port", "0", data_dir=tmp_path / "file" / "kept")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "TECHNIC_DATA_DIR" in done.stderr
    assert "Traceback" not in done.stderr
