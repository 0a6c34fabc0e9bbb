"""Cancelling a scan in whatever state it is, on a real server with real workers."""

import asyncio

import pytest
from aiohttp import ClientSession

from tests.support.server import serving
from tests.support.waiting import until
from tests.support.watching import call, cancel_and_see_it_end, end_of, next_where, start, strict

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def narrow_server(tmp_path_factory):
    """A server that runs one scan at a time and kills a unit soon; everything takes a minute to arrive."""
    with serving(
        tmp_path_factory.mktemp("narrow"),
        sources__simulated__symbols=65,
        sources__simulated__years=1,
        sources__simulated__latency_seconds=1,
        engine__unit_symbols=64,
        engine__max_running_scans=1,
        engine__cancel_grace_seconds=0.1,
    ) as server:
        yield server


@pytest.fixture
async def narrow(narrow_server):
    async with ClientSession(narrow_server.url) as client:
        yield client


async def test_while_it_waits_it_is_cancelled_at_once_and_never_runs(narrow):
    runs = await start(narrow)
    waits = await start(narrow)
    status, body = await call(narrow, "POST", waits["cancel_url"])
    assert (status, body["status"]) == (200, "cancelled")
    last = await end_of(narrow, waits)
    assert (last["status"], last["started_at"], last["stage"]) == ("cancelled", None, "queued")
    assert (await call(narrow, "GET", waits["results_url"]))[1]["results"] == []
    assert (await cancel_and_see_it_end(narrow, runs))["status"] == "cancelled"


async def test_while_it_fetches_it_stops_and_the_next_one_begins(narrow):
    first, second = await start(narrow), await start(narrow)
    async with narrow.ws_connect(first["websocket_url"]) as socket:
        await next_where(socket, lambda frame: frame["stage"] == "data_fetching")
    assert (await cancel_and_see_it_end(narrow, first))["stage"] == "data_fetching"
    async with narrow.ws_connect(second["websocket_url"]) as socket:
        await next_where(socket, lambda frame: frame["status"] == "running")
        await socket.send_json({"action": "cancel"})
        frames = [strict(message.data) async for message in socket]
    assert frames[-1]["status"] == "cancelled"


async def test_while_a_unit_is_stuck_its_worker_is_killed(narrow, narrow_server):
    """Rating has begun and will never end: the worker is stopped in the middle of it."""
    assert (await call(narrow, "GET", "/scan?symbols=SIM0065"))[0] == 200
    stuck = narrow_server.workers()
    for worker in stuck:
        worker.suspend()
    scan = await start(narrow, symbols=["SIM0065"], lookback_bars=77)
    async with narrow.ws_connect(scan["websocket_url"]) as socket:
        await next_where(socket, lambda frame: frame["stage"] == "symbol_scanning")
    last = await cancel_and_see_it_end(narrow, scan)
    assert (last["status"], last["cancel_requested"]) == ("cancelled", True)
    await until(lambda: any(not worker.is_running() for worker in stuck))
    for worker in stuck:
        if worker.is_running():
            worker.resume()
    status, body = await call(narrow, "GET", "/scan?symbols=SIM0065&lookback_bars=78")
    assert (status, len(body["results"])) == (200, 1)


async def test_at_any_moment_of_its_life_the_scan_ends_in_one_way_and_says_the_same_everywhere(quick):
    """Cancels that race with every stage, the end included: whichever wins, nothing is torn."""

    async def race(turns):
        scan = await start(quick, fresh=True, lookback_bars=130)
        for _ in range(turns):
            await call(quick, "GET", "/health/live")
        _, answer = await call(quick, "POST", scan["cancel_url"])
        last = await end_of(quick, scan)
        _, result = await call(quick, "GET", scan["results_url"])
        assert last["status"] in {"completed", "cancelled"}
        assert result["status"] == last["status"]
        assert (await call(quick, "GET", scan["progress_url"]))[1] == last
        assert len(result["results"]) == result["total"] == last["matches"]
        assert (last["percentage"] == 100) == (last["status"] == "completed")
        if answer["status"] in {"completed", "cancelled"}:
            assert answer["status"] == last["status"]
        return last["status"]

    ends, turns = await asyncio.gather(*(race(0) for _ in range(4))), 1
    while "completed" not in ends:  # ever later, until the scan wins
        ends += await asyncio.gather(*(race(turns + n) for n in range(4)))
        turns *= 2
    assert "cancelled" in ends


@pytest.mark.parametrize(
    ("fields", "cancels", "status"),
    [({"max_symbols": 1}, 0, "completed"), ({"symbols": ["NOBODY"]}, 0, "failed"), ({}, 1, "cancelled")],
)
async def test_once_it_has_ended_it_stays_as_it_is(slow, quick, fields, cancels, status):
    client = slow if cancels else quick
    scan = await start(client, **fields)
    for _ in range(cancels):
        await call(client, "POST", scan["cancel_url"])
    ended = await end_of(client, scan)
    for _ in range(2):
        code, body = await call(client, "POST", scan["cancel_url"])
        assert (code, body["status"]) == (200, status)
        assert "cannot be cancelled" in body["message"]
    assert (await call(client, "GET", scan["progress_url"]))[1] == ended


async def test_one_that_nobody_knows_is_404(quick):
    status, body = await call(quick, "POST", "/scan/cancel/nobody")
    assert (status, body["code"]) == (404, "unknown_scan")
