"""Rows written into a file as they come, and what else is read beside scans."""

from __future__ import annotations

import asyncio
import io
import json

import msgpack
import pyarrow.parquet as pq
import pytest
from aiohttp import web

from technic.client import ForeignAnswer, TechnicClient
from technic.errors import ConfigError, ScanUnfinished, TechnicError, UnknownScan, UnknownSymbol
from technic.http.problems import error_body
from tests.http.scripted_engine import make_rows

NAMES = [f"S{number}" for number in range(900)]


@pytest.fixture
def ended(served):
    served.engine.begin()
    served.engine.end(rows=make_rows(NAMES))
    return served


async def exported(served, **asked):
    file = io.BytesIO()
    await (await served.client()).export("s1", file, **asked)
    return file.getvalue()


async def test_each_form_is_what_the_server_makes_of_the_rows(ended):
    table = pq.read_table(io.BytesIO(await exported(ended)))
    assert table.column("symbol").to_pylist() == NAMES
    lines = (await exported(ended, form="csv")).decode().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["symbol", *NAMES]
    lines = (await exported(ended, form="jsonl")).splitlines()
    assert [json.loads(line)["symbol"] for line in lines] == NAMES
    rows = json.loads(await exported(ended, form="json", offset=5, limit=2))["results"]
    assert [row["symbol"] for row in rows] == ["S5", "S6"]
    packed = msgpack.unpackb(await exported(ended, form="msgpack"))
    assert len(packed["results"]) == len(NAMES)


async def test_a_file_whose_connection_breaks_is_begun_anew_and_holds_each_row_once(ended):
    whole = await exported(ended, form="csv")
    tries = []

    async def break_off(request, handler):
        response = await handler(request)
        tries.append(request.path)
        if len(tries) < 3:
            body = response.body
            headers = {"Content-Type": "text/csv", "Content-Length": str(len(body))}
            response = web.StreamResponse(headers=headers)
            await response.prepare(request)
            await response.write(body[: len(body) // 2])
            request.transport.abort()
        return response

    ended.barrier = break_off
    assert await exported(ended, form="csv") == whole
    assert len(tries) == 3


async def test_how_far_it_is_is_told_up_to_the_whole(ended):
    told = []
    content = await exported(ended, form="csv", on_bytes=lambda *far: told.append(far))
    assert told[-1] == (len(content), len(content))
    assert [received for received, _ in told] == sorted(received for received, _ in told)


async def test_a_file_that_is_named_appears_when_it_is_whole(ended, tmp_path):
    path = tmp_path / "rows.csv"
    seen = []
    await (await ended.client()).export(
        "s1", path, form="csv", on_bytes=lambda *_: seen.append(path.exists())
    )
    assert path.read_bytes() == await exported(ended, form="csv")
    assert seen
    assert not any(seen)
    assert list(tmp_path.iterdir()) == [path]


async def test_what_was_there_stays_where_the_export_fails(ended, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("before")
    client = await ended.client()
    with pytest.raises(UnknownScan):
        await client.export("nope", str(path), form="csv")
    with pytest.raises(FileNotFoundError):
        await client.export("s1", tmp_path / "none" / "rows.csv", form="csv")
    assert (path.read_text(), list(tmp_path.iterdir())) == ("before", [path])


async def test_what_the_server_refuses_is_raised_and_nothing_is_left(ended):
    client, file = await ended.client(), io.BytesIO(b"old")
    with pytest.raises(UnknownScan):
        await client.export("nobody", file)
    assert file.getvalue() == b""
    with pytest.raises(ConfigError, match="tech_rating"):
        await client.export("s1", file, sort_by="tech_ratng")
    ended.engine.begin("s2")
    with pytest.raises(ScanUnfinished):
        await client.export("s2", file)


async def test_a_page_of_somebody_else_is_no_file_of_rows(served):
    async def page(request, handler):
        return web.Response(text="<html>It works!</html>", content_type="text/html")

    served.barrier = page
    with pytest.raises(ForeignAnswer):
        await (await served.client()).export("s1", io.BytesIO())


async def test_a_page_without_an_end_of_somebody_else_fills_no_disk(served, monkeypatch):
    monkeypatch.setattr("technic.remote.downloads.REFUSAL_BYTES", 1000)
    received = []

    async def endless(request, handler):
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        while len(received) < 9 and request.transport is not None and not request.transport.is_closing():
            await response.write(b"<p>" * 10_000)
        return response

    served.barrier = endless
    with pytest.raises(ForeignAnswer):
        await (await served.client()).export(
            "s1", io.BytesIO(), on_bytes=lambda done, _total: received.append(done)
        )
    assert received == []


async def test_a_refusal_that_comes_in_pieces_is_read_whole(served):
    async def slowly(request, handler):
        problem = json.dumps(error_body(ScanUnfinished("it runs"))).encode()
        response = web.StreamResponse(status=409, headers={"Content-Type": "application/problem+json"})
        await response.prepare(request)
        for first in range(0, len(problem), 100):
            await response.write(problem[first : first + 100])
            await asyncio.sleep(0.01)
        return response

    served.barrier = slowly
    with pytest.raises(ScanUnfinished, match="it runs"):
        await (await served.client()).export("s1", io.BytesIO())


async def test_a_symbol_and_the_universe_are_read(quick_server):
    async with TechnicClient(quick_server.url) as client:
        report = await client.symbol("SIM0001", lookback_bars=100)
        assert (report["symbol"], len(report["votes"]), len(report["bars"])) == ("SIM0001", 26, 100)
        universe = await client.universe(limit=2)
        assert [listing["symbol"] for listing in universe["symbols"]] == ["SIM0001", "SIM0002"]
        with pytest.raises(UnknownSymbol):
            await client.symbol("NO/BODY")
        with pytest.raises(TechnicError, match="lookback_bars"):
            await client.symbol("SIM0001", lookback_bars=3)
