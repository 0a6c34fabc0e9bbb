"""What a server remembers: over HTTP, from the command line, and after it was started again."""

import asyncio
import json

import pytest
from aiohttp import ClientSession

from tests.support.server import run_technic, serving
from tests.support.watching import call, cancel_and_see_it_end, end_of, start

pytestmark = pytest.mark.timeout(90)

KEY = {"Idempotency-Key": "once"}
KEPT = {"sources__simulated__symbols": 128, "sources__simulated__years": 1, "store__kind": "sqlite"}


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path, **KEPT) as server:
        yield server


@pytest.fixture
async def client(server):
    async with ClientSession(server.url) as client:
        yield client


async def ids(client, query=""):
    status, body = await call(client, "GET", f"/scan/history{query}")
    assert status == 200, body
    return [scan["scan_id"] for scan in body["scans"]]


async def test_ended_scans_are_listed_newest_first_and_found_by_what_they_are(client):
    one = await start(client, tags=["mine"], limit=2)
    await end_of(client, one)
    two = await start(client, symbols=["NOBODY"])
    await end_of(client, two)
    first, second = one["scan_id"], two["scan_id"]
    assert await ids(client) == [second, first]
    assert await ids(client, "?status=completed") == [first]
    assert await ids(client, "?status=failed,cancelled") == [second]
    assert await ids(client, "?tag=mine") == [first]
    assert await ids(client, f"?scan_id={second[:8]}") == [second]
    assert await ids(client, "?until=2018-02-07") == await ids(client, "?since=2999-01-01") == []
    _, page = await call(client, "GET", "/scan/history?limit=1")
    assert (page["total"], page["scans"][0]["error"]["error_type"]) == (2, "data_error")
    _, page = await call(client, "GET", page["next"])
    (scan,) = page["scans"]
    assert (scan["scan_id"], scan["symbols"], scan["matches"], scan["rows"]) == (first, 128, 128, 2)
    assert (scan["request"], page["next"]) == ({"tags": ["mine"], "limit": 2}, None)
    _, result = await call(client, "GET", scan["results_url"])
    assert result["total"] == 2


async def test_of_many_who_forget_a_scan_at_once_one_is_told_that_it_is_done(client):
    for _ in range(5):
        scan = await start(client, max_symbols=1)
        await end_of(client, scan)
        url = f"/scan/{scan['scan_id']}"
        answers = await asyncio.gather(*(call(client, "DELETE", url) for _ in range(8)))
        assert sorted(status for status, _ in answers) == [204] + [404] * 7
        assert {body["code"] for status, body in answers if status == 404} == {"unknown_scan"}
    assert await ids(client) == []


async def test_figures_count_all_that_has_ended(client):
    for fields in ({}, {"fresh": True}, {"symbols": ["SIM0001", "NOBODY"]}):
        await end_of(client, await start(client, **fields))
    status, body = await call(client, "GET", "/scan/stats?bucket_seconds=86400")
    assert (status, body["scans"], body["by_status"]["completed"]) == (200, 3, 3)
    assert body["seconds"]["all"]["count"] == 3
    assert 0 < body["seconds"]["all"]["p50"] <= body["seconds"]["all"]["p95"]
    assert {"queued", "symbol_scanning"} <= set(body["stage_seconds"])
    assert sum(step["scans"] for step in body["throughput"]) == 3
    assert body["symbols"] == [{"symbol": "NOBODY", "scans": 1, "code": "unknown_symbol"}]


async def test_a_scan_that_was_forgotten_is_gone_from_everywhere_and_its_key_is_free(client):
    status, scan = await call(client, "POST", "/scan/start", headers=KEY)
    await end_of(client, scan)
    assert (await call(client, "DELETE", f"/scan/{scan['scan_id']}"))[0] == 204
    for path in ("progress_url", "results_url"):
        assert (await call(client, "GET", scan[path]))[0] == 404
    assert (await call(client, "DELETE", f"/scan/{scan['scan_id']}"))[0] == 404
    assert await ids(client) == []
    status, anew = await call(client, "POST", "/scan/start", headers=KEY)
    assert (status, anew["scan_id"] != scan["scan_id"]) == (202, True)
    await end_of(client, anew)


