"""`technic history` against a server on a real socket, and against everything that is none."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import socket
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgpack
import pyarrow.parquet as pq
import pytest
from aiohttp import web

from technic.cli import remote
from technic.config.settings import ServerSettings, StreamSettings
from technic.engine.scan.events import Status
from technic.engine.stores.history import (
    FailingSymbol,
    FrequentFailure,
    HistoryEntry,
    Quantiles,
    Statistics,
    Throughput,
)
from technic.errors import NothingToScan, Unusable
from technic.http.app import create_app
from technic.http.runner import Runner
from tests.http.scripted_engine import ScriptedEngine, make_snapshot

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def ended(number, status=Status.COMPLETED, **changes):
    named = {"scan_id": f"{number:032x}", "status": status, "completed_at": NOON, "elapsed_seconds": 65.2}
    return HistoryEntry(make_snapshot(**(named | changes)), {}, rows=3)


@asynccontextmanager
async def listening(runner):
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@pytest.fixture
async def engine():
    return ScriptedEngine()


@pytest.fixture
async def ask(engine, technic, monkeypatch):
    """Ask a server of this engine: `await ask("--limit", "3")`."""
    monkeypatch.setenv("TZ", "UTC")
    app = create_app(engine, ServerSettings(), StreamSettings())
    async with asyncio.timeout(60), listening(Runner(app, access_log=None)) as url:
        yield lambda *words: asyncio.to_thread(technic, "history", "--url", url, *words)


@asynccontextmanager
async def answering(**response):
    """Somebody else's server, which says the same to all."""

    async def handler(_request):
        return web.Response(**response)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with listening(web.AppRunner(app)) as url:
        yield url


async def test_a_table_says_of_each_scan_how_it_ended(ask, engine):
    engine.past = [ended(2, Status.FAILED, failures=3), ended(1)]
    done = await ask()
    assert (done.returncode, done.stderr) == (0, "")
    heads, _, first, second, summary = done.stdout.splitlines()
    assert heads.split() == ["Scan", "Status", "Symbols", "Matches", "Failures", "Took", "Ended"]
    assert first.split() == [
        f"{2:032x}",
        "failed",
        "500",
        "17",
        "3",
        "1",
        "m",
        "05",
        "s",
        "2026-01-05",
        "12:00:00",
    ]
    assert second.split()[:2] == [f"{1:032x}", "completed"]
    assert summary == "2 scans"


async def test_of_more_than_the_limit_it_shows_the_newest_and_says_so(ask, engine):
    engine.past = [ended(n) for n in range(5)]
    done = await ask("--limit", "2")
    assert done.stdout.splitlines()[-1] == "the newest 2 of 5 scans (--limit N for more)"


async def test_what_is_asked_for_reaches_the_server(ask, engine):
    before = datetime.now(UTC)
    done = await ask(
        "--status",
        "failed",
        "--status",
        "cancelled",
        "--tag",
        "a&b",
        "--preset",
        "nr7",
        "--text",
        "SIM1",
        "--since",
        "7d",
        "--limit",
        "9",
    )
    assert done.returncode == 0, done.stderr
    (query,) = engine.asked
    assert query.statuses == (Status.FAILED, Status.CANCELLED)
    assert (query.tag, query.preset, query.text, query.limit, query.offset) == ("a&b", "nr7", "SIM1", 9, 0)
    assert timedelta(0) <= query.since - (before - timedelta(days=7)) < timedelta(seconds=60)
    assert "No scan has ended" in done.stdout


async def test_more_than_a_page_is_fetched_page_by_page_up_to_one_moment(ask, engine):
    engine.past = [ended(n) for n in range(1203)]
    done = await ask("--limit", "1100", "--format", "json")
    body = json.loads(done.stdout)
    assert [scan["scan_id"] for scan in body["scans"]] == [f"{n:032x}" for n in range(1100)]
    assert body["total"] == 1203
    assert [(query.offset, query.limit) for query in engine.asked] == [(0, 500), (500, 500), (1000, 100)]
    assert len({query.until for query in engine.asked}) == 1


async def test_csv_has_a_line_a_scan(ask, engine):
    error = NothingToScan("the folder is empty").failure()
    engine.past = [ended(1, Status.FAILED, error=error, tags=("=1+1", "b")), ended(2)]
    done = await ask("--format", "csv")
    lines = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [line["error"] for line in lines] == ["nothing_to_scan", ""]
    assert lines[0]["tags"] == "'=1+1; b"
    assert (lines[1]["elapsed_seconds"], lines[1]["completed_at"]) == ("65.2", "2026-01-05T12:00:00.000Z")


