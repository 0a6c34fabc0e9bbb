"""The eighteen cases that today's clients rely on: every key that they read, over real sockets."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from technic import ScanRequest, run_scan
from technic.config.settings import Settings, SimulatedSettings, SourcesSettings
from technic.scanner.progress_calls import ProgressCalls
from technic.scanner.stages import SCANNING, STAGES
from tests.conftest import SLOW_SYMBOLS
from tests.support.watching import (
    call,
    cancel_and_see_it_end,
    check_order,
    end_of,
    over_sse,
    over_websocket,
    start,
    strict,
)

pytestmark = pytest.mark.timeout(60)

SYMBOLS = 300
URLS = {"progress_url", "websocket_url", "sse_url", "results_url", "cancel_url"}
SNAPSHOT = {
    "scan_id", "status", "stage", "current", "total", "percentage", "message", "eta_seconds",
    "symbols_per_second", "elapsed_seconds", "metadata",
}  # fmt: skip
METADATA = {
    "symbol", "stage_progress_pct", "overall_progress_pct", "stage_eta", "overall_eta", "stage_throughput",
}  # fmt: skip
RESULT = {
    "scan_id", "status", "complete", "results", "total", "performance_metrics", "elapsed_seconds", "error",
    "failures", "warnings",
}  # fmt: skip
METRICS = {
    "total_seconds", "queue_seconds", "symbols_requested", "symbols_scanned", "symbols_returned",
    "symbols_failed", "symbols_per_second", "stage_timings", "scan_stats", "cache", "units", "retries",
    "workers",
}  # fmt: skip
PROBLEM = {
    "type", "title", "status", "detail", "instance", "error_type", "code", "message", "suggestion",
    "recoverable", "retry_after", "affected_symbols", "metadata",
}  # fmt: skip


def check_snapshot(snapshot: dict[str, Any]) -> None:
    """Every key of today's clients, each of the type that they compute with."""
    assert snapshot.keys() >= SNAPSHOT
    assert snapshot["metadata"].keys() >= METADATA
    assert snapshot["metadata"]["overall_progress_pct"] == snapshot["percentage"]
    assert snapshot["metadata"]["overall_eta"] == snapshot["eta_seconds"]
    for name in ("percentage", "elapsed_seconds", "symbols_per_second"):
        assert isinstance(snapshot[name], int | float), name
    assert snapshot["stage"] in {"queued", *STAGES}
    assert snapshot["message"]


async def test_health_tells_the_status_the_version_and_the_features(quick: ClientSession) -> None:
    status, body = await call(quick, "GET", "/health")
    assert (status, body["status"]) == (200, "healthy")
    assert body["version"]
    features = body["features"]
    assert features.keys() >= {"progress_tracking", "websocket", "sse", "redis"}
    assert (features["progress_tracking"], features["websocket"], features["sse"]) == (True, True, True)
    assert isinstance(features["redis"], bool)


async def test_an_async_start_answers_at_once_with_the_id_and_all_addresses(quick: ClientSession) -> None:
    fields = {"max_symbols": 10, "async_mode": True}
    async with quick.post("/scan/start", json=fields) as response:
        body = await response.json()
    assert response.ok
    assert body.keys() >= URLS | {"scan_id", "status", "message"}
    assert body["status"] == "pending"
    assert all(body["scan_id"] in body[url] for url in URLS)
    assert response.headers["Location"] == body["progress_url"]
    assert int(response.headers["Retry-After"]) >= 1
    assert (await end_of(quick, body))["status"] == "completed"


async def test_a_sync_start_answers_with_the_rows(quick: ClientSession) -> None:
    status, body = await call(
        quick, "POST", "/scan/start", json={"max_symbols": 10, "lookback_bars": 150, "async_mode": False}
    )
    assert (status, body["status"], body["complete"]) == (200, "completed", True)
    assert body.keys() >= RESULT | URLS | {"message"}
    assert body["performance_metrics"].keys() >= METRICS
    assert [body["total"], len(body["results"])] == [10, 10]


async def test_progress_is_a_snapshot_with_every_key_that_clients_read(slow: ClientSession) -> None:
    scan = await start(slow)
    status, body = await call(slow, "GET", scan["progress_url"])
    assert status == 200
    check_snapshot(body)
    assert body["scan_id"] == scan["scan_id"]
    assert body["status"] in {"pending", "running"}
    assert 0 <= body["percentage"] < 100
    last = await cancel_and_see_it_end(slow, scan)
    check_snapshot(last)


async def test_progress_of_an_unknown_scan_is_a_404_that_says_so(quick: ClientSession) -> None:
    async with quick.get("/scan/progress/no-such-scan") as response:
        body = strict(await response.read())
    assert (response.status, response.content_type) == (404, "application/problem+json")
    assert body.keys() >= PROBLEM
    assert (body["code"], body["status"]) == ("unknown_scan", 404)


