"""Calls: what is tried again, what is not, and what nobody can answer."""

from __future__ import annotations

import gzip

import pytest
from aiohttp import web

from technic.client import ForeignAnswer, ScanRequest, TechnicClient, Unreachable
from technic.engine.scan.events import Status
from technic.errors import (
    ConfigError,
    InvalidRequest,
    QueueFull,
    ScanUnfinished,
    Stopping,
    UnknownScan,
    Unusable,
)
from technic.http.problems import error_body
from tests.client.conftest import HABITS
from tests.client.test_restarts import steady_port
from tests.http.scripted_engine import make_rows


async def test_a_start_whose_answer_is_lost_is_sent_again_and_starts_one_scan(served):
    async def lose(request, handler):
        response = await handler(request)
        if len(served.asked) < 3:
            request.transport.abort()
        return response

    served.barrier = lose
    started = await (await served.client()).start(preset="oversold")
    assert (started.scan_id, started.status, served.count("/scan/start")) == ("s1", "pending", 3)
    (request,) = served.engine.requests
    assert request == ScanRequest(preset="oversold")


async def test_two_starts_are_two_scans_unless_they_have_one_key(served):
    client = await served.client()
    ids = [(await client.start(key=key)).scan_id for key in (None, None, "mine", "mine")]
    assert ids == ["s1", "s2", "s3", "s3"]
    with pytest.raises(ConfigError) as caught:
        await client.start(key="mine", limit=1)
    assert caught.value.code == "idempotency_key_reused"


async def test_a_start_never_waits_for_the_rows(served):
    client = await served.client()
    started = await client.start(ScanRequest(async_mode=False))
    assert started.status == "pending"


async def test_a_bad_request_is_refused_without_a_server():
    async with TechnicClient("http://127.0.0.1:9") as client:
        with pytest.raises(InvalidRequest, match="Did you mean 'limit'"):
            await client.start(limt=3)
        with pytest.raises(TypeError, match="not both"):
            await client.start(ScanRequest(), limit=3)
        with pytest.raises(InvalidRequest, match="is not the place of a frame"):
            await anext(client.watch("s1", since="yesterday"))


async def test_a_busy_server_is_asked_again_when_it_says_so(served):
    """The header says whole seconds, the problem says it more exactly."""

    async def make_room(request, handler):
        if len(served.asked) < 3:
            body = error_body(QueueFull("full", retry_after=0.01))
            return web.json_response(body, status=429, headers={"Retry-After": "9"})
        return await handler(request)

    served.barrier, waits = make_room, []
    assert (await (await served.client()).start(on_wait=waits.append)).scan_id == "s1"
    assert len(served.asked) == 3
    assert waits == ["full", "full"]


@pytest.mark.parametrize(
    "failure", [QueueFull("full", retry_after=600.0), Stopping("off", retry_after=600.0)]
)
async def test_one_that_is_busy_for_longer_than_patience_is_told_of_at_once(failure, served):
    served.engine.failure = failure
    with pytest.raises(type(failure)) as caught:
        await (await served.client()).start()
    assert (caught.value.retry_after, len(served.asked)) == (600.0, 1)


async def test_patience_has_an_end(served):
    async def none(request, handler):
        return web.Response(status=502, text="bad gateway")

    served.barrier = none
    client = await served.client(patience_seconds=1)
    with pytest.raises(Unreachable, match="status 502"):
        await client.health()
    assert len(served.asked) > 1


async def test_nobody_there_is_said_at_once_and_what_to_do():
    async with TechnicClient(f"http://127.0.0.1:{steady_port()}", habits=HABITS) as client:
        with pytest.raises(Unreachable, match="Connection refused") as caught:
            await client.health()
    assert caught.value.advice == "Start one with `technic serve`, or check the address."


async def test_a_server_that_was_there_is_waited_for(served, monkeypatch):
    client, tries = await served.client(patience_seconds=1), []
    await client.health()
    await served.stop()
    refused = client._caller.unreachable
    monkeypatch.setattr(client._caller, "unreachable", lambda error: tries.append(error) or refused(error))
    with pytest.raises(Unreachable, match="Connection refused"):
        await client.health()
    assert len(tries) > 1


