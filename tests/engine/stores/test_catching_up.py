"""How a store gets out of a trouble: what is written first, what is not any more, and when it gives up."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import threading
from contextlib import contextmanager

import pytest

from technic.engine.stores import database, transactions
from technic.engine.stores.database import FILE, connect
from technic.engine.stores.history import HistoryQuery, StatisticsQuery
from technic.engine.stores.wal import empty
from tests.engine.stores.test_trouble import locked, well
from tests.support.scans import START, scanned
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    monkeypatch.setattr("technic.engine.stores.trouble.RETRY_SECONDS", 0.02)


@pytest.fixture
def held_up(monkeypatch):
    """The next group is held up until the second event is set, and fails or is written then."""
    write, begun, go_on = transactions.write, threading.Event(), threading.Event()

    def hold_up(*, fails):
        def late(*args):
            monkeypatch.setattr(transactions, "write", write)
            begun.set()
            assert go_on.wait(10)
            if fails:
                raise sqlite3.OperationalError("locked again")
            return write(*args)

        monkeypatch.setattr(transactions, "write", late)
        return begun, go_on

    return hold_up


@pytest.mark.parametrize("fails", [True, False])
async def test_a_scan_forgotten_while_it_is_being_written_stays_forgotten(tmp_path, opened, held_up, fails):
    store = await opened()
    with locked(tmp_path / "home"):
        await scanned(store)
        begun, go_on = held_up(fails=fails)
    await until(begun.is_set)
    forgetting = asyncio.create_task(store.forget("a"))
    await until(lambda: store._writer.doomed)
    go_on.set()
    assert await forgetting
    await well(store)
    assert await store.get("a") is None
    await store.close()
    assert await (await opened()).get("a") is None


@contextmanager
def nearly_full(folder):
    """The disk takes small writes to the file's log, and no large one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (folder / f"{FILE}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 400_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_result_that_does_not_fit_keeps_no_other_scan_off_the_disk(tmp_path, opened, after_crash):
    store = await opened()
    await scanned(store, "before")
    with nearly_full(tmp_path / "home"):
        await scanned(store, "large", rows=20_000)
        await scanned(store, "small")
        await until(lambda: store._archive.held("small") is None)
        assert store.health().trouble is not None
        assert store._archive.held("large") is not None
        copy, _ = await after_crash()
        assert (await copy.get("small")).result.total == 1
    await well(store)


async def test_a_store_closes_where_only_small_writes_fit(tmp_path, opened):
    store = await opened()
    with nearly_full(tmp_path / "home"):
        await scanned(store, "large", rows=20_000)
        async with asyncio.timeout(10):
            await store.close()


async def test_what_is_written_late_and_in_another_order_is_forgotten_in_the_order_of_the_ends(
    tmp_path, opened
):
    store = await opened(max_scans=2)
    with locked(tmp_path / "home"):
        await scanned(store, "large", rows=50)
        await scanned(store, "small")
    await well(store)
    await scanned(store, "last")
    assert await store.sweep(START) == ["large"]
    await store.close()


async def test_a_page_that_is_read_while_the_store_catches_up_has_each_scan_once(
    tmp_path, opened, monkeypatch
):
    store = await opened()
    read = store._archive._read

    async def late(what):
        await well(store)  # by now it is on the disk too
        return await read(what)

    with monkeypatch.context() as patch:
        with locked(tmp_path / "home"):
            await scanned(store)
            patch.setattr(store._archive, "_read", late)
            asking = asyncio.create_task(store.history(HistoryQuery()))
            counting = asyncio.create_task(store.statistics(StatisticsQuery()))
            await asyncio.sleep(0)
        page = await asking
        assert ([entry.snapshot.scan_id for entry in page.entries], page.total) == (["a"], 1)
        assert (await counting).scans == 1


async def test_whoever_reads_for_long_holds_up_no_writer(tmp_path, opened):
    await opened()
    writing, reading = (connect(tmp_path / "home" / FILE) for _ in range(2))
    writing.execute("PRAGMA busy_timeout = 60000")
    reading.execute("BEGIN")
    reading.execute("SELECT count(*) FROM scans").fetchone()
    writing.execute("UPDATE meta SET value = value")
    async with asyncio.timeout(20):
        await asyncio.to_thread(empty, writing)
    assert writing.execute("PRAGMA busy_timeout").fetchone() == (60_000,)
    reading.close()
    writing.close()
