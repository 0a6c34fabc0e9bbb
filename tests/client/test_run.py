"""A whole scan in one call, on a real server: its rows, its frame, its failure and its end."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from technic import ScanRequest, run_scan
from technic.client import Match, TechnicClient
from technic.config.settings import Settings
from technic.engine.scan.events import Status
from technic.errors import UnknownSymbol
from technic.http.history import PAGE_MOST
from tests.support.server import GUARD_SECONDS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def client(quick_server):
    """Of a server with 300 symbols."""
    async with TechnicClient(quick_server.url) as client:
        yield client


@pytest.fixture
async def slow_client(slow_server):
    """Of a server whose scans go on until they are cancelled."""
    async with TechnicClient(slow_server.url) as client:
        yield client


async def test_a_run_gives_the_rows_that_its_watch_would_have_told(client):
    told = []
    results = await client.run(ScanRequest(min_tech_rating=10), on_progress=told.append)
    frames = [frame async for frame in client.watch((await client.history(limit=1)).scans[0]["scan_id"])]
    assert (results.status, results.complete, results.error) == ("completed", True, None)
    shares = [snapshot.percentage for snapshot in told]
    assert (shares, shares[-1]) == (sorted(shares), 100.0)
    rows = {row["symbol"]: row for frame in frames if isinstance(frame, Match) for row in frame.rows}
    assert rows == {row["symbol"]: row for row in results.rows}
    assert 0 < len(results.rows) == results.total < 300


async def test_its_frame_is_that_of_the_library(client, tmp_path):
    asked = ScanRequest(limit=50)
    results = await client.run(asked)
    settings = Settings.model_validate(
        {"data_dir": tmp_path, "sources": {"simulated": {"symbols": 300, "years": 2}}}
    )
    expected = await asyncio.to_thread(run_scan, asked, settings=settings)
    pd.testing.assert_frame_equal(results.frame, expected.frame)


def test_a_column_that_this_version_does_not_know_is_in_the_frame_too():
    from technic.remote.results import frame_of  # noqa: PLC0415 - beside the point of this module

    frame = frame_of([{"symbol": "A", "close": None, "moon": 3}])
    assert list(frame)[-1] == "moon"
    assert (frame["moon"][0], pd.isna(frame["close"][0]), pd.isna(frame["as_of"][0])) == (3, True, True)


async def test_a_callback_that_raises_is_called_once_and_hurts_nothing(client, caplog):
    calls = []

    def show(snapshot):
        calls.append(snapshot)
        raise RuntimeError("no terminal")

    results = await client.run(limit=1, on_progress=show)
    assert (len(calls), len(results.rows)) == (1, 1)
    assert "the progress callback raised" in caplog.text


async def test_a_scan_that_fails_raises_what_it_failed_of(client):
    with pytest.raises(UnknownSymbol, match="NOBODY") as caught:
        await client.run(symbols=["NOBODY"])
    failed = await client.results(caught.value.metadata["scan_id"])
    assert (failed.status, failed.error.code, failed.total) == ("failed", "unknown_symbol", 0)


async def test_whoever_cancels_a_run_cancels_the_scan(slow_client):
    began = asyncio.Event()
    run = asyncio.create_task(slow_client.run(on_progress=lambda snapshot: began.set()))
    async with asyncio.timeout(GUARD_SECONDS):
        await began.wait()
        (scan,) = await slow_client.active()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        last = [frame async for frame in slow_client.watch(scan.scan_id)][-1]
    assert last.snapshot.status == "cancelled"


async def test_a_run_that_somebody_else_cancels_gives_the_rows_that_there_were(served):
    client, engine = await served.client(), served.engine
    run = asyncio.create_task(client.run())
    await engine.submitted.wait()
    engine.end(status=Status.CANCELLED)
    assert (await run).status == "cancelled"


async def test_history_and_figures_are_those_of_the_server(client, monkeypatch):
    for _ in range(3):
        await client.run(limit=1, tags=["paged"])
    monkeypatch.setattr("technic.remote.past.PAGE_MOST", 2)
    found = await client.history(tag="paged", statuses=["completed", "failed"], limit=3)
    assert (found.total, len({scan["scan_id"] for scan in found.scans})) == (3, 3)
    assert (await client.history(tag="nobody")).scans == ()
    assert (await client.statistics(bucket_seconds=60))["by_status"]["completed"] >= 3
    assert (await client.health())["status"] == "healthy"
    with pytest.raises(ValueError, match="one scan at least"):
        await client.history(limit=0)


async def test_a_long_history_is_asked_for_in_pages_that_nothing_moves(served):
    await (await served.client()).history(limit=2000)
    (query,) = served.engine.asked
    assert (query.limit, query.offset, query.until is not None) == (PAGE_MOST, 0, True)


def test_a_program_that_uses_the_client_loads_nothing_of_the_server_and_no_pandas():
    program = "import sys, technic.client; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    wings = ("technic.engine", "technic.http", "technic.app", "technic.cli.")
    assert [name for name in loaded if name.startswith(wings)] == []
    assert {"pandas", "pyarrow", "typer", "structlog"} & set(loaded) == set()