async def test_results_hold_the_rows_best_first_and_what_the_scan_took(quick: ClientSession) -> None:
    scan = await start(quick, max_symbols=40)
    await end_of(quick, scan)
    status, body = await call(quick, "GET", scan["results_url"])
    assert (status, body["status"], body["complete"]) == (200, "completed", True)
    assert (body["scan_id"], body["total"], body["error"]) == (scan["scan_id"], 40, None)
    assert body.keys() >= RESULT
    ratings = [row["tech_rating"] for row in body["results"]]
    assert len(ratings) == 40
    assert ratings == sorted(ratings, reverse=True)
    for row in body["results"]:
        assert row.keys() >= {"symbol", "signal", "tech_rating", "close", "entry", "stop", "target"}
    metrics = body["performance_metrics"]
    assert metrics.keys() >= METRICS
    assert metrics["stage_timings"].keys() == set(STAGES)
    assert metrics["scan_stats"].keys() >= {"attempted", "kept", "rejected", "errors"}


async def test_results_too_early_are_a_409_and_partial_ones_are_there(slow: ClientSession) -> None:
    scan = await start(slow)
    status, body = await call(slow, "GET", scan["results_url"])
    assert (status, body["code"], body["recoverable"]) == (409, "scan_unfinished", True)
    status, body = await call(slow, "GET", f"{scan['results_url']}?partial=true")
    assert (status, body["complete"]) == (200, False)
    assert body["status"] in {"pending", "running"}
    await cancel_and_see_it_end(slow, scan)


async def test_a_cancel_is_confirmed_and_the_scan_ends_as_cancelled(slow: ClientSession) -> None:
    scan = await start(slow)
    async with slow.ws_connect(scan["websocket_url"]) as socket:
        await socket.receive_json()
        status, body = await call(slow, "POST", scan["cancel_url"])
        frames = [strict(message.data) async for message in socket]
    assert (status, body["scan_id"]) == (200, scan["scan_id"])
    assert body["status"] in {"cancelling", "cancelled"}
    assert body["message"]
    assert frames[-1]["status"] == "cancelled"


async def test_a_cancel_of_a_completed_scan_says_that_it_cannot_be(quick: ClientSession) -> None:
    scan = await start(quick, max_symbols=5)
    await end_of(quick, scan)
    status, body = await call(quick, "POST", scan["cancel_url"])
    assert (status, body["status"]) == (200, "completed")
    assert "cannot be cancelled" in body["message"]
    assert (await call(quick, "GET", scan["progress_url"]))[1]["status"] == "completed"


async def test_the_active_list_holds_a_scan_from_its_start_to_its_end(slow: ClientSession) -> None:
    scans = [await start(slow), await start(slow, priority=9)]
    ids = {scan["scan_id"] for scan in scans}
    status, body = await call(slow, "GET", "/scan/active")
    assert (status, body["count"]) == (200, 2)
    assert {one["scan_id"] for one in body["scans"]} == ids
    for one in body["scans"]:
        assert one.keys() >= {"scan_id", "status", "stage", "percentage", "message"}
        assert one["status"] in {"pending", "running"}
    for scan in scans:
        await cancel_and_see_it_end(slow, scan)
    assert await call(slow, "GET", "/scan/active") == (200, {"count": 0, "scans": []})


def test_the_callback_is_told_stage_current_total_message_and_metadata(tmp_path: Path) -> None:
    calls: list[tuple[str, int, int, str, dict[str, Any]]] = []
    settings = Settings(
        data_dir=tmp_path, sources=SourcesSettings(simulated=SimulatedSettings(symbols=150, years=1))
    )
    result = run_scan(
        config=ScanRequest(min_tech_rating=0),
        progress_cb=lambda *told: calls.append(told),
        settings=settings,
    )
    stages, currents, totals, messages, metadata = zip(*calls, strict=True)
    assert list(dict.fromkeys(stages)) == list(STAGES)
    for stage in STAGES:
        counts = [(at, of) for name, at, of in zip(stages, currents, totals, strict=True) if name == stage]
        assert counts[0][0] == 0
        assert counts[-1][0] == counts[-1][1]
        assert counts == sorted(counts)
    assert all(isinstance(message, str) and message for message in messages)
    assert all(one.keys() >= METADATA for one in metadata)
    shares = [one["overall_progress_pct"] for one in metadata]
    assert shares == sorted(shares)
    assert [share == 100 for share in shares] == [False] * (len(shares) - 1) + [True]
    assert dict(zip(stages, totals, strict=True))["symbol_scanning"] == 150
    assert 0 < len(result.frame) < 150


async def test_a_scan_that_succeeds_goes_from_pending_over_running_to_completed(quick: ClientSession) -> None:
    scan = await start(quick, min_tech_rating=-100, fresh=True)
    frames = await over_websocket(quick, f"{scan['websocket_url']}?events=all&since=-1")
    snapshots = [frame for frame in frames if frame["type"] in {"state", "progress"}]
    statuses = [snapshot["status"] for snapshot in snapshots]
    assert list(dict.fromkeys(statuses)) == ["pending", "running", "completed"]
    check_order(snapshots)
    last = snapshots[-1]
    assert (last["percentage"], last["eta_seconds"], last["error"]) == (100, 0, None)
    assert (last["matches"], last["failures"]) == (SYMBOLS, 0)
    assert last["completed_at"] >= last["started_at"] >= last["created_at"]
    assert [(stage["name"], stage["status"]) for stage in last["stages"]] == [
        (name, "completed") for name in STAGES
    ]


