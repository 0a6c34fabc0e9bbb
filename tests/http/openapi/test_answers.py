"""Real answers of a real server against the document: every route, every form, and each way to be refused."""

from __future__ import annotations

import io
import json
from typing import Any

import msgpack
import pyarrow.parquet as pq
import pytest
from aiohttp import ClientResponse, ClientSession

from technic.http.openapi.document import document
from tests.support.strictly import Strictly
from tests.support.watching import end_of, start

DOCUMENT = document()
SCHEMAS = Strictly(DOCUMENT)
JSON = {"Content-Type": "application/json"}


async def check(response: ClientResponse, method: str, path: str) -> Any:
    """An answer is as the document has it; its value, where it is JSON."""
    place = ("paths", path, method.lower(), "responses", str(response.status))
    told = DOCUMENT["paths"][path][method.lower()]["responses"].get(str(response.status))
    body = await response.read()
    assert told is not None, f"{method} {path} answers {response.status}: {body[:300]!r}"
    for name, header in told["headers"].items():
        assert name in response.headers or not ("$ref" in header or header.get("required")), name
    if "content" not in told:
        assert body == b""
        return None
    assert response.content_type in told["content"]
    if response.content_type not in {"application/json", "application/problem+json"}:
        return body
    value = json.loads(body)
    assert SCHEMAS.faults(value, *place, "content", response.content_type, "schema") == []
    return value


@pytest.fixture
async def scan(quick: ClientSession) -> dict[str, Any]:
    """A scan that has ended, with failures among its rows."""
    scan = await start(quick, symbols=["SIM0001", "SIM0002", "NOPE"], tags=["mine"])
    await end_of(quick, scan)
    return scan


READS = (
    ("/scan/progress/{scan_id}", {}),
    ("/scan/results/{scan_id}", {}),
    ("/scan/request/{scan_id}", {}),
    ("/scan/active", {}),
    ("/scan/history", {"limit": "1", "tag": "mine"}),
    ("/scan/stats", {}),
    ("/scan", {"symbols": "SIM0001", "colour": "red"}),
    ("/universe", {"limit": "2", "sector": "Energy"}),
    ("/symbols/{symbol}", {"bars": "3"}),
    ("/presets", {}),
    ("/fields", {}),
    ("/metrics", {}),
    ("/health", {}),
    ("/health/live", {}),
    ("/health/ready", {}),
    ("/openapi.json", {}),
    ("/asyncapi.json", {}),
    ("/docs", {}),
    ("/docs/streams", {}),
    ("/", {}),
    ("/static/{name}", {}),
)


@pytest.mark.parametrize(("path", "query"), READS, ids=[path for path, _ in READS])
async def test_a_read_is_answered_as_documented(
    quick: ClientSession, scan: dict[str, Any], path: str, query: dict[str, str]
) -> None:
    real = path.format(scan_id=scan["scan_id"], symbol="SIM0001", name="js/main.js")
    async with quick.get(real, params=query) as response:
        assert response.status == 200
        assert await check(response, "GET", path) is not None


def test_every_read_is_looked_at() -> None:
    reads = {path for path, methods in DOCUMENT["paths"].items() if "get" in methods}
    assert reads - {path for path, _ in READS} == {
        "/scan/ws", "/scan/sse", "/scan/ws/{scan_id}", "/scan/sse/{scan_id}",
    }  # fmt: skip


async def test_a_start_is_answered_as_documented_whether_it_waits_or_not(quick: ClientSession) -> None:
    async with quick.post("/scan/start", json={"limit": 1}) as response:
        assert response.status == 202
        await check(response, "POST", "/scan/start")
    async with quick.post("/scan/start", json={"limit": 1, "async_mode": False}) as response:
        assert response.status == 200
        await check(response, "POST", "/scan/start")
    waiting = {"Prefer": "wait=20", "Idempotency-Key": "once"}
    async with quick.post("/scan/start", json={"limit": 1}, headers=waiting) as response:
        assert (response.status, response.headers["Preference-Applied"]) == (200, "wait=20")
        await check(response, "POST", "/scan/start")


async def test_a_cancel_and_a_delete_are_answered_as_documented(
    quick: ClientSession, scan: dict[str, Any]
) -> None:
    async with quick.post(scan["cancel_url"]) as response:
        assert (await check(response, "POST", "/scan/cancel/{scan_id}"))["status"] == "completed"
    for status in (204, 404):
        async with quick.delete(f"/scan/{scan['scan_id']}") as response:
            assert response.status == status
            await check(response, "DELETE", "/scan/{scan_id}")


