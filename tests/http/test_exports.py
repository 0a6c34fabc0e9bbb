"""Results of any size in every form: sent while they are made, whole or visibly broken off."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import socket

import aiohttp
import msgpack
import numpy as np
import pyarrow.parquet as pq
import pytest

from technic.config.settings import StreamSettings
from technic.engine.codec.packing import RecordDamaged
from technic.engine.scan.events import Status
from technic.engine.sheets import HeldSheets
from technic.http.exports import Exports
from technic.http.keys import EXPORTS, GUESTS
from technic.http.results import AT_ONCE_ROWS
from technic.scanner.rows import Rows
from tests.http.scripted_engine import make_rows
from tests.http.test_delivery import connect
from tests.http.test_delivery_limits import read_all
from tests.support.waiting import until

FORMS = ("json", "jsonl", "csv", "parquet", "msgpack")
COUNT = 20_000
ROWS = make_rows([f"SIM{n}" for n in range(COUNT)], close=np.random.default_rng(1).permutation(COUNT))

READERS = {
    "json": lambda content: json.loads(content)["results"],
    "msgpack": lambda content: msgpack.unpackb(content)["results"],
    "jsonl": lambda content: [json.loads(line) for line in content.splitlines()],
    "csv": lambda content: list(csv.DictReader(io.StringIO(content.decode(), newline=""))),
    "parquet": lambda content: pq.read_table(io.BytesIO(content)).to_pylist(),
}


class Watched(HeldSheets):
    """Sheets that count how often they are read, and cannot be read from one on."""

    def __init__(self, rows, lost_from=None):
        super().__init__(rows)
        self.reads = 0
        self.lost_from = lost_from

    async def read(self, place):
        self.reads += 1
        if self.lost_from is not None and place >= self.lost_from:
            raise RecordDamaged("a piece of a stored table of rows is lost")
        return await super().read(place)


@pytest.fixture
def ended(engine):
    """A scan that has ended with many rows."""
    engine.begin()
    engine.end(rows=ROWS)
    return engine


async def fetch(served, query, **options):
    async with served.client.get(f"/scan/results/s1?{query}", **options) as response:
        return response, await response.read()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "query", ["", "&offset=3000&limit=2000", "&sort_by=close&descending=false&limit=9000"]
)
async def test_a_large_page_holds_what_many_small_ones_hold(served, ended, form, query):
    response, content = await fetch(served, f"format={form}{query}")
    assert "Content-Length" not in response.headers
    rows = READERS[form](content)
    plain = {"": ROWS.symbols, "&offset=3000&limit=2000": ROWS.symbols[3000:5000]}
    wanted = plain.get(query) or [ROWS.symbols[place] for place in np.argsort(ROWS.columns["close"])[:9000]]
    assert [row["symbol"] for row in rows] == wanted
    _, first = await fetch(served, f"format={form}{query.partition('&limit')[0]}&limit=3")
    assert READERS[form](first) == rows[:3]


@pytest.mark.parametrize("form", ["json", "msgpack"])
async def test_what_stands_round_the_rows_is_the_same_however_many_they_are(served, ended, form):
    read = {"json": json.loads, "msgpack": msgpack.unpackb}[form]
    (_, many), (_, few) = [await fetch(served, f"format={form}&limit={n}") for n in (COUNT, 1)]
    assert len(read(many).pop("results")) == COUNT
    assert list(read(many)) == list(read(few))
    assert read(many) | {"results": []} == read(few) | {"results": []}


@pytest.mark.parametrize("form", FORMS)
async def test_a_result_without_rows_is_whole(served, engine, form):
    engine.begin()
    engine.end()
    response, content = await fetch(served, f"format={form}")
    assert READERS[form](content) == []
    assert int(response.headers["Content-Length"]) == len(content)


async def test_rows_that_are_in_memory_are_made_json_once_whoever_asks(served, engine, monkeypatch):
    small, made, to_dicts = make_rows(["SIM1", "SIM2"]), [], Rows.to_dicts
    engine.begin()
    engine.end(rows=small)
    monkeypatch.setattr(Rows, "to_dicts", lambda rows, *rest: made.append(rows) or to_dicts(rows, *rest))
    (_, first), (_, second) = [await fetch(served, "format=json") for _ in range(2)]
    assert first == second
    assert [row["symbol"] for row in READERS["json"](first)] == ["SIM1", "SIM2"]
    assert len(made) == 1
    assert made[0] is small
    for _ in range(2):
        await fetch(served, "format=json&limit=1")
    assert len(made) == 3, "what is cut for one reader is not kept: it would hold the whole table"


@pytest.mark.parametrize("accept", ["application/x-ndjson", "application/jsonl", "application/ndjson;q=0.5"])
async def test_json_lines_are_a_form_like_the_others(served, ended, accept):
    response, content = await fetch(served, "limit=2", headers={"Accept": accept})
    assert response.headers["Content-Type"] == "application/x-ndjson"
    assert response.headers["Content-Disposition"] == 'attachment; filename="scan-s1.jsonl"'
    assert len(content.splitlines()) == 2
    assert (await fetch(served, "limit=2&format=ndjson"))[1] == content


@pytest.mark.parametrize("limit", [AT_ONCE_ROWS, COUNT])
@pytest.mark.parametrize("form", FORMS)
async def test_head_says_what_get_would_and_makes_no_rows(served, ended, form, limit):
    url = f"/scan/results/s1?format={form}&limit={limit}"
    got, _ = await fetch(served, f"format={form}&limit={limit}")
    async with served.client.head(url) as response:
        assert await response.read() == b""
    differ = {"Date", "X-Request-ID", "Transfer-Encoding"}
    assert {k: v for k, v in response.headers.items() if k not in differ} == {
        k: v for k, v in got.headers.items() if k not in differ
    }
    assert (await served.json("GET", "/health/live"))[
        0
    ] == 200  # on the same connection: nothing is left over


async def test_an_ended_result_has_a_tag_by_which_it_is_not_sent_twice(served, ended):
    response, _ = await fetch(served, "format=csv")
    tag = response.headers["ETag"]
    for query, status in (("format=csv", 304), ("format=jsonl", 200), ("format=csv&limit=9", 200)):
        again, content = await fetch(served, query, headers={"If-None-Match": tag})
        assert (again.status, bool(content)) == (status, status == 200)


async def test_a_scan_that_goes_on_has_no_tag(served, engine):
    engine.begin()
    response, _ = await fetch(served, "partial=true")
    assert "ETag" not in response.headers


@pytest.mark.parametrize("form", FORMS)
async def test_rows_that_cannot_be_read_at_all_are_a_problem(served, ended, form):
    ended.unread["s1"] = Watched(ROWS, lost_from=0)
    response, content = await fetch(served, f"format={form}")
    assert (response.status, json.loads(content)["code"]) == (500, "record_damaged")
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "msgpack"])
async def test_rows_that_cannot_be_read_any_more_break_the_answer_off(served, ended, form):
    ended.unread["s1"] = Watched(ROWS, lost_from=3)
    with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientOSError, ConnectionError)):
        await fetch(served, f"format={form}")
    assert served.app[EXPORTS].under_way == len(served.app[GUESTS]) == 0


async def test_a_client_of_http_1_0_sees_that_it_is_broken_off_too(served, ended):
    ended.unread["s1"] = Watched(ROWS, lost_from=3)
    reader, writer = await asyncio.open_connection(served.host, served.port)
    writer.write(b"GET /scan/results/s1?format=csv HTTP/1.0\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        await reader.read(-1)
    writer.close()


async def test_a_client_that_leaves_stops_the_work(served, ended):
    ended.unread["s1"] = sheets = Watched(ROWS)
    with await connect(served, "/scan/results/s1?format=json", receive_bytes=4096) as raw:
        await until(lambda: sheets.reads > 0)
        assert served.app[EXPORTS].under_way == 1
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    await until(lambda: served.app[EXPORTS].under_way == 0)
    assert sheets.reads < len(sheets.sizes)


async def test_one_that_reads_nothing_is_cut_off_and_nothing_is_made_for_it_meanwhile(serve, ended):
    served = await serve(ended, streams=StreamSettings(send_timeout_seconds=0.2))
    ended.unread["s1"] = sheets = Watched(ROWS)
    with await connect(served, "/scan/results/s1?format=json", receive_bytes=4096) as raw:
        await until(lambda: served.app[EXPORTS].under_way == 1)
        await until(lambda: served.app[EXPORTS].under_way == 0)
        assert sheets.reads < len(sheets.sizes)
        with pytest.raises(ConnectionResetError):
            await read_all(raw)


async def test_more_than_so_many_at_once_are_refused_and_small_ones_are_not(served, ended):
    served.app[EXPORTS]._most = 1
    with served.app[EXPORTS].seat():
        response, content = await fetch(served, "format=csv")
        assert (response.status, json.loads(content)["code"]) == (429, "too_many_exports")
        assert response.headers["Retry-After"] == "2"
        assert (await fetch(served, "format=csv&limit=5"))[0].status == 200
    assert (await fetch(served, "format=csv"))[0].status == 200


async def test_a_server_that_stops_does_not_wait_for_a_reader(serve, ended):
    served = await serve(ended)
    with await connect(served, "/scan/results/s1?format=json", receive_bytes=4096):
        await until(lambda: served.app[EXPORTS].under_way == 1)
        async with asyncio.timeout(20):
            await served.runner.cleanup()
    assert served.app[EXPORTS].under_way == 0


async def test_a_scan_that_was_cancelled_can_be_exported_too(served, engine):
    engine.begin()
    engine.end(status=Status.CANCELLED, rows=ROWS)
    _, content = await fetch(served, "format=jsonl")
    assert len(content.splitlines()) == COUNT


def test_seats_are_given_back():
    exports = Exports(most=1)
    for _ in range(3):
        with exports.seat():
            assert exports.under_way == 1
    exports.close()
