"""The REST routes as clients use them, with an engine that does what the test says."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from typing import Any

import msgpack
import pyarrow.parquet as pq
import pytest
from yarl import URL

from technic.config.settings import ServerSettings
from technic.engine.scan.events import Status
from technic.errors import (
    ApiError,
    Failure,
    InsufficientHistory,
    NothingToScan,
    QueueFull,
    Stopping,
    TimeoutExceeded,
    WorkerDied,
)
from technic.http.legacy import READERS, read_parameters
from technic.scanner.request import ScanRequest
from tests.http.conftest import Serve, Served
from tests.http.scripted_engine import ScriptedEngine, make_rows

FIVE = make_rows([f"SIM{n}" for n in range(5)], close=[3.0, 1.0, float("nan"), 5.0, 4.0])
JSON = {"Content-Type": "application/json"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}
BYTES = {"Content-Type": "application/octet-stream"}


async def test_a_start_is_accepted_and_says_where_everything_is(
    served: Served, engine: ScriptedEngine
) -> None:
    async with served.client.post("/scan/start", json={"max_symbols": 3, "min_tech_rating": 10}) as response:
        body = await response.json()
    assert response.status == 202
    assert response.headers["Location"] == body["progress_url"] == "/scan/progress/s1"
    assert int(response.headers["Retry-After"]) >= 1
    assert body["status"] == "pending"
    urls = {"progress_url", "websocket_url", "sse_url", "results_url", "cancel_url"}
    assert set(body) == {"scan_id", "status", "message", *urls}
    assert engine.requests == [ScanRequest(max_symbols=3, min_tech_rating=10.0)]


@pytest.mark.parametrize("body", [None, b"", b"  "])
async def test_a_start_without_a_body_is_a_default_scan(
    served: Served, engine: ScriptedEngine, body: bytes | None
) -> None:
    status, _ = await served.json("POST", "/scan/start", data=body)
    assert status == 202
    assert engine.requests == [ScanRequest()]


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/vnd.technic+json",
        "text/plain",
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded",
        "",
        None,
    ],
)
async def test_a_json_object_is_a_request_whatever_curl_calls_it(
    served: Served, engine: ScriptedEngine, kind: str | None
) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    status, body = await served.json(
        "POST",
        "/scan/start",
        data=b'{"max_symbols": 3}',
        headers=headers,
        skip_auto_headers=["Content-Type"],
    )
    assert status == 202, body
    assert engine.requests == [ScanRequest(max_symbols=3)]


async def test_a_start_that_waits_answers_with_the_rows(served: Served, engine: ScriptedEngine) -> None:
    waiting = asyncio.ensure_future(served.json("POST", "/scan/start", json={"async_mode": False}))
    await engine.submitted.wait()
    engine.end(rows=FIVE)
    status, body = await waiting
    assert status == 200
    assert body["status"] == "completed"
    assert body["complete"] is True
    assert [row["symbol"] for row in body["results"]] == ["SIM0", "SIM1", "SIM2", "SIM3", "SIM4"]
    assert {"scan_id", "progress_url", "cancel_url", "total", "performance_metrics", "failures"} <= set(body)


async def test_a_start_that_waits_for_a_failed_scan_is_200_and_says_so(
    served: Served, engine: ScriptedEngine
) -> None:
    waiting = asyncio.ensure_future(served.json("POST", "/scan/start", json={"async_mode": False}))
    await engine.submitted.wait()
    engine.end(status=Status.FAILED, error=NothingToScan("the folder is empty").failure())
    status, body = await waiting
    assert (status, body["status"], body["complete"]) == (200, "failed", False)
    assert body["error"]["code"] == "nothing_to_scan"


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"data": b"{", "headers": JSON}, 400, "malformed_body"),
        ({"data": b'{"min_tech_rating": NaN}', "headers": JSON}, 400, "malformed_body"),
        ({"data": b"\xff\xfe", "headers": JSON}, 400, "malformed_body"),
        ({"data": b"junk", "headers": JSON | {"Content-Encoding": "gzip"}}, 400, "malformed_body"),
        ({"data": b"<a/>", "headers": {"Content-Type": "text/xml"}}, 415, "unsupported_media_type"),
        ({"data": b"{}", "headers": MULTIPART}, 415, "unsupported_media_type"),
        ({"data": b"{}", "headers": BYTES}, 415, "unsupported_media_type"),
        ({"data": {"max_symbols": "3"}}, 400, "malformed_body"),
        ({"data": "3"}, 422, "invalid_request"),
        ({"data": b"x" * 300_000, "headers": JSON}, 413, "body_too_large"),
        ({"json": [1, 2]}, 422, "invalid_request"),
        ({"json": {"max_symbol": 3}}, 422, "invalid_request"),
    ],
)  # fmt: skip
async def test_a_start_that_cannot_be_used_is_a_problem(
    served: Served, engine: ScriptedEngine, options: dict[str, Any], status: int, code: str
) -> None:
    async with served.client.post("/scan/start", **options) as response:
        body = await response.json(content_type="application/problem+json")
    assert (response.status, body["status"], body["code"]) == (status, status, code)
    assert body["instance"] == "/scan/start"
    assert body["message"]
    assert body["suggestion"]
    assert engine.requests == []


async def test_every_fault_of_a_request_is_pointed_to(served: Served) -> None:
    _, body = await served.json("POST", "/scan/start", json={"max_symbol": 3, "min_tech_rating": "high"})
    assert {(fault["pointer"], fault["nearest"]) for fault in body["errors"]} == {
        ("/max_symbol", "max_symbols"),
        ("/min_tech_rating", None),
    }


@pytest.mark.parametrize(
    ("error", "status", "wait"), [(QueueFull("full", retry_after=6.2), 429, "7"), (Stopping("bye"), 503, "1")]
)
async def test_a_refused_start_says_when_to_come_back(
    served: Served, engine: ScriptedEngine, error: Exception, status: int, wait: str
) -> None:
    engine.failure = error
    async with served.client.post("/scan/start") as response:
        assert response.status == status
        assert response.headers["Retry-After"] == wait
        assert (await response.json(content_type=None))["recoverable"] is True


async def test_what_nobody_foresaw_is_500_with_the_requests_id_and_without_its_text(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.failure = ValueError("secret")
    async with served.client.post("/scan/start", headers={"X-Request-ID": "my-1"}) as response:
        text = await response.text()
    assert response.status == 500
    assert response.headers["X-Request-ID"] == "my-1"
    assert response.headers["Server"] == "technic"
    assert json.loads(text)["metadata"] == {"request_id": "my-1"}
    assert "secret" not in text
    assert "Traceback" not in text


@pytest.mark.parametrize("name", ["%7B%7D", "$%7Bx%7D", "%3Cimg%20src=x%3E", "..%2F..", "%00", "%E2%80%AE"])
async def test_whatever_stands_for_an_id_in_a_path_is_one_that_nobody_knows(
    served: Served, name: str
) -> None:
    for path in ("/scan/progress/", "/scan/results/"):
        status, body = await served.json("GET", URL(path + name, encoded=True))
        assert (status, body["code"]) == (404, "unknown_scan")


async def test_progress_results_and_cancel_of_an_unknown_scan_are_404(served: Served) -> None:
    for method, path in (("GET", "progress"), ("GET", "results"), ("POST", "cancel")):
        status, body = await served.json(method, f"/scan/{path}/nobody")
        assert (status, body["code"], body["instance"]) == (404, "unknown_scan", f"/scan/{path}/nobody")


async def test_results_of_a_scan_that_runs_are_409_unless_partial_ones_are_asked_for(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    status, body = await served.json("GET", "/scan/results/s1")
    assert (status, body["code"], body["retry_after"]) == (409, "scan_unfinished", 1.0)
    status, body = await served.json("GET", "/scan/results/s1?partial=true")
    assert (status, body["status"], body["complete"]) == (200, "running", False)


async def test_results_are_paged_and_ordered(served: Served, engine: ScriptedEngine) -> None:
    engine.begin()
    engine.end(rows=FIVE)
    _, body = await served.json("GET", "/scan/results/s1?sort_by=close&offset=1&limit=3")
    assert [row["close"] for row in body["results"]] == [4.0, 3.0, 1.0]
    assert body["total"] == 5
    _, body = await served.json("GET", "/scan/results/s1?sort_by=close&descending=false&limit=null")
    assert [row["close"] for row in body["results"]] == [1.0, 3.0, 4.0, 5.0, None]


async def test_a_result_with_failures_is_not_complete(served: Served, engine: ScriptedEngine) -> None:
    engine.begin()
    failure = InsufficientHistory("7 bars", affected_symbols=("SIM9",)).failure()
    engine.end(rows=FIVE, failures=(failure,))
    _, body = await served.json("GET", "/scan/results/s1")
    assert body["complete"] is False
    assert body["failures"][0]["affected_symbols"] == ["SIM9"]
    assert body["failures"][0]["code"] == "insufficient_history"


async def test_results_come_in_every_format(served: Served, engine: ScriptedEngine) -> None:
    engine.begin()
    engine.end(rows=FIVE)
    got = {}
    for form in ("json", "csv", "parquet", "msgpack"):
        async with served.client.get(f"/scan/results/s1?format={form}&limit=2") as response:
            assert response.status == 200
            got[form] = await response.read()
    assert [row["symbol"] for row in json.loads(got["json"])["results"]] == ["SIM0", "SIM1"]
    assert [row["symbol"] for row in csv.DictReader(io.StringIO(got["csv"].decode()))] == ["SIM0", "SIM1"]
    assert pq.read_table(io.BytesIO(got["parquet"]))["symbol"].to_pylist() == ["SIM0", "SIM1"]
    assert msgpack.unpackb(got["msgpack"]) == json.loads(got["json"])


async def test_a_format_that_there_is_not_is_406(served: Served, engine: ScriptedEngine) -> None:
    engine.begin()
    engine.end()
    for options in ({"params": {"format": "xml"}}, {"headers": {"Accept": "text/html"}}):
        status, body = await served.json("GET", "/scan/results/s1", **options)
        assert (status, body["code"]) == (406, "not_acceptable")


async def test_cancel_is_idempotent_and_tells_an_ended_scan_by_its_status(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    for _ in range(2):
        status, body = await served.json("POST", "/scan/cancel/s1")
        assert (status, body["scan_id"], body["status"]) == (200, "s1", "cancelling")
    engine.end()
    status, body = await served.json("POST", "/scan/cancel/s1")
    assert (status, body["status"]) == (200, "completed")


async def test_active_scans_are_listed(served: Served, engine: ScriptedEngine) -> None:
    assert await served.json("GET", "/scan/active") == (200, {"count": 0, "scans": []})
    engine.begin("a", status=Status.PENDING)
    engine.begin("b")
    engine.begin("c")
    engine.end("c")
    _, body = await served.json("GET", "/scan/active")
    assert body["count"] == 2
    assert [(scan["scan_id"], scan["status"]) for scan in body["scans"]] == [
        ("a", "pending"),
        ("b", "running"),
    ]
    assert {"stage", "percentage", "message"} <= set(body["scans"][0])


async def test_the_legacy_call_waits_and_warns_of_what_it_does_not_know(
    served: Served, engine: ScriptedEngine
) -> None:
    query = "/scan?max_symbols=50&min_tech_rating=15&colour=red&async_mode=true&sector="
    waiting = asyncio.ensure_future(served.json("GET", query))
    await engine.submitted.wait()
    engine.end(rows=FIVE)
    status, body = await waiting
    assert status == 200
    assert set(body) == {"results", "performance_metrics", "elapsed_seconds", "warnings"}
    assert len(body["results"]) == 5
    assert engine.requests == [ScanRequest(max_symbols=50, min_tech_rating=15.0)]
    assert [warning.split("'")[1] for warning in body["warnings"]] == ["colour", "async_mode", "sector"]
    assert "'sectors'" in body["warnings"][2]


async def test_a_legacy_scan_that_somebody_cancelled_says_so(served: Served, engine: ScriptedEngine) -> None:
    waiting = asyncio.ensure_future(served.json("GET", "/scan"))
    await engine.submitted.wait()
    engine.end(status=Status.CANCELLED, rows=FIVE)
    status, body = await waiting
    assert (status, len(body["results"])) == (200, 5)
    assert "cancelled" in body["warnings"][0]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NothingToScan("none").failure(), 502),
        (TimeoutExceeded("late").failure(), 504),
        (WorkerDied("gone").failure(), 500),
        (ApiError("down").failure(), 500),
    ],
)
async def test_a_legacy_scan_that_failed_is_a_problem(
    served: Served, engine: ScriptedEngine, error: Failure, status: int
) -> None:
    waiting = asyncio.ensure_future(served.json("GET", "/scan"))
    await engine.submitted.wait()
    engine.end(status=Status.FAILED, error=error)
    got, body = await waiting
    assert (got, body["status"], body["code"]) == (status, status, error.code)
    assert body["metadata"]["scan_id"] == "s1"


async def test_a_legacy_parameter_of_the_wrong_type_is_422(served: Served) -> None:
    status, body = await served.json("GET", "/scan?max_symbols=many&min_tech_rating=nan&descending=perhaps")
    assert status == 422
    assert {fault["pointer"] for fault in body["errors"]} == {
        "/max_symbols",
        "/min_tech_rating",
        "/descending",
    }


def test_the_legacy_call_knows_every_field_of_a_request() -> None:
    assert {*READERS, "async_mode"} == set(ScanRequest.model_fields)


def test_legacy_parameters_become_json_values() -> None:
    fields, warnings = read_parameters(
        {"symbols": "A,B", "fresh": "1", "target_rr": "2.5", "filters": '[{"field":"rsi"}]', "limit": "null"}
    )
    assert fields == {"symbols": ["A", "B"], "fresh": True, "target_rr": 2.5, "filters": [{"field": "rsi"}]}
    assert warnings == []


async def test_unknown_paths_and_methods_are_problems(served: Served) -> None:
    async with served.client.get("/scam/start", headers={"Accept": "text/html"}) as response:
        body = await response.json(content_type="application/problem+json")
        assert (response.status, body["code"]) == (404, "not_found")
    async with served.client.delete("/scan/start") as response:
        body = await response.json(content_type="application/problem+json")
        assert (response.status, body["code"], response.headers["Allow"]) == (
            405,
            "method_not_allowed",
            "POST",
        )


async def test_head_answers_where_get_is_cheap_and_starts_nothing_elsewhere(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    async with served.client.head("/scan/progress/s1") as response:
        assert (response.status, await response.read()) == (200, b"")
    for path in ("/scan", "/scan/sse/s1", "/scan/ws/s1"):
        async with served.client.head(path) as response:
            assert response.status == 405
    assert engine.requests == []


@pytest.mark.parametrize("origins", [(), ("https://app.example",)])
async def test_options_lists_what_a_path_allows(
    serve: Serve, engine: ScriptedEngine, origins: tuple[str, ...]
) -> None:
    served = await serve(engine, ServerSettings(allowed_origins=origins))
    async with served.client.options("/scan/active") as response:
        assert (response.status, response.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    async with served.client.options("/nothing") as response:
        assert response.status == 404


async def test_health_says_what_there_is_and_readiness_whether_scans_are_taken(
    served: Served, engine: ScriptedEngine
) -> None:
    status, body = await served.json("GET", "/health")
    assert (status, body["status"], body["source"]) == (200, "healthy", "simulated")
    assert body["version"]
    assert body["features"]["progress_tracking"] is True
    assert body["features"]["redis"] is False
    assert await served.json("GET", "/health/live") == (200, {"status": "alive"})
    assert await served.json("GET", "/health/ready") == (200, {"status": "ready"})


async def test_an_engine_that_takes_no_scans_is_degraded_and_not_ready(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.is_ready = False
    async with served.client.get("/health/ready") as response:
        body = await response.json(content_type="application/problem+json")
    assert (response.status, body["code"], body["recoverable"]) == (503, "not_ready", True)
    assert response.headers["Retry-After"] == "2"
    status, body = await served.json("GET", "/health")
    assert (status, body["status"], body["ready"]) == (200, "degraded", False)
    assert await served.json("GET", "/health/live") == (200, {"status": "alive"})


async def test_presets_and_fields_are_listed_as_requests_name_them(served: Served) -> None:
    _, presets = await served.json("GET", "/presets")
    _, fields = await served.json("GET", "/fields")
    assert {"golden_cross", "trend_template"} <= {preset["name"] for preset in presets["presets"]}
    assert {"tech_rating", "rsi"} <= {field["name"] for field in fields["fields"]}
    assert "crosses_above" in fields["operators"]
    operators = {field["name"]: field["operators"] for field in fields["fields"]}
    assert operators["nr7"] == ["==", "!=", "is_null"]