async def test_rows_come_in_every_form_that_is_documented(quick: ClientSession, scan: dict[str, Any]) -> None:
    path = "/scan/results/{scan_id}"
    operation = DOCUMENT["paths"][path]["get"]
    (parameter,) = [each for each in operation["parameters"] if each.get("name") == "format"]
    seen = {}
    for form in parameter["schema"]["anyOf"][0]["enum"]:
        async with quick.get(scan["results_url"], params={"format": form}) as response:
            assert response.status == 200
            seen[response.content_type] = await check(response, "GET", path)
    assert set(seen) == set(operation["responses"]["200"]["content"])
    assert msgpack.unpackb(seen["application/vnd.msgpack"]) == seen["application/json"]
    assert pq.read_table(io.BytesIO(seen["application/vnd.apache.parquet"])).num_rows == 2


REFUSED = (
    ("POST", "/scan/start", {"data": b"{", "headers": JSON}, 400),
    ("POST", "/scan/start", {"headers": {"Idempotency-Key": "a b"}}, 400),
    ("POST", "/scan/start", {"headers": {"Origin": "http://elsewhere.example"}}, 403),
    ("POST", "/scan/start", {"data": b"x" * 300_000, "headers": JSON}, 413),
    ("POST", "/scan/start", {"data": b"<a/>", "headers": {"Content-Type": "text/xml"}}, 415),
    ("POST", "/scan/start", {"json": {"max_symbol": 1}}, 422),
    ("POST", "/scan/start", {"json": {"sectors": ["Enrgy"]}}, 422),
    ("GET", "/scan/progress/{scan_id}", {"headers": {"If-None-Match": "*"}}, 304),
    ("GET", "/scan/progress/{unknown}", {}, 404),
    ("GET", "/scan/results/{unknown}", {}, 404),
    ("GET", "/scan/request/{unknown}", {}, 404),
    ("GET", "/scan/results/{scan_id}", {"headers": {"Accept": "text/html"}}, 406),
    ("GET", "/scan/results/{scan_id}", {"params": {"limit": "x"}}, 422),
    ("POST", "/scan/cancel/{unknown}", {}, 404),
    ("DELETE", "/scan/{unknown}", {}, 404),
    ("GET", "/scan", {"params": {"symbols": "NOPE"}}, 502),
    ("GET", "/scan", {"params": {"limit": "x"}}, 422),
    ("GET", "/scan/history", {"params": {"status": "running"}}, 422),
    ("GET", "/scan/stats", {"params": {"since": "2020-01-02", "until": "2020-01-01"}}, 422),
    ("GET", "/universe", {"params": {"sector": "Enrgy"}}, 422),
    ("GET", "/symbols/{unknown}", {}, 404),
    ("GET", "/symbols/{symbol}", {"params": {"as_of": "1999-01-01"}}, 422),
    ("GET", "/symbols/{symbol}", {"params": [("as_of", "2020-01-01"), ("as_of", "2020-01-02")]}, 422),
    ("GET", "/scan/sse/{unknown}", {}, 404),
    ("GET", "/scan/sse", {"params": {"events": "some"}}, 422),
    ("GET", "/scan/ws", {}, 426),
    ("GET", "/scan/ws/{scan_id}", {}, 426),
    ("GET", "/static/{unknown}", {}, 404),
    ("GET", "/openapi.json", {"headers": {"If-None-Match": "*"}}, 304),
    ("GET", "/docs", {"headers": {"If-None-Match": "*"}}, 304),
    ("GET", "/health", {"headers": {"Host": "rebound.example"}}, 403),
)  # fmt: skip


@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: f"{refused[3]} {refused[0]} {refused[1]}")
async def test_what_cannot_be_answered_is_refused_as_documented(
    quick: ClientSession, scan: dict[str, Any], refused: tuple[str, str, dict[str, Any], int]
) -> None:
    method, path, options, status = refused
    real = path.format(scan_id=scan["scan_id"], symbol="SIM0001", unknown="nobody")
    names = {"/symbols": "symbol", "/static": "name"}
    known = path.replace("unknown", names.get("/" + path.split("/")[1], "scan_id"))
    async with quick.request(method, real, **options) as response:
        assert response.status == status
        await check(response, method, known)


async def test_a_scan_that_goes_on_is_told_as_documented(slow: ClientSession) -> None:
    scan = await start(slow)
    for method, path, status in (
        ("GET", "/scan/progress/{scan_id}", 200),
        ("GET", "/scan/active", 200),
        ("GET", "/scan/results/{scan_id}", 409),
        ("GET", "/scan/results/{scan_id}?partial=true", 200),
        ("DELETE", "/scan/{scan_id}", 409),
        ("POST", "/scan/cancel/{scan_id}", 200),
    ):
        async with slow.request(method, path.format(scan_id=scan["scan_id"])) as response:
            assert response.status == status
            await check(response, method, path.partition("?")[0])
    await end_of(slow, scan)
