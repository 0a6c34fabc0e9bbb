"""`technic load` where the server is full, dies or leaves something behind; and what it times."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from technic.cli.loading import driver as driving
from technic.cli.loading.account import Account
from technic.cli.loading.bounds import Bounds, passed
from technic.cli.loading.driver import Driver
from technic.cli.loading.ledger import Ledger
from technic.cli.loading.plan import LoadPlan, Way
from technic.cli.loading.stalled import stall
from technic.cli.loading.target import Target
from technic.cli.loading.vitals import Vitals
from technic.errors import QueueFull
from tests.support.server import GUARD_SECONDS, run_technic, serving
from tests.support.waiting import until

SLOW_MARKET = {
    "sources__simulated__symbols": 64,
    "sources__simulated__years": 1,
    "sources__simulated__latency_seconds": 30,
}
STEADY = ("--stalled-share", "0", "--slow-share", "0", "--reconnecting-share", "0")


def plan_of(url, **changes):
    plan = {
        "url": url, "scans": 3, "watchers": 3, "stalled_share": 0.3, "slow_share": 0.0,
        "reconnecting_share": 0.0, "seconds": 60.0, "ramp_seconds": 0.0, "request": {}, "keep": False,
    }  # fmt: skip
    return LoadPlan(**plan | changes)


# --- a server that is full


def test_starts_that_a_full_server_puts_off_are_counted_and_tried_again(tmp_path):
    limits = {"engine__max_running_scans": 1, "engine__max_queued_scans": 1}
    market = SLOW_MARKET | {"sources__simulated__latency_seconds": 0.2}
    words = ("--scans", "5", "--watchers", "1", "--seconds", "2.5", "--ramp", "0", "--fresh", *STEADY)
    with serving(tmp_path / "server", **limits, **market) as server:
        done = run_technic(tmp_path, "load", "--url", server.url, *words, "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert told["starts_refused"] >= 3
    assert told["scans"]["completed"] >= 2
    assert (told["errors"], told["scans_unfinished"], told["frames_lost"]) == ({}, 0, 0)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (QueueFull("full", retry_after=7.0), 7.0),
        (QueueFull("full"), 0.5),
        (QueueFull("full", retry_after=86_400.0), 60.0),
        (ConnectionRefusedError(), 0.5),
    ],
)
def test_it_waits_as_long_as_the_server_says_within_reason(error, seconds):
    assert driving._wait_of(error) == seconds


# --- a server that dies


async def test_a_server_that_dies_for_good_leaves_scans_without_an_end_and_that_is_a_fault(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(driving, "LINGER_SECONDS", 0.1)
    with serving(tmp_path / "server", **SLOW_MARKET) as server:
        async with asyncio.timeout(30), Target(server.url) as target:
            account = Account()
            driver = Driver(plan_of(server.url), target, account)
            running = asyncio.create_task(driver.run())
            await until(lambda: account.running == 3 and account.frames["ws"])
            server.kill_group()
            await until(lambda: account.reconnections)
            driver.stop()
            await running
    assert account.unfinished == 3
    assert set(account.errors) <= {"econnrefused", "econnreset", "connection_lost", "epipe"}
    assert account.readers == account.running == 0
    found = passed(Bounds(), account, Vitals())
    assert "3 scans were not seen to the end" in found


# --- what it times


def told_at(seq, at, kind="progress"):
    rows = {"rows": [{"symbol": f"S{seq}"}]} if kind == "match" else {}
    return {"type": kind, "seq": seq, "status": "running", "at": at} | rows


def test_delivery_is_timed_from_the_moment_at_which_a_frame_was_told():
    account = Account()
    view = Ledger(account, timed=True).open()
    view.connect()
    view.take({"type": "hello", "epoch": "e", "seq": -1, "recovered": True})
    before = 1e3 * (time.time() - 60)
    for number, at in enumerate((before, None)):  # told before this reader came; by an earlier process
        view.take(told_at(number, at))
    assert account.delivery.count == 0
    for number, kind in enumerate(("progress", "match", "state"), start=2):
        view.take(told_at(number, 1e3 * time.time(), kind))
    assert account.delivery.count == 3
    assert account.delivery.longest < 1.0


def test_a_slow_reader_and_one_of_another_machine_are_not_timed():
    account = Account()
    slow = Ledger(account, timed=True).open(quick=False)
    far = Ledger(account, timed=False).open()
    for view in (slow, far):
        view.connect()
        view.take(told_at(1, 1e3 * time.time() + 1e3))
    assert account.delivery.count == 0


def test_the_servers_figures_are_taken_from_every_depth_and_held_to_the_bound():
    vitals = Vitals()
    vitals.take(
        {"process": {"loop_lag_ms": None, "tasks": 3}, "workers": {"broken": False}, "done": {"a": 1}}
    )
    assert set(vitals.figures) == {"process.tasks"}
    account = Account()
    account.ended["completed"] = 1
    assert ["does not tell" in found for found in passed(Bounds(lag_ms=5.0), account, vitals)] == [True]
    for late in (9.0, 2.0):
        vitals.take({"process": {"loop_lag_ms": {"p50": 0.1, "p99": late}, "tasks": 4}})
    lag = vitals.figures["process.loop_lag_ms.p99"]
    assert (lag.first, lag.last, lag.most) == (9.0, 2.0, 9.0)
    assert passed(Bounds(lag_ms=9.0), account, vitals) == []
    assert len(passed(Bounds(lag_ms=8.9), account, vitals)) == 1


# --- what is left behind


async def test_a_load_leaves_the_server_with_what_the_one_before_has_left(quick, quick_server, tmp_path):
    readings = {}

    async def held():
        async with quick.get("/health") as response:
            told = await response.json()
        process = told["process"]
        counts = (process["tasks"], process["descriptors"], told["streams"], told["readers"])
        readings[process["uptime_seconds"]] = (counts, told["scans"]["alive"])
        return counts

    async def settled():
        """Two looks at different moments, with nothing under way, that saw the same."""
        counts = await held()
        return counts if list(readings.values())[-2:] == 2 * [(counts, 0)] else None

    def drive():
        shares = ("--stalled-share", "0.2", "--slow-share", "0.2", "--reconnecting-share", "0.3")
        words = ("--scans", "8", "--watchers", "6", "--seconds", "2", "--fresh", *shares, "--json")
        done = run_technic(tmp_path, "load", "--url", quick_server.url, *words)
        assert done.returncode == 0, done.stdout + done.stderr

    left = []
    for _ in range(5):  # a thread or a connection may be there for the first time; then no more come
        await asyncio.to_thread(drive)
        readings.clear()
        left.append(await until(settled))
        if left[-2:] == 2 * left[-1:]:
            return
    pytest.fail(f"each load leaves something behind: {left}")


@pytest.mark.parametrize(
    ("unread_bytes", "in_order", "cut_off"),
    [(100, True, 0), (4_000_000, False, 1)],
    ids=["the-stream-ended", "it-was-cut-off"],
)
async def test_a_stream_that_ended_unread_is_not_one_that_was_cut_off(unread_bytes, in_order, cut_off):
    """The end of a stream waits behind what was sent before; that of one that was cut off is never told."""

    async def tell_and_leave(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(bytes(unread_bytes))
        if in_order:
            writer.close()
        else:
            writer.transport.abort()

    server = await asyncio.start_server(tell_and_leave, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    account = Account()
    async with server, Target(f"http://{host}:{port}") as target, asyncio.timeout(GUARD_SECONDS):
        await stall(target, account, {"websocket_url": "/scan/ws/a"}, Way.SOCKET)
    assert (account.stalled, account.cut_off, account.errors) == (1, cut_off, {})