async def test_a_file_gets_the_scans_in_the_form_of_its_name(ask, engine, tmp_path):
    engine.past = [ended(1, tags=("a", "b")), ended(2)]
    done = await ask("--output", "scans.parquet")
    assert (done.returncode, done.stdout) == (0, "")
    table = pq.read_table(tmp_path / "scans.parquet")
    assert table.column("tags").to_pylist() == ["a; b", ""]
    assert (await ask("--output", "scans.txt")).returncode == 0
    assert (tmp_path / "scans.txt").read_text().splitlines()[-1] == "2 scans"
    lines = (await ask("--format", "jsonl")).stdout.splitlines()
    assert [json.loads(line)["tags"] for line in lines] == [["a", "b"], []]
    assert (await ask("--output", "scans.msgpack")).returncode == 0
    assert [scan["rows"] for scan in msgpack.unpackb((tmp_path / "scans.msgpack").read_bytes())] == [3, 3]


async def test_a_scan_that_was_never_begun_and_control_characters_hurt_nobody(ask, engine):
    engine.past = [ended(1, Status.CANCELLED, stages=(), completed_at=None)]
    engine.past.append(replace(engine.past[0], snapshot=make_snapshot("\x1b[31mred", status=Status.FAILED)))
    done = await ask()
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout


FIGURES = Statistics(
    scans=3,
    by_status={"completed": 2, "failed": 1},
    seconds={"101-1000": Quantiles(0.25, 1.5, 2)},
    stage_seconds={"queued": Quantiles(0.0, 0.5, 2)},
    throughput=tuple(Throughput(NOON + timedelta(hours=n), n + 1, 500) for n in range(30)),
    failures=(FrequentFailure("worker_died", "system_error", 4, 2),),
    symbols=(FailingSymbol("SIM0007", 2, "worker_died"),),
)


async def test_statistics_are_tables(ask, engine):
    engine.figures = FIGURES
    done = await ask("--stats", "--since", "2026-01-05")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("3 scans have ended: 2 completed, 1 failed\n")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["101-1000", "0.25", "s", "1.50", "s", "2"] in lines
    assert ["SIM0007", "2", "worker_died"] in lines
    assert ["worker_died", "system_error", "4", "2"] in lines
    assert sum(line[0].startswith("2026-01-0") for line in lines if line) == 24


async def test_statistics_are_json_too_and_of_nothing_a_sentence(ask, engine):
    assert "No scan has ended" in (await ask("--stats")).stdout
    engine.figures = FIGURES
    assert json.loads((await ask("--stats", "--format", "json")).stdout)["by_status"]["failed"] == 1


@pytest.mark.parametrize("form", ["table", "json"])
def test_where_no_server_listens_it_says_what_to_start(technic, form):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        done = technic("history", "--url", url, "--format", form)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"Error: no technic server answers at {url}: Connection refused",
        "Start one with `technic serve`, or name another with --url or TECHNIC_CLIENT__URL.",
    ]


async def test_a_server_that_takes_the_call_and_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(remote, "ANSWER_SECONDS", 0.05)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Unusable, match="no answer in time"):
            async with remote.connected(url) as client:
                await client.history()


@pytest.mark.parametrize(
    "response",
    [
        {"text": "<html>It works!</html>"},
        {"text": '{"hello": 1}', "content_type": "application/json"},
        {"text": "[]", "content_type": "application/json"},
        {"status": 404, "text": "no"},
        {"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}},
    ],
)
async def test_whoever_is_no_technic_server_is_told_apart(technic, response):
    async with answering(**response) as url:
        done = await asyncio.to_thread(technic, "history", "--url", url)
    assert (done.returncode, done.stdout) == (1, "")
    assert "is no technic server" in done.stderr
    assert "--url" in done.stderr


async def test_what_a_server_refuses_is_told_in_its_own_words(technic):
    problem = '{"detail": "No page may do this.", "suggestion": "Ask politely.", "code": "forbidden"}'
    async with answering(status=403, text=problem, content_type="application/problem+json") as url:
        done = await asyncio.to_thread(technic, "history", "--url", url)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [f"Error: {url} refuses: No page may do this.", "Ask politely."]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--url", "127.0.0.1:8000"), "--url"),
        (("--url", "http://"), "--url"),
        (("--url", "ftp://host"), "--url"),
        (("--since", "yesterday"), "--since"),
        (("--since", "999999999w"), "--since"),
        (("--since", "2026-02-30"), "--since"),
        (("--since", ""), "--since"),
        (("--status", "running"), "--status"),
        (("--limit", "0"), "--limit"),
        (("--limit", "10001"), "--limit"),
        (("--format", "xlsx"), "--format"),
        (("--stats", "--tag", "x"), "--stats"),
        (("--stats", "--format", "csv"), "--stats"),
        (("--stats", "--preset", "nr7"), "--stats"),
        (("--stats", "--output", "figures.csv"), "--output"),
        (("--output", "."), "is a folder"),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_says_so(technic, words, said):
    done = technic("history", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
