"""`Prefer`: how it is read, and what a start and a result do with it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from technic.config.settings import StreamSettings
from technic.engine.scan.events import Status
from technic.http.keys import GUESTS
from technic.http.preferences import Preferences
from tests.http.conftest import Serve, Served
from tests.http.scripted_engine import ScriptedEngine, make_rows
from tests.support.waiting import until

PATIENT = {"Prefer": "wait=60"}


@pytest.mark.parametrize(
    ("headers", "wait_seconds", "respond_async"),
    [
        ([], None, False),
        (["wait=5"], 5, False),
        (['WAIT = "5"'], 5, False),
        (["respond-async, wait=5"], 5, True),
        (["wait=5", "Respond-Async"], 5, True),
        (["wait=5, wait=9"], 5, False),
        (["wait=no, wait=9"], None, False),
        (['return=minimal; note="a, b; wait=7", wait=3;x=y'], 3, False),
        (["wait=0"], 0, False),
        (["wait=61"], 60, False),
        (["wait=999999999999"], 60, False),
        (["wait"], None, False),
        (["wait=-1"], None, False),
        (["wait=1.5"], None, False),
        (["wait=5 6"], None, False),
        (["wait=\u0665"], None, False),
        (['wait="5'], None, False),
        (['"'], None, False),
        ([",,;=,"], None, False),
        (["wait=5" + " " * 2_000], None, False),
    ],
)
def test_what_cannot_be_read_is_as_good_as_not_there(
    headers: list[str], wait_seconds: int | None, *, respond_async: bool
) -> None:
    request = make_mocked_request("GET", "/", headers=CIMultiDict(("Prefer", text) for text in headers))
    assert Preferences.of(request) == Preferences(wait_seconds, respond_async)


async def post(served: Served, prefer: str, **fields: Any) -> tuple[int, Any, str | None]:
    async with served.client.post("/scan/start", json=fields, headers={"Prefer": prefer}) as response:
        return response.status, await response.json(), response.headers.get("Preference-Applied")


async def test_a_scan_that_ends_in_time_is_answered_with_its_rows(
    served: Served, engine: ScriptedEngine
) -> None:
    posting = asyncio.ensure_future(post(served, "respond-async, wait=60"))
    await until(lambda: len(served.app[GUESTS]))
    await engine.submitted.wait()
    engine.end(rows=make_rows(["SIM0001", "SIM0002"]))
    status, body, applied = await posting
    assert (status, body["status"], body["total"], applied) == (200, "completed", 2, "wait=60")
    assert body["results_url"] == "/scan/results/s1"


async def test_one_that_does_not_is_accepted_as_usual(served: Served, engine: ScriptedEngine) -> None:
    status, body, applied = await post(served, "wait=0, respond-async")
    assert (status, body["status"], applied) == (202, "pending", "wait=0, respond-async")
    async with served.client.post("/scan/start", headers={"Prefer": "wait=0"}) as response:
        assert response.headers["Location"] == "/scan/progress/s2"
        assert response.headers["Retry-After"] == "1"


@pytest.mark.parametrize("prefer", ["", "wait=soon", "return=minimal"])
async def test_without_a_wait_nothing_is_waited_for_or_applied(served: Served, prefer: str) -> None:
    assert (await post(served, prefer))[::2] == (202, None)


async def test_whoever_would_not_wait_is_told_that_this_was_heeded(served: Served) -> None:
    assert (await post(served, "respond-async"))[::2] == (202, "respond-async")


async def test_a_failed_scan_that_ends_in_time_is_200_and_says_so(
    served: Served, engine: ScriptedEngine
) -> None:
    posting = asyncio.ensure_future(post(served, "wait=60"))
    await until(lambda: len(served.app[GUESTS]))
    await engine.submitted.wait()
    engine.end(status=Status.FAILED)
    status, body, _ = await posting
    assert (status, body["status"]) == (200, "failed")


async def test_a_client_that_leaves_such_a_wait_leaves_its_scan_running(
    served: Served, engine: ScriptedEngine
) -> None:
    posting = asyncio.ensure_future(post(served, "wait=60"))
    await until(lambda: len(served.app[GUESTS]))
    posting.cancel()
    await until(lambda: len(served.app[GUESTS]) == 0)
    assert engine.cancelled == []
    assert (await served.json("GET", "/scan/active"))[1]["count"] == 1


async def test_with_no_room_for_who_waits_it_is_not_waited(serve: Serve, engine: ScriptedEngine) -> None:
    served = await serve(engine, streams=StreamSettings(max_streams=1))
    engine.begin("seen")
    async with served.client.ws_connect("/scan/ws/seen"):
        assert (await post(served, "wait=60"))[::2] == (202, None)


async def test_a_call_that_says_it_waits_to_the_end_does_so_whatever_it_would_like(
    served: Served, engine: ScriptedEngine
) -> None:
    posting = asyncio.ensure_future(post(served, "respond-async, wait=0", async_mode=False))
    await until(lambda: len(served.app[GUESTS]))
    await engine.submitted.wait()
    engine.end()
    assert (await posting)[::2] == (200, None)


async def test_results_can_be_waited_for(served: Served, engine: ScriptedEngine) -> None:
    engine.begin()
    asking = asyncio.ensure_future(served.json("GET", "/scan/results/s1", headers=PATIENT))
    await until(lambda: len(served.app[GUESTS]))
    engine.end(rows=make_rows(["SIM0001"]))
    assert (await asking)[1]["total"] == 1
    async with served.client.get("/scan/results/s1?format=csv", headers=PATIENT) as response:
        assert response.headers["Preference-Applied"] == "wait=60"


async def test_results_that_are_not_there_in_time_are_409_and_of_nobody_404(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    brief = {"Prefer": "wait=0"}
    assert (await served.json("GET", "/scan/results/s1", headers=brief))[0] == 409
    assert (await served.json("GET", "/scan/results/s1?partial=true", headers=brief))[0] == 200
    assert (await served.json("GET", "/scan/results/nobody", headers=PATIENT))[0] == 404
