"""What becomes of scans when their file cannot be written any more, each time with the real thing."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from contextlib import ExitStack, contextmanager

import pytest
from structlog.testing import capture_logs

from technic.engine.scan.events import Status
from technic.engine.stores import database, file, reading
from technic.engine.stores.base import Claim, Reservation
from technic.engine.stores.database import FILE, connect
from technic.engine.stores.history import HistoryQuery, StatisticsQuery
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from tests.support.rows import make_rows
from tests.support.scans import RESERVED, SOURCE, START, ended, kept, pending, result, running, scanned
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    monkeypatch.setattr("technic.engine.stores.trouble.RETRY_SECONDS", 0.02)


@contextmanager
def locked(folder):
    """Another program holds the file."""
    other = connect(folder / FILE)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.close()


@contextmanager
def full(folder):
    """The file can grow no more, whoever opens it."""
    before = database.version_of

    def limited(connection):
        connection.execute("PRAGMA max_page_count = 1")  # SQLite takes it as: no larger than it is
        return before(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "version_of", limited)
        yield


@contextmanager
def failing(folder):
    """The disk takes no more bytes of any file that is as large as this one's log."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (folder / f"{FILE}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def begun(store, scan_id="a"):
    await store.create(ScanRequest(), pending(scan_id), RESERVED)
    await store.commit(running(scan_id))


async def well(store):
    await until(lambda: store.health().trouble is None)


TROUBLES = {
    "locked": (locked, "another program has locked it"),
    "failing": (failing, "the disk"),
}


@pytest.mark.parametrize("kind", TROUBLES)
async def test_scans_go_on_in_memory_and_are_written_when_that_works_again(
    tmp_path, opened, after_crash, kind
):
    trouble, words = TROUBLES[kind]
    store = await opened()
    await scanned(store, "before")
    await begun(store)
    with trouble(tmp_path / "home"):
        await store.keep("a", kept(2, "A", failed=("X",)), SOURCE)
        assert words in store.health().trouble
        known = await store.get("a")
        assert [rows.symbols for rows in known.found] == [["A"]]
        assert words in known.warning
        await store.reserve("a", Reservation(3000, 20.0))
        await store.create(ScanRequest(), pending("new"), RESERVED, Claim("k", "r", "new"))
        await store.commit(ended("new"), result(2))
        assert (await store.get("new")).result.total == 2
        assert words in (await store.get("new")).warning
        assert await store.claim("k") == Claim("k", "r", "new")
        assert store.health().scans == 2
    await well(store)
    assert (await store.get("a")).warning is None
    copy, _ = await after_crash()
    (left,) = await copy.unfinished()
    assert [k.checkpoint.rated for k in left.kept] == [("A",)]
    assert (left.reserved, [s.seq for s in left.states]) == (Reservation(3000, 20.0), [0, 1])
    assert (await copy.get("new")).result.total == 2
    assert await copy.claim("k") == Claim("k", "r", "new")
    assert copy.health() == store.health()


async def test_on_a_full_disk_scans_go_on_in_memory(tmp_path, opened, after_crash):
    store = await opened()
    await begun(store)
    with full(tmp_path / "home"):
        store._writer._file._connection.execute("PRAGMA max_page_count = 1")
        await store.commit(ended(), result(2_000))
        assert "the disk is full" in store.health().trouble
        assert (await store.get("a")).result.total == 2_000
        assert "the disk is full" in (await store.get("a")).warning
    await well(store)
    copy, _ = await after_crash()
    assert (await copy.get("a")).result.total == 2_000


async def test_a_trouble_is_logged_once_and_so_is_its_end(tmp_path, opened):
    store = await opened()
    with capture_logs() as logs:
        with locked(tmp_path / "home"):
            for n in range(20):
                await begun(store, f"s{n}")
            tries = store._writer._trouble.retrying
            await until(lambda: store._writer._trouble.retrying is not tries)
        await well(store)
    assert [entry["log_level"] for entry in logs] == ["warning", "info"]


async def test_the_history_has_what_is_in_memory_only(tmp_path, opened):
    store = await opened()
    await scanned(store, "a", completed_at=START, failed=("X",))
    await scanned(store, "c", completed_at=START.replace(hour=14))
    with locked(tmp_path / "home"):
        await scanned(store, "b", completed_at=START.replace(hour=13), failed=("X",))
        await scanned(store, "d", completed_at=START.replace(hour=15), status=Status.CANCELLED)
        for offset in range(5):
            page = await store.history(HistoryQuery(offset=offset, limit=2))
            assert [e.snapshot.scan_id for e in page.entries] == ["d", "c", "b", "a"][offset : offset + 2]
            assert page.total == 4
        figures = await store.statistics(StatisticsQuery())
        assert (figures.scans, figures.symbols[0].scans) == (4, 2)
        assert figures.by_status == {"completed": 3, "cancelled": 1}
    await well(store)
    assert (await store.history(HistoryQuery())).total == 4


async def test_what_is_held_meanwhile_is_bounded(tmp_path, opened, after_crash):
    store = await opened(max_scans=3)
    await begun(store, "s0")
    with locked(tmp_path / "home"):
        await store.commit(ended("s0"), result())
        for n in range(1, 6):
            await scanned(store, f"s{n}")
        assert await store.get("s0") is None
        assert store.health().scans == 3
        assert await store.sweep(START) == ["s0", "s1", "s2"]
    await well(store)
    copy, _ = await after_crash()
    assert await copy.unfinished() == []
    assert [await copy.get(f"s{n}") is not None for n in range(6)] == [False] * 3 + [True] * 3