async def test_a_scan_that_fails_says_why_and_what_to_do(quick: ClientSession) -> None:
    scan = await start(quick, symbols=["NOBODY", "NOONE"])
    last = await end_of(quick, scan)
    check_snapshot(last)
    assert last["status"] == "failed"
    assert last["percentage"] < 100
    assert last["error"].keys() >= PROBLEM - {"instance"}
    assert last["error"]["error_type"] == "data_error"
    assert last["error"]["suggestion"]
    status, body = await call(quick, "GET", scan["results_url"])
    assert (status, body["status"], body["complete"], body["results"]) == (200, "failed", False, [])
    assert body["error"] == last["error"]


async def test_a_scan_that_is_cancelled_keeps_what_it_found(slow: ClientSession) -> None:
    scan = await start(slow)
    async with slow.ws_connect(f"{scan['websocket_url']}?events=all&since=-1") as socket:
        async for message in socket:
            if strict(message.data)["type"] == "match":
                break
        await call(slow, "POST", scan["cancel_url"])
        last = [strict(message.data) async for message in socket][-1]
    assert (last["status"], last["matches"], last["cancel_requested"]) == ("cancelled", 1, True)
    assert last["percentage"] < 100
    status, body = await call(slow, "GET", scan["results_url"])
    assert (status, body["status"], body["complete"]) == (200, "cancelled", False)
    assert [row["symbol"] for row in body["results"]] == [f"SIM{SLOW_SYMBOLS:04}"]
    assert body["total"] == 1


async def test_the_legacy_call_waits_and_answers_with_the_rows(quick: ClientSession) -> None:
    status, body = await call(quick, "GET", "/scan?max_symbols=50&min_tech_rating=15&colour=blue")
    assert status == 200
    assert body.keys() >= {"results", "performance_metrics", "elapsed_seconds", "warnings"}
    assert body["performance_metrics"]["symbols_scanned"] == 50
    assert 0 < len(body["results"]) < 50
    assert all(row["tech_rating"] >= 15 for row in body["results"])
    assert any("colour" in warning for warning in body["warnings"])
    status, body = await call(quick, "GET", "/scan?symbols=NOBODY")
    assert (status, body["error_type"]) == (502, "data_error")


async def test_an_sse_stream_is_what_an_eventsource_reads(quick: ClientSession) -> None:
    scan = await start(quick)
    async with quick.get(scan["sse_url"]) as response:
        text = await response.text()
    assert (response.status, response.content_type) == (200, "text/event-stream")
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert "retry:" in text
    assert "event:" not in text  # unnamed, so that onmessage gets them
    blocks = [block for block in text.split("\n\n") if "data:" in block]
    assert all(block.split("\n")[-2].startswith("id: ") for block in blocks)
    frames = [strict(block.split("data: ", 1)[1]) for block in blocks]
    check_order(frames)
    for frame in frames:
        check_snapshot(frame)
    assert (frames[-1]["status"], frames[-1]["percentage"]) == ("completed", 100)
    ids = [block.split("id: ", 1)[1].split("\n")[0] for block in blocks]
    async with quick.get(scan["sse_url"], headers={"Last-Event-ID": ids[-1]}) as response:
        assert response.status == 204


def test_a_thousand_callbacks_are_a_thousand_calls() -> None:
    """What one costs is measured by a benchmark; here its count alone is held."""
    calls: list[tuple[Any, ...]] = []
    progress = ProgressCalls(lambda *told: calls.append(told))
    progress.begin(SCANNING, 1000)
    for number in range(1, 1001):
        progress.advance(1, f"SIM{number:04}")
    assert len(calls) == 1001
    assert [current for _, current, *_ in calls] == list(range(1001))


async def test_concurrent_scans_each_end_with_their_own_rows(quick: ClientSession) -> None:
    scans = await asyncio.gather(*(start(quick, max_symbols=10 * n) for n in range(1, 9)))
    assert len({scan["scan_id"] for scan in scans}) == 8
    watched = await asyncio.gather(
        *(over_websocket(quick, scan["websocket_url"]) for scan in scans),
        *(over_sse(quick, scan["sse_url"]) for scan in scans),
    )
    for frames, scan in zip(watched, scans + scans, strict=True):
        check_order(frames)
        assert {frame["scan_id"] for frame in frames} == {scan["scan_id"]}
        assert frames[-1]["status"] == "completed"
    totals = [(await call(quick, "GET", scan["results_url"]))[1]["total"] for scan in scans]
    assert totals == [10 * n for n in range(1, 9)]
