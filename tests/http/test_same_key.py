"""One Idempotency-Key, one scan: who gets it, and who cancels it by leaving."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from technic.engine.scan.events import Status
from technic.http.keys import GUESTS, HOLDERS
from tests.http.conftest import Serve, Served
from tests.http.scripted_engine import ScriptedEngine, make_rows
from tests.support.waiting import until

K = {"Idempotency-Key": "k-1"}
Answer = asyncio.Task[tuple[int, Any]]


async def start(served: Served, key: Any = K, **fields: Any) -> tuple[int, Any]:
    """A start that does not wait."""
    return await served.json("POST", "/scan/start", json=fields, headers=key)


async def waiting_call(served: Served, key: Any = K, **fields: Any) -> Answer:
    """A start that waits, once the server holds it."""
    before = len(served.app[GUESTS])
    body = {"async_mode": False} | fields
    call = asyncio.ensure_future(served.json("POST", "/scan/start", json=body, headers=key))
    await until(lambda: call.done() or len(served.app[GUESTS]) > before)
    return call


async def leave(served: Served, call: Answer) -> None:
    """Its client goes, and the server has noticed."""
    before = len(served.app[GUESTS])
    call.cancel()
    await until(lambda: len(served.app[GUESTS]) < before)


@pytest.fixture(params=[False, True], ids=["looked after", "handler_cancellation"])
async def served(serve: Serve, engine: ScriptedEngine, request: pytest.FixtureRequest) -> Served:
    """Both ways in which a server learns that a client has left."""
    return await serve(engine, handler_cancellation=request.param)


async def test_the_same_start_twice_is_one_scan_with_its_present_status(
    served: Served, engine: ScriptedEngine
) -> None:
    first = await start(served, max_symbols=3)
    engine.end(first[1]["scan_id"])
    second = await start(served, max_symbols=3, async_mode=True)
    assert (first[0], first[1]["status"]) == (202, "pending")
    assert (second[0], second[1]["status"]) == (202, "completed")
    assert second[1]["scan_id"] == first[1]["scan_id"]
    assert len(engine.requests) == 1
    assert len(served.app[HOLDERS]) == 0


async def test_the_same_key_with_another_request_is_refused(served: Served, engine: ScriptedEngine) -> None:
    await start(served)
    for waits in (True, False):
        status, body = await start(served, max_symbols=4, async_mode=waits)
        assert (status, body["code"], body["recoverable"]) == (422, "idempotency_key_reused", False)
    assert len(engine.requests) == 1
    assert len(served.app[HOLDERS]) == 0


async def test_another_key_or_none_is_another_scan(served: Served, engine: ScriptedEngine) -> None:
    ids = {(await start(served, key))[1]["scan_id"] for key in (K, {"Idempotency-Key": '"k-1"'}, None, None)}
    assert len(ids) == 4


@pytest.mark.parametrize(
    "key", ["", " ", "two words", "schlüssel", "k" * 256, ("k-1", "k-2"), ("k-1", "k-1")]
)
async def test_what_cannot_be_a_key_is_refused_with_what_to_do(
    served: Served, engine: ScriptedEngine, key: str | tuple[str, str]
) -> None:
    keys = (key,) if isinstance(key, str) else key
    lines = b"".join(b"Idempotency-Key: %b\r\n" % key.encode() for key in keys)
    reader, writer = await asyncio.open_connection(served.host, served.port)
    writer.write(b"POST /scan/start HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%b\r\n" % lines)
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"invalid_idempotency_key"' in answer
    assert b"1 to 255 visible ASCII" in answer
    assert engine.requests == []


async def test_a_key_of_255_characters_is_one(served: Served) -> None:
    assert (await start(served, {"Idempotency-Key": "!" + "~" * 254}))[0] == 202


async def test_a_waiting_call_with_the_key_of_an_ended_scan_gets_its_rows_at_once(
    served: Served, engine: ScriptedEngine
) -> None:
    _, scan = await start(served)
    engine.end(scan["scan_id"], rows=make_rows(["SIM0001"]))
    status, body = await start(served, async_mode=False)
    assert (status, body["scan_id"], body["total"]) == (200, scan["scan_id"], 1)


async def test_two_waiting_calls_with_one_key_get_the_same_rows(
    served: Served, engine: ScriptedEngine
) -> None:
    calls = [await waiting_call(served), await waiting_call(served)]
    await engine.submitted.wait()
    engine.end(rows=make_rows(["SIM0001"]))
    (one, first), (two, second) = await asyncio.gather(*calls)
    assert (one, two, first) == (200, 200, second)
    assert len(engine.requests) == 1
    assert engine.cancelled == []


async def test_a_call_that_waits_alone_and_leaves_cancels_its_scan(
    served: Served, engine: ScriptedEngine
) -> None:
    for key in (K, None):
        engine.stopped.clear()
        await leave(served, await waiting_call(served, key))
        await engine.stopped.wait()
    assert engine.cancelled == ["s1", "s2"]
    await until(lambda: len(served.app[HOLDERS]) == 0)


async def test_the_first_of_two_that_wait_may_leave_and_the_second_gets_the_rows(
    served: Served, engine: ScriptedEngine
) -> None:
    first, second = await waiting_call(served), await waiting_call(served)
    await leave(served, first)
    assert engine.cancelled == []
    engine.end(rows=make_rows(["SIM0001"]))
    assert (await second)[1]["total"] == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_the_last_of_two_that_wait_cancels_the_scan_by_leaving(
    served: Served, engine: ScriptedEngine, order: tuple[int, int]
) -> None:
    calls = [await waiting_call(served), await waiting_call(served)]
    await leave(served, calls[order[0]])
    assert engine.cancelled == []
    await leave(served, calls[order[1]])
    await engine.stopped.wait()
    assert engine.cancelled == ["s1"]


async def test_a_scan_that_was_started_without_waiting_is_not_cancelled_by_one_who_waited_for_it_too(
    served: Served, engine: ScriptedEngine
) -> None:
    await start(served)
    await leave(served, await waiting_call(served))
    await until(lambda: len(served.app[HOLDERS]) == 0)
    assert engine.cancelled == []


async def test_nor_where_the_start_that_does_not_wait_comes_second(
    served: Served, engine: ScriptedEngine
) -> None:
    waits = await waiting_call(served)
    assert (await start(served))[1]["scan_id"] == "s1"
    await leave(served, waits)
    await until(lambda: len(served.app[HOLDERS]) == 0)
    assert engine.cancelled == []


async def test_one_who_comes_with_another_request_holds_nothing(
    served: Served, engine: ScriptedEngine
) -> None:
    waits = await waiting_call(served)
    assert (await start(served, max_symbols=4))[0] == 422
    await leave(served, waits)
    await engine.stopped.wait()
    assert engine.cancelled == ["s1"]


async def test_one_who_leaves_before_its_scan_was_let_in_cancels_it_then(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.arriving.clear()
    waits = await waiting_call(served)
    await engine.submitted.wait()
    waits.cancel()
    await served.json("GET", "/health/live")
    assert engine.cancelled == []
    engine.arriving.set()
    await engine.stopped.wait()
    assert engine.cancelled == ["s1"]


async def test_a_scan_that_is_still_being_let_in_is_held_by_a_start_that_does_not_wait(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.arriving.clear()
    waits = await waiting_call(served)
    await engine.submitted.wait()
    joined = await start(served)
    waits.cancel()
    engine.arriving.set()
    await until(lambda: len(served.app[HOLDERS]) == 0)
    assert (joined[0], engine.cancelled) == (202, [])


async def test_a_scan_that_ended_as_its_client_left_stays_as_it_is(
    served: Served, engine: ScriptedEngine
) -> None:
    waits = await waiting_call(served)
    await engine.submitted.wait()
    engine.end(status=Status.COMPLETED)
    waits.cancel()
    await until(lambda: len(served.app[GUESTS]) == 0)
    assert (await served.json("GET", "/scan/progress/s1"))[1]["status"] == "completed"