async def test_what_the_disk_never_had_needs_no_deletion(tmp_path, opened, after_crash):
    store = await opened(max_scans=3)
    for n in range(3):
        await scanned(store, f"old{n}", completed_at=START)
    with locked(tmp_path / "home"):
        for n in range(100):
            await scanned(store, f"s{n}")
        assert await store.forget("s99")
        assert await store.forget("old1")
        assert store._writer.doomed == ("old1",)
        assert await store.get("s0") is await store.get("s99") is await store.get("old1") is None
        assert len(await store.sweep(START)) == 99
    await well(store)
    assert store._writer.doomed == ()
    copy, _ = await after_crash()
    assert await copy.unfinished() == []
    assert [await copy.get(f"s{n}") is not None for n in range(96, 100)] == [False, True, True, False]
    assert await copy.get("old1") is None


async def test_a_page_is_read_however_many_scans_are_forgotten_meanwhile(tmp_path, opened, monkeypatch):
    def narrow(*args, **kwargs):
        connection = connect(*args, **kwargs)
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 99)
        return connection

    monkeypatch.setattr(reading, "connect", narrow)
    store = await opened()
    await scanned(store)
    with locked(tmp_path / "home"):
        await begun(store, "b")
        for n in range(100):
            store._writer.doom(f"x{n}")
        assert (await store.history(HistoryQuery())).total == 1
        assert (await store.statistics(StatisticsQuery())).scans == 1
    await well(store)


async def test_what_was_forgotten_meanwhile_is_gone_afterwards(tmp_path, opened, after_crash):
    store = await opened()
    await scanned(store, "a")
    with locked(tmp_path / "home"):
        await begun(store, "b")
        assert await store.forget("a")
        assert await store.get("a") is None
        assert (await store.history(HistoryQuery())).total == 0
    await well(store)
    copy, _ = await after_crash()
    assert await copy.get("a") is None


@pytest.fixture
def patient(monkeypatch):
    """A store that is in trouble tries nothing before it is closed."""
    monkeypatch.setattr("technic.engine.stores.trouble.RETRY_SECONDS", 3_600)


@pytest.mark.usefixtures("patient")
async def test_a_store_that_closes_in_trouble_tries_once_more(tmp_path, opened):
    store = await opened()
    with locked(tmp_path / "home"):
        await scanned(store)
        assert store.health().trouble
    await store.close()
    assert (await (await opened()).get("a")).result.total == 1


@pytest.mark.usefixtures("patient")
async def test_a_store_that_closes_waits_a_little_for_a_lock_to_go(tmp_path, opened, monkeypatch):
    store = await opened()
    lock = ExitStack()
    lock.enter_context(locked(tmp_path / "home"))
    await scanned(store)
    tries = []

    def prepare(path, **how):
        tries.append(path)
        if len(tries) == 3:
            lock.close()
        return database.prepare(path, **how)

    monkeypatch.setattr(file, "prepare", prepare)
    with capture_logs() as logs:
        await store.close()
    assert (len(tries), [entry["log_level"] for entry in logs]) == (3, ["info"])
    assert (await (await opened()).get("a")).result.total == 1


@pytest.mark.usefixtures("patient")
async def test_a_store_that_closes_under_a_lock_names_what_is_lost(tmp_path, opened, monkeypatch):
    store = await opened()
    for name in "abc":
        await begun(store, name)
    await scanned(store, "d")
    with locked(tmp_path / "home"):
        await store.commit(ended("b"), result())
        assert await store.forget("d")
        for n in range(60):
            await begun(store, f"new{n}")
        monkeypatch.setattr(database, "BUSY_SECONDS", 60)
        async with asyncio.timeout(20):
            with capture_logs() as logs:
                await store.close()
    assert [(e["log_level"], e["count"], e["scan_ids"]) for e in logs] == [
        ("warning", 60, [f"new{n}" for n in range(50)]),
        ("warning", 1, ["b"]),
        ("warning", 1, ["d"]),
    ]
    assert all("another program has locked it" in entry["reason"] for entry in logs)
    copy = await opened()
    assert [left.snapshot.scan_id for left in await copy.unfinished()] == ["a", "b", "c"]
    assert await copy.get("d") is not None


@pytest.mark.usefixtures("patient")
async def test_a_store_that_closes_tries_once_where_no_lock_is_the_reason(tmp_path, opened, monkeypatch):
    store = await opened()
    tries = []

    def prepare(path, **how):
        tries.append(path)
        raise OSError("the disk is gone")

    monkeypatch.setattr(file, "prepare", prepare)
    store._writer._trouble.enter(OSError("the disk is gone"))
    await store.close()
    assert len(tries) == 1


async def test_a_scan_that_cannot_be_written_harms_no_other(opened, after_crash):
    store = await opened()
    for name in "abc":
        await begun(store, name)
    unwritable = ScanResult(make_rows(1), (), (object(),), {})  # type: ignore[arg-type]
    await asyncio.gather(
        store.commit(ended("a"), result()),
        store.commit(ended("b"), unwritable),
        store.commit(ended("c"), result()),
    )
    assert store.health().trouble is None
    assert (await store.get("b")).result is unwritable
    assert "cannot be written" in (await store.get("b")).warning
    assert (await store.history(HistoryQuery())).total == 3
    copy, _ = await after_crash()
    assert (await copy.get("a")).result.total == (await copy.get("c")).result.total == 1
    assert await store.forget("b")
    assert await store.get("b") is None