@pytest.mark.parametrize(
    ("path", "response"),
    [
        ("/health", web.Response(text="<html>welcome</html>", content_type="text/html")),
        ("/health", web.json_response([])),
        ("/health", web.json_response({"other": 1})),
        ("/health", web.HTTPMovedPermanently("/elsewhere")),
        ("/health", web.Response(status=401, text="who are you?")),
        ("/health", web.Response(status=500, text="oops")),
        ("/scan/progress/s1", web.json_response({"percentage": 3})),
    ],
)
async def test_an_answer_of_somebody_else_is_called_that(path, response, served):
    async def other(request, handler):
        if isinstance(response, web.HTTPException):
            raise response
        return response

    served.barrier = other
    client = await served.client()
    with pytest.raises(ForeignAnswer) as caught:
        await (client.health() if path == "/health" else client.progress("s1"))
    assert caught.value.recoverable is False
    assert len(served.asked) == 1


@pytest.mark.parametrize(
    "told",
    [
        {"scans": 5},
        {"scans": None, "total": None, "next": None},
        {"scans": [7], "total": 1, "next": None},
        {"scans": []},
    ],
)
async def test_a_list_of_scans_that_is_none_is_called_that(told, served):
    async def other(request, handler):
        return web.json_response(told)

    served.barrier = other
    client = await served.client()
    with pytest.raises(ForeignAnswer):
        await client.history()
    if told["scans"] != []:
        with pytest.raises(ForeignAnswer):
            await client.active()


async def test_an_answer_without_an_end_is_cut_off(served, monkeypatch):
    monkeypatch.setattr("technic.remote.caller.LARGEST_ANSWER", 1000)

    async def endless(request, handler):
        return web.Response(body=gzip.compress(b" " * 10**6), headers={"Content-Encoding": "gzip"})

    served.barrier = endless
    with pytest.raises(ForeignAnswer, match="more than 1000 bytes"):
        await (await served.client()).health()


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:8000", "ftp://a", "http://", "http://a b", "http://a?x=1", "http://a:99999", "http://[x"],
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(Unusable, match="is no address of a server"):
        TechnicClient(url)


async def test_a_client_that_is_not_entered_says_so():
    with pytest.raises(RuntimeError, match="async with"):
        await TechnicClient("http://127.0.0.1:9").health()


async def test_a_path_in_front_of_the_routes_and_headers_of_ones_own_are_sent(served):
    async def proxy(request, handler):
        assert request.headers["Authorization"] == "Bearer x"
        return web.json_response({"features": {}, "path": request.path})

    served.barrier = proxy
    async with TechnicClient(f"{served.url}/technic/", headers={"Authorization": "Bearer x"}) as client:
        assert (await client.health())["path"] == "/technic/health"


@pytest.mark.parametrize("scan_id", ["nope", "../health", "a b", "ü?#%2e", ".."])
async def test_an_id_is_taken_as_it_is_and_one_that_is_not_known_is_said_to_be_so(scan_id, served):
    client = await served.client()
    served.engine.begin("there")
    with pytest.raises((UnknownScan, ForeignAnswer, ConfigError)):
        await client.progress(scan_id)
    assert (await client.progress("there")).scan_id == "there"


async def test_results_progress_active_and_cancel_are_those_of_the_server(served):
    client, engine = await served.client(), served.engine
    engine.begin("s1", tags=("mine",))
    with pytest.raises(ScanUnfinished):
        await client.results("s1")
    assert (await client.results("s1", partial=True)).ended is False
    (running,) = await client.active()
    assert (running.scan_id, running.tags, running.ended) == ("s1", ("mine",), False)
    assert (await client.cancel("s1")).status == "cancelling"
    engine.end(rows=make_rows(["A", "B", "C"], close=[3.0, 1.0, 2.0]), status=Status.CANCELLED)
    results = await client.results("s1", offset=1, limit=1, sort_by="close", descending=False)
    assert (results.status, results.total, [row["symbol"] for row in results.rows]) == ("cancelled", 3, ["C"])
    pages = [page async for page in client.pages("s1", size=2)]
    assert [[row["symbol"] for row in page.rows] for page in pages] == [["A", "B"], ["C"]]
    assert engine.cancelled == ["s1"]


async def test_a_scan_without_rows_has_one_page_and_a_typed_frame(served):
    client = await served.client()
    served.engine.begin()
    served.engine.end()
    (page,) = [page async for page in client.pages("s1")]
    assert (page.total, len(page.frame), str(page.frame["close"].dtype)) == (0, 0, "float64")
