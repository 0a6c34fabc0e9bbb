"""What a durable store promises the next process."""

from __future__ import annotations

from dataclasses import replace

import pytest

from technic.config.settings import StoreSettings
from technic.engine.stores.base import Claim, Reservation
from technic.engine.stores.history import HistoryQuery
from technic.engine.stores.memory import MemoryStore
from technic.engine.stores.sqlite import SqliteStore
from technic.scanner.request import ScanRequest
from tests.support.scans import RESERVED, SOURCE, START, ended, kept, pending, result, running, scanned

DURABLE = {"sqlite": SqliteStore}


@pytest.fixture(params=DURABLE)
async def opened(request, tmp_path):
    """A function that opens the store of one folder, closing the one before."""
    stores = []

    async def open_store():
        while stores:
            await stores.pop().close()
        stores.append(DURABLE[request.param](tmp_path / "home", StoreSettings(kind=request.param)))
        await stores[0].open()
        return stores[0]

    yield open_store
    for store in stores:
        await store.close()


async def begun(store, scan_id="a", claim=None):
    await store.create(ScanRequest(max_symbols=3), pending(scan_id), RESERVED, claim)
    await store.commit(running(scan_id))


async def test_the_memory_store_leaves_nothing():
    store = MemoryStore(StoreSettings())
    await store.open()
    await begun(store)
    assert not store.durable
    assert await store.unfinished() == []


async def test_an_ended_scan_is_there_again(opened):
    store = await opened()
    await scanned(store, rows=3, failed=("X",), tags=("t",))
    epoch, health = store.epoch, store.health()
    store = await opened()
    known = await store.get("a")
    assert (known.snapshot, known.result.total) == (ended(tags=("t",)), 3)
    assert (store.epoch, store.health(), store.durable) == (epoch, health, True)
    assert await store.unfinished() == []
    assert (await store.history(HistoryQuery(tag="t"))).total == 1


async def test_a_pending_scan_is_left_as_it_was(opened):
    await (await opened()).create(ScanRequest(max_symbols=3), pending(), RESERVED)
    store = await opened()
    (left,) = await store.unfinished()
    assert (left.request, left.snapshot) == (ScanRequest(max_symbols=3), pending())
    assert (left.reserved, left.strikes, left.source, left.kept) == (RESERVED, 0, None, ())
    assert left.states == (pending(),)
    assert await store.active() == [pending()]
    assert await store.unfinished() == []


async def test_a_running_scan_is_left_with_all_that_was_kept(opened):
    store = await opened()
    await begun(store)
    await store.reserve("a", Reservation(3000, 42.5))
    await store.keep("a", kept(2, "A", "B", failed=("X",), rsi=4), SOURCE)
    await store.commit(running("a", 3, cancel_requested=True))
    await store.keep("a", kept(4, "C"), SOURCE)
    store.note(running("a", 5, percentage=30.0))
    store = await opened()
    (left,) = await store.unfinished()
    assert left.snapshot == running("a", 5, percentage=30.0)
    assert (left.reserved, left.source) == (Reservation(3000, 42.5), SOURCE)
    assert [(k.seq, k.checkpoint.rated) for k in left.kept] == [(2, ("A", "B")), (4, ("C",))]
    first = left.kept[0].checkpoint
    assert (first.rows.symbols, first.rejected, len(first.failures)) == (["A", "B"], {"rsi": 4}, 1)
    assert [(s.seq, s.status) for s in left.states] == [(0, "pending"), (1, "running"), (3, "running")]


async def test_what_is_left_is_read_and_goes_on_to_its_end(opened):
    store = await opened()
    await begun(store, claim=Claim("k", "r", "a"))
    await store.keep("a", kept(2, "A"), SOURCE)
    store = await opened()
    assert [rows.symbols for rows in (await store.get("a")).found] == [["A"]]
    assert await store.claim("k") == Claim("k", "r", "a")
    await store.readmit("a", Reservation(2000, 10.0), 1)
    await store.keep("a", kept(1001, "B"), SOURCE)
    store = await opened()
    (left,) = await store.unfinished()
    assert [k.seq for k in left.kept] == [2, 1001]
    assert left.reserved == Reservation(2000, 10.0)
    await store.commit(ended("a", 2001), result(2))
    store = await opened()
    assert await store.unfinished() == []
    assert (await store.get("a")).result.total == 2
    assert await store.claim("k") == Claim("k", "r", "a")


async def test_what_was_discarded_is_not_there_again(opened):
    store = await opened()
    await begun(store)
    await store.keep("a", kept(2, "A"), SOURCE)
    await store.keep("a", kept(3, "B"), SOURCE)
    await store.discard("a")
    await store.keep("a", kept(4, "C"), replace(SOURCE, version="v2"))
    store = await opened()
    (left,) = await store.unfinished()
    assert [k.checkpoint.rated for k in left.kept] == [("C",)]
    assert left.source.version == "v2"


async def test_the_oldest_is_left_first(opened):
    store = await opened()
    for name in "cab":
        await begun(store, name)
    store = await opened()
    assert [left.snapshot.scan_id for left in await store.unfinished()] == ["c", "a", "b"]


async def test_what_was_forgotten_stays_forgotten(opened):
    store = await opened()
    await scanned(store)
    await store.forget("a")
    store = await opened()
    assert await store.get("a") is None
    assert await store.sweep(START) == []


async def test_a_scan_that_was_left_on_purpose_has_no_strike(opened):
    store = await opened()
    await begun(store)
    store = await opened()
    await store.readmit("a", Reservation(2000, 10.0), 2)
    store = await opened()
    assert (await store.unfinished())[0].strikes == 0
