"""`technic load` against real servers, and against one that lies."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from tests.support.server import RUN, environment, run_technic, serving
from tests.support.waiting import until

BEHAVIOURS = ("--slow-share", "0.2", "--reconnecting-share", "0.3")


def load(folder, url, *words, **settings):
    return run_technic(folder, "load", "--url", url, *words, **settings)


@pytest.fixture(scope="module")
def report(quick_server, tmp_path_factory):
    """What a load of two seconds with every kind of reader says."""
    words = ("--scans", "4", "--watchers", "6", "--seconds", "2", "--ramp", "0.2", "--fresh", *BEHAVIOURS)
    done = load(tmp_path_factory.mktemp("load"), quick_server.url, *words, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_it_drives_scans_to_their_end_and_loses_nothing(report):
    assert (report["ok"], report["passed"], report["errors"]) == (True, [], {})
    assert report["scans"]["completed"] >= 4
    assert report["frames_lost"] == report["frames_doubled"] == report["frames_out_of_order"] == 0
    assert set(report["frames"]) == {"ws", "sse", "poll"}
    assert min(report["frames"].values()) > 0
    assert report["reconnections"] > 0
    assert report["stalled"]["readers"] > 0
    assert report["symbols_per_second"] >= report["scans_per_second"] > 0


def test_it_tells_how_long_things_took_and_how_that_was_measured(report):
    durations = report["milliseconds"]
    for name in ("start", "opening", "delivery", "spread", "poll", "health", "own_lag"):
        assert 0 < durations[name]["p50"] <= durations[name]["p99"] <= durations[name]["max"], name
    assert durations["start"]["count"] >= report["scans"]["completed"]
    assert set(report["measured"]) <= set(durations)
    assert report["server"]["workers.ready"]["max"] >= 1


async def test_the_scans_are_forgotten_unless_they_are_to_be_kept(quick, quick_server, report, tmp_path):
    async def loads():
        async with quick.get("/scan/history?tag=load") as response:
            return (await response.json())["total"]

    assert await loads() == 0
    done = await asyncio.to_thread(
        load, tmp_path, quick_server.url, "--scans", "1", "--watchers", "0", "--seconds", "0.1", "--keep"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert await loads() >= 1


def test_a_bound_that_is_passed_ends_with_1_and_says_so(quick_server, tmp_path):
    words = ("--scans", "1", "--watchers", "1", "--seconds", "0.1", "--stalled-share", "0")
    done = load(tmp_path, quick_server.url, *words, "--max-start-p99-ms", "0.001")
    assert done.returncode == 1
    assert "Failed: p99 of a start is" in done.stdout
    assert "0.001 ms allowed" in done.stdout


def test_stalled_readers_are_cut_off_and_the_scan_goes_on(tmp_path):
    """A small limit, so that a frame or two is more than it holds unread."""
    settings = {
        "sources__simulated__symbols": 200,
        "sources__simulated__years": 1,
        "sources__simulated__latency_seconds": 0.3,
        "streams__send_timeout_seconds": 0.3,
        "streams__reader_bytes": 4096,
    }
    words = ("--scans", "1", "--watchers", "5", "--seconds", "0.1", "--stalled-share", "0.6")
    with serving(tmp_path / "server", **settings) as server:
        done = load(tmp_path, server.url, *words, "--slow-share", "0", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert told["stalled"]["cut_off"] == told["stalled"]["readers"] > 0
    assert told["stalled"]["ms"]["count"] == told["stalled"]["cut_off"]


async def test_ctrl_c_cancels_what_runs_and_ends_it_with_the_report_so_far(slow, slow_server, tmp_path):
    async def running():
        async with slow.get("/scan/active") as response:
            return (await response.json())["count"] == 2

    words = ("load", "--url", slow_server.url, "--scans", "2", "--watchers", "3", "--ramp", "0")
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(RUN), *words, "--seconds", "3600", "--json",
        env=environment(tmp_path, {}), cwd=tmp_path,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await until(running)
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(60):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    told = json.loads(said)
    assert process.returncode == 130
    assert told["interrupted"] is True
    assert sum(told["scans"].values()) >= 2
    assert set(told["scans"]) <= {"cancelled", "completed"}, "one may have ended just before"
    assert (told["frames_lost"], told["errors"]) == (0, {})


def test_where_no_server_listens_it_ends_with_1(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        done = load(tmp_path, f"http://127.0.0.1:{free.getsockname()[1]}")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no technic server answers" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--scans", "0"), "--scans"),
        (("--seconds", "nan"), "--seconds"),
        (("--stalled-share", "0.6", "--slow-share", "0.6"), "more than all"),
        (("--scans", "10000", "--watchers", "10000"), "open files"),
        (("--url", "https://127.0.0.1:1"), "--stalled-share 0"),
        (("--url", "nowhere"), "is no address of a server"),
    ],
)
def test_what_cannot_be_meant_ends_with_2(words, said, tmp_path):
    done = run_technic(tmp_path, "load", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.replace("│", " ").split())


# --- a server that lies

SNAPSHOT = {"stages": [], "error": None, "matches": 2, "started_at": None}


@asynccontextmanager
async def forgetful():
    """A server that tells every second reader of a scan one match less."""
    routes = web.RouteTableDef()
    opened = iter(range(1_000_000))

    @routes.get("/health")
    async def health(_):
        return web.json_response({"features": {}})

    @routes.post("/scan/start")
    async def start(_):
        names = {"scan_id": "x", "websocket_url": "/ws", "sse_url": "/sse", "progress_url": "/progress"}
        return web.json_response(names, status=202)

    @routes.get("/ws")
    async def stream(request):
        reader = web.WebSocketResponse()
        await reader.prepare(request)
        await reader.send_json({"type": "hello", "epoch": "e", "seq": -1, "recovered": True})
        await reader.send_json(SNAPSHOT | {"type": "state", "seq": 1, "status": "running"})
        await reader.send_json({"type": "match", "seq": 2, "rows": [{"symbol": "A"}]})
        if next(opened) % 2:
            await reader.send_json({"type": "match", "seq": 3, "rows": [{"symbol": "B"}]})
        await reader.send_json(SNAPSHOT | {"type": "state", "seq": 4, "status": "completed"})
        await reader.close()
        return reader

    @routes.get("/progress")
    async def progress(_):
        return web.json_response(SNAPSHOT | {"seq": 4, "status": "completed"})

    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_server_that_loses_frames_is_found_out(tmp_path):
    steady = ("--stalled-share", "0", "--slow-share", "0", "--reconnecting-share", "0")
    async with forgetful() as url:
        done = await asyncio.to_thread(
            load, tmp_path, url, "--scans", "1", "--watchers", "4", "--seconds", "0.1", "--json", *steady
        )
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert 0 < told["frames_lost"] <= told["scans"]["completed"]
    assert any("lost, 0 allowed" in sentence for sentence in told["passed"])
    assert told["errors"]["http_404"] > 0
