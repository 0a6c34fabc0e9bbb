"""Ended scans over HTTP: pages of them, figures over them, and forgetting one."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from yarl import URL

from technic.engine.scan.events import Status
from technic.engine.stores.history import (
    Caching,
    FailingSymbol,
    FrequentFailure,
    HistoryEntry,
    HistoryPage,
    HistoryQuery,
    PresetUse,
    Quantiles,
    Rejection,
    Span,
    Statistics,
    StatisticsQuery,
    Throughput,
)
from technic.http import history, past
from tests.http.conftest import Served
from tests.http.scripted_engine import ScriptedEngine, make_snapshot

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def make_entry(scan_id: str, **request: Any) -> HistoryEntry:
    """A scan that has ended."""
    ended = make_snapshot(scan_id, status=Status.COMPLETED, percentage=100.0, completed_at=NOON)
    return HistoryEntry(ended, request, rows=7)


def page(asked: Any) -> HistoryQuery:
    assert isinstance(asked, HistoryQuery)
    return asked


async def test_a_page_says_of_each_scan_what_a_list_shows_and_where_the_rest_is(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.past = [make_entry("s9", preset="oversold", tags=["mine"])]
    status, body = await served.json("GET", "/scan/history")
    assert status == 200
    assert {name: body[name] for name in ("total", "offset", "limit", "next")} == {
        "total": 1, "offset": 0, "limit": 50, "next": None,
    }  # fmt: skip
    (scan,) = body["scans"]
    assert (scan["scan_id"], scan["status"], scan["rows"], scan["symbols"]) == ("s9", "completed", 7, 500)
    assert scan["completed_at"] == "2026-01-05T12:00:00.000Z"
    assert scan["request"] == {"preset": "oversold", "tags": ["mine"]}
    assert (scan["progress_url"], scan["results_url"]) == ("/scan/progress/s9", "/scan/results/s9")
    assert page(engine.asked[0]) == HistoryQuery()


async def test_next_and_its_link_lead_through_all_pages_and_keep_what_was_asked_for(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.past = [make_entry(f"s{n}") for n in range(5)]
    seen, url = [], "/scan/history?limit=2&tag=a%26b&status=completed"
    while url:
        async with served.client.get(URL(url, encoded=True)) as response:
            body = await response.json()
            links = response.headers.getall("Link", [])
        seen += [scan["scan_id"] for scan in body["scans"]]
        assert links == ([f'<{body["next"]}>; rel="next"'] if body["next"] else [])
        url = body["next"]
    assert seen == ["s0", "s1", "s2", "s3", "s4"]
    assert [(page(asked).offset, page(asked).tag) for asked in engine.asked] == [
        (0, "a&b"), (2, "a&b"), (4, "a&b"),
    ]  # fmt: skip


async def test_a_page_behind_the_last_one_is_empty_and_leads_nowhere(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.past = [make_entry("s1")]
    _, body = await served.json("GET", "/scan/history?offset=9")
    assert (body["scans"], body["total"], body["next"]) == ([], 1, None)


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("status=failed,cancelled", {"statuses": (Status.FAILED, Status.CANCELLED)}),
        ("status=failed&status=Cancelled", {"statuses": (Status.FAILED, Status.CANCELLED)}),
        ("status=", {}),
        ("tag=a%20b", {"tag": "a b"}),
        ("scan_id=f9", {"scan_id": "f9"}),
        ("preset=oversold&text=rsi%20%3C", {"preset": "oversold", "text": "rsi <"}),
        ("preset=&text=", {}),
        ("since=2026-01-05", {"since": datetime(2026, 1, 5, tzinfo=UTC)}),
        ("since=2026-01-05T12:00:00Z", {"since": NOON}),
        ("since=2026-01-05T14:00:00+02:00", {"since": NOON}),
        ("until=2026-01-05t12:00:00.25z", {"until": NOON.replace(microsecond=250_000)}),
        ("until=2026-01-05T12:00:00.123456789-00:00", {"until": NOON.replace(microsecond=123_456)}),
        ("offset=3&limit=500&utm_source=x", {"offset": 3, "limit": 500}),
    ],
)
async def test_what_is_asked_of_the_history_reaches_it(
    served: Served, engine: ScriptedEngine, query: str, meant: dict[str, Any]
) -> None:
    status, body = await served.json("GET", URL(f"/scan/history?{query}", encoded=True))
    assert status == 200, body
    assert page(engine.asked[0]) == HistoryQuery(**meant)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("status=running", "/status"),
        ("status=done,failed", "/status"),
        ("since=yesterday", "/since"),
        ("since=1767614400", "/since"),
        ("since=2026-01-05T12:00:00", "/since"),
        ("since=2026-02-30", "/since"),
        ("since=2026-01-05T25:00:00Z", "/since"),
        ("since=0001-01-01T00:00:00%2B23:59", "/since"),
        ("until=٢٠٢٦-01-05", "/until"),
        ("since=2026-01-05&until=2026-01-05", "/until"),
        ("limit=0", "/limit"),
        ("limit=501", "/limit"),
        ("offset=-1", "/offset"),
        ("scan_id=" + "f" * 65, "/scan_id"),
        ("preset=" + "f" * 65, "/preset"),
        ("text=" + "f" * 201, "/text"),
    ],
)  # fmt: skip
async def test_a_query_that_cannot_be_used_is_pointed_to(
    served: Served, engine: ScriptedEngine, query: str, pointer: str
) -> None:
    status, body = await served.json("GET", f"/scan/history?{query}")
    assert (status, body["code"]) == (422, "invalid_query")
    assert [fault["pointer"] for fault in body["errors"]] == [pointer]
    assert engine.asked == []


async def test_long_lists_of_a_request_are_cut_in_a_page(served: Served, engine: ScriptedEngine) -> None:
    asked = [f"SIM{n}" for n in range(20_000)]
    engine.past = [make_entry("s1", symbols=asked, filters=[{"field": "sector", "op": "in", "value": asked}])]
    _, body = await served.json("GET", "/scan/history")
    request = body["scans"][0]["request"]
    for shown in (request["symbols"], request["filters"][0]["value"]):
        assert shown == [*asked[:20], "and 19980 more"]


async def test_a_page_is_rendered_beside_the_event_loop(
    served: Served, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def body(*asked: Any) -> Any:
        threads.append(threading.current_thread() is not threading.main_thread())
        return past.history_body(*asked)

    monkeypatch.setattr(history, "history_body", body)
    assert (await served.json("GET", "/scan/history"))[0] == 200
    assert threads == [True]


async def test_statistics_are_told_as_they_are(served: Served, engine: ScriptedEngine) -> None:
    engine.figures = Statistics(
        scans=3,
        by_status={"completed": 2, "failed": 1},
        seconds={"all": Quantiles(0.25, 1.23456, 2)},
        stage_seconds={"queued": Quantiles(0.0, 0.5, 2)},
        durations=(Span(0.5, 1), Span(1.0, 0), Span(2.0, 1)),
        throughput=(
            Throughput(NOON, 3, 1500, {"completed": 2, "failed": 1}, 512.3456, Caching(1, 2, 3)),
            Throughput(NOON, 1, 0),
        ),
        failures=(FrequentFailure("worker_died", "system_error", 4, 2),),
        symbols=(FailingSymbol("SIM0007", 2, "worker_died"),),
        presets=(PresetUse("oversold", 2, 14), PresetUse(None, 1, 0)),
        rejected=(Rejection("rsi < 30", 900, 2),),
    )
    status, body = await served.json("GET", "/scan/stats?since=2026-01-05&bucket_seconds=60")
    assert status == 200
    assert body == {
        "since": "2026-01-05T00:00:00.000Z",
        "until": None,
        "bucket_seconds": 60,
        "scans": 3,
        "by_status": {"completed": 2, "failed": 1},
        "seconds": {"all": {"p50": 0.25, "p95": 1.235, "count": 2}},
        "stage_seconds": {"queued": {"p50": 0.0, "p95": 0.5, "count": 2}},
        "durations": [{"up_to": 0.5, "scans": 1}, {"up_to": 1.0, "scans": 0}, {"up_to": 2.0, "scans": 1}],
        "throughput": [
            {
                "at": "2026-01-05T12:00:00.000Z", "scans": 3, "symbols": 1500,
                "by_status": {"completed": 2, "failed": 1}, "symbols_per_second": 512.3,
                "cache": {"hits": 1, "misses": 2, "shared": 3},
            },
            {
                "at": "2026-01-05T12:00:00.000Z", "scans": 1, "symbols": 0, "by_status": {},
                "symbols_per_second": None, "cache": {"hits": 0, "misses": 0, "shared": 0},
            },
        ],
        "failures": [{"code": "worker_died", "error_type": "system_error", "symbols": 4, "scans": 2}],
        "symbols": [{"symbol": "SIM0007", "scans": 2, "code": "worker_died"}],
        "presets": [
            {"preset": "oversold", "scans": 2, "matches": 14}, {"preset": None, "scans": 1, "matches": 0},
        ],
        "rejected": [{"condition": "rsi < 30", "rows": 900, "scans": 2}],
    }  # fmt: skip
    assert engine.asked == [StatisticsQuery(since=datetime(2026, 1, 5, tzinfo=UTC), bucket_seconds=60)]


@pytest.mark.parametrize("query", ["bucket_seconds=0", "bucket_seconds=x", "until=no"])
async def test_statistics_that_cannot_be_had_are_pointed_to(served: Served, query: str) -> None:
    status, body = await served.json("GET", f"/scan/stats?{query}")
    assert (status, body["errors"][0]["pointer"]) == (422, "/" + query.partition("=")[0])


async def test_an_ended_scan_is_forgotten_once_and_unknown_then(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    engine.end()
    async with served.client.delete("/scan/s1") as response:
        assert (response.status, await response.read()) == (204, b"")
    status, body = await served.json("DELETE", "/scan/s1")
    assert (status, body["code"]) == (404, "unknown_scan")


async def test_a_scan_that_runs_is_not_forgotten(served: Served, engine: ScriptedEngine) -> None:
    engine.begin()
    status, body = await served.json("DELETE", "/scan/s1")
    assert (status, body["code"]) == (409, "scan_unfinished")
    assert (await served.json("GET", "/scan/progress/s1"))[0] == 200


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("history", {"GET", "HEAD"}),
        ("stats", {"GET", "HEAD"}),
        ("active", {"GET", "HEAD"}),
        ("start", {"POST"}),
    ],
)
async def test_the_word_of_another_route_is_no_scans_id(served: Served, path: str, allowed: set[str]) -> None:
    async with served.client.delete(f"/scan/{path}") as response:
        assert response.status == 405
        assert set(response.headers["Allow"].split(",")) == allowed


async def test_a_page_of_somebody_else_may_not_forget_a_scan(served: Served, engine: ScriptedEngine) -> None:
    engine.begin()
    engine.end()
    status, body = await served.json("DELETE", "/scan/s1", headers={"Origin": "http://evil.example"})
    assert (status, body["code"]) == (403, "forbidden")
    assert (await served.json("GET", "/scan/progress/s1"))[0] == 200


def test_a_scan_that_failed_before_it_had_stages_can_be_listed() -> None:
    bare = replace(make_entry("s1").snapshot, stages=())
    (scan,) = past.history_body(HistoryPage((HistoryEntry(bare, {}, 0),), 1))["scans"]
    assert scan["symbols"] == 0