async def test_twenty_starts_with_one_key_at_once_are_one_scan(client):
    body = {"async_mode": False, "limit": 1}
    answers = await asyncio.gather(
        *(call(client, "POST", "/scan/start", json=body | {"async_mode": n % 2 == 0}, headers=KEY)
          for n in range(20))
    )  # fmt: skip
    assert {status for status, _ in answers} == {200, 202}
    assert len({answer["scan_id"] for _, answer in answers}) == 1
    await end_of(client, answers[0][1])
    assert len(await ids(client)) == 1


async def test_a_start_that_would_wait_gets_the_rows(client):
    async with client.post("/scan/start", json={"limit": 3}, headers={"Prefer": "wait=30"}) as response:
        body = await response.json()
        assert (response.status, response.headers["Preference-Applied"]) == (200, "wait=30")
    assert (body["status"], len(body["results"])) == ("completed", 3)


async def test_after_a_restart_everything_is_still_there(tmp_path):
    with serving(tmp_path, **KEPT) as server:
        async with ClientSession(server.url) as client:
            _, scan = await call(client, "POST", "/scan/start", json={"limit": 3}, headers=KEY)
            await end_of(client, scan)
            _, rows = await call(client, "GET", scan["results_url"])
            _, listed = await call(client, "GET", "/scan/history")
        server.kill()
    with serving(tmp_path, **KEPT) as server:
        async with ClientSession(server.url) as client:
            assert (await call(client, "GET", "/scan/history"))[1] == listed
            assert (await call(client, "GET", scan["results_url"]))[1] == rows
            assert (await call(client, "GET", "/scan/stats"))[1]["scans"] == 1
            status, again = await call(client, "POST", "/scan/start", json={"limit": 3}, headers=KEY)
            assert (status, again["scan_id"], again["status"]) == (202, scan["scan_id"], "completed")
            _, health = await call(client, "GET", "/health")
            assert (health["storage"]["kind"], health["features"]["resume"]) == ("sqlite", True)


async def test_the_command_line_lists_what_the_server_remembers(server, client, tmp_path):
    scan = await start(client)
    await end_of(client, scan)
    ended = await cancel_and_see_it_end(client, await start(client, fresh=True, lookback_bars=99))
    words = ("history", "--url", server.url, "--since", "1h")
    table = await asyncio.to_thread(run_technic, tmp_path, *words)
    assert (table.returncode, table.stderr) == (0, "")
    assert table.stdout.splitlines()[2].split()[:2] == [ended["scan_id"], ended["status"]]
    assert table.stdout.splitlines()[-1] == "2 scans"
    listed = json.loads((await asyncio.to_thread(run_technic, tmp_path, *words, "--format", "json")).stdout)
    assert [each["scan_id"] for each in listed["scans"]] == [ended["scan_id"], scan["scan_id"]]
    figures = await asyncio.to_thread(run_technic, tmp_path, *words, "--stats")
    assert figures.stdout.startswith("2 scans have ended: ")


async def test_a_scan_of_the_command_line_leaves_the_servers_history_alone(server, client, tmp_path):
    chosen = {"data_dir": tmp_path / "kept", **KEPT}
    done = await asyncio.to_thread(run_technic, tmp_path, "scan", "--limit", "1", **chosen)
    assert done.returncode == 0, done.stderr
    assert await ids(client) == []
    alone = await asyncio.to_thread(run_technic, tmp_path / "alone", "scan", "--limit", "1", **KEPT)
    assert alone.returncode == 0, alone.stderr
    assert not list((tmp_path / "alone").rglob("*.db"))
