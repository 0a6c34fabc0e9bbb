"""What becomes of scans when their file is removed or replaced under the running store."""

from __future__ import annotations

import shutil
import sqlite3

import pytest
from structlog.testing import capture_logs

from technic.engine.stores import database
from technic.engine.stores.base import Claim
from technic.engine.stores.database import FILE, connect
from technic.engine.stores.history import HistoryQuery
from technic.engine.stores.reading import HistoryUnreadable
from technic.scanner.request import ScanRequest
from tests.support.scans import RESERVED, SOURCE, START, ended, kept, pending, result, running, scanned
from tests.support.waiting import until

GONE = "was removed or replaced"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    monkeypatch.setattr("technic.engine.stores.trouble.RETRY_SECONDS", 0.02)


async def busy(store):
    """A store with an ended scan, one that has a part kept, and one that waits."""
    await scanned(store, "ended", rows=3, failed=("X",))
    await store.create(ScanRequest(), pending("runs"), RESERVED, Claim("k", "r", "runs"))
    await store.commit(running("runs"))
    await store.keep("runs", kept(2, "A", failed=("Y",)), SOURCE)
    await store.create(ScanRequest(), pending("waits"), RESERVED)
    return store


async def well(store):
    await until(lambda: store.health().trouble is None)


async def assert_all_there(store):
    """Of another process: what `busy` left."""
    left = {found.snapshot.scan_id: found for found in await store.unfinished()}
    assert set(left) == {"runs", "waits"}
    assert [k.checkpoint.rated for k in left["runs"].kept] == [("A",)]
    assert [state.seq for state in left["runs"].states] == [0, 1]
    assert (left["runs"].source, left["runs"].reserved) == (SOURCE, RESERVED)
    assert await store.claim("k") == Claim("k", "r", "runs")
    assert (await store.get("ended")).result.total == 3
    assert "ended" in await ids(store)


async def ids(store):
    return {entry.snapshot.scan_id for entry in (await store.history(HistoryQuery())).entries}


def removed(*endings):
    def remove(folder):
        for ending in endings:
            (folder / f"{FILE}{ending}").unlink()

    return remove


REMOVALS = {
    "database": removed(""),
    "all": removed("", "-wal", "-shm"),
    "log": removed("-wal"),
    "index": removed("-shm"),
    "folder": shutil.rmtree,
}


@pytest.mark.parametrize("kind", REMOVALS)
async def test_what_memory_holds_is_written_anew_once_a_sweep_sees_it(tmp_path, opened, after_crash, kind):
    store = await busy(await opened())
    with capture_logs() as logs:
        REMOVALS[kind](tmp_path / "home")
        await store.sweep(START)
        assert GONE in store.health().trouble
        await well(store)
    assert [e["log_level"] for e in logs if e["log_level"] != "debug"] == ["warning", "warning"]
    assert await ids(store) == {"ended"}
    copy, _ = await after_crash()
    await assert_all_there(copy)
    assert copy.health() == store.health()


async def test_a_write_sees_it_before_anybody_is_told_that_it_is_kept(tmp_path, opened, after_crash):
    store = await busy(await opened())
    (tmp_path / "home" / FILE).unlink()
    await store.keep("runs", kept(3, "B"), SOURCE)
    assert GONE in store.health().trouble
    assert GONE in (await store.get("runs")).warning
    await store.commit(ended("waits"), result(2))
    await well(store)
    await store.commit(ended("runs"), result(5))
    copy, _ = await after_crash()
    assert await copy.unfinished() == []
    assert [(await copy.get(name)).result.total for name in ("runs", "waits", "ended")] == [5, 2, 3]


async def test_a_store_that_closes_sees_it(tmp_path, opened):
    store = await busy(await opened())
    (tmp_path / "home" / FILE).unlink()
    await store.close()
    await assert_all_there(await opened())


async def test_a_store_that_is_in_another_trouble_already_sees_it(tmp_path, opened, after_crash):
    store = await busy(await opened())
    other = connect(tmp_path / "home" / FILE)
    other.execute("BEGIN EXCLUSIVE")
    await store.reserve("waits", RESERVED)
    assert "locked" in store.health().trouble
    (tmp_path / "home" / FILE).unlink()
    other.close()
    await well(store)
    await assert_all_there((await after_crash())[0])


async def test_a_file_that_vanishes_in_the_moment_before_it_is_opened_anew_is_missed_too(
    tmp_path, opened, after_crash, monkeypatch
):
    store = await busy(await opened())
    look = store._writer._file.has_vanished

    async def too_early():
        monkeypatch.undo()
        monkeypatch.setattr("technic.engine.stores.trouble.RETRY_SECONDS", 0.02)
        found = await look()
        (tmp_path / "home" / FILE).unlink()
        return found

    monkeypatch.setattr(store._writer._file, "has_vanished", too_early)
    store._writer._trouble.enter(OSError("a disk that comes back"))
    await well(store)
    await assert_all_there((await after_crash())[0])


async def test_the_history_is_not_read_from_a_file_that_is_gone(tmp_path, opened):
    store = await busy(await opened())
    assert await ids(store) == {"ended"}
    for ending in ("", "-wal", "-shm"):
        (tmp_path / "home" / f"{FILE}{ending}").unlink()
    with pytest.raises(HistoryUnreadable, match=GONE):
        await store.history(HistoryQuery())


async def test_a_file_that_comes_back_is_taken_again(tmp_path, opened, after_crash):
    store = await busy(await opened())
    file = tmp_path / "home" / FILE
    file.rename(tmp_path / "away")
    await store.sweep(START)
    assert GONE in store.health().trouble
    (tmp_path / "away").rename(file)
    await well(store)
    await store.sweep(START)
    await well(store)
    await assert_all_there((await after_crash())[0])


async def test_a_history_that_is_put_in_its_place_stays_whole(tmp_path, opened, after_crash):
    """The log of the old file is not taken for the new one's."""
    other = await opened("other")
    for n in range(50):
        await scanned(other, f"other-{n}", rows=50)
    await other.close()
    store = await busy(await opened())
    (tmp_path / "other" / FILE).replace(tmp_path / "home" / FILE)
    assert (tmp_path / "home" / f"{FILE}-wal").stat().st_size > 0
    await store.sweep(START)
    await well(store)
    copy, folder = await after_crash()
    await assert_all_there(copy)
    assert (await copy.history(HistoryQuery())).total == 51
    for n in range(50):
        assert (await copy.get(f"other-{n}")).result.total == 50
    assert sound(tmp_path / folder / FILE)


async def test_a_log_that_comes_with_the_new_file_stays(tmp_path, opened, after_crash):
    other = await opened("other")
    await scanned(other, "other")
    store = await busy(await opened())
    for ending in ("-shm", "-wal", ""):
        shutil.copyfile(tmp_path / "other" / f"{FILE}{ending}", tmp_path / "new")
        (tmp_path / "new").replace(tmp_path / "home" / f"{FILE}{ending}")
    await store.sweep(START)
    await well(store)
    assert await ids(store) == {"ended", "other"}
    await assert_all_there((await after_crash())[0])


def sound(file):
    connection = connect(file)
    found = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    return found == [("ok",)]


def songs(file):
    with connect(file) as other:
        other.execute("CREATE TABLE songs (title TEXT)")
    other.close()


def damaged(file):
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE songs (title TEXT)")
    other.close()
    file.write_bytes(file.read_bytes()[:100] + b"\xa5" * 8000)


OTHERS = {
    "another program's": (songs, "database of another program"),
    "no database": (lambda file: file.write_bytes(b"Dear diary, " * 1000), "is no database"),
    "damaged": (damaged, "damaged"),
}


@pytest.mark.parametrize("kind", OTHERS)
async def test_a_file_of_somebody_else_is_left_alone_and_scans_go_on_in_memory(
    tmp_path, opened, after_crash, kind
):
    make, words = OTHERS[kind]
    make(tmp_path / "theirs")
    content = (tmp_path / "theirs").read_bytes()
    store = await busy(await opened())
    file = tmp_path / "home" / FILE
    (tmp_path / "theirs").replace(file)
    await store.sweep(START)
    await until(lambda: words in store.health().trouble)
    await store.keep("runs", kept(3, "B"), SOURCE)
    assert [rows.symbols for rows in (await store.get("runs")).found] == [["A"], ["B"]]
    assert (await store.get("ended")).result.total == 3
    tries = store._writer._trouble.retrying
    await until(lambda: store._writer._trouble.retrying is not tries)
    assert words in store.health().trouble
    assert file.read_bytes() == content
    file.rename(tmp_path / "theirs")
    await well(store)
    assert await ids(store) == {"ended"}
    copy, _ = await after_crash()
    assert {left.snapshot.scan_id: len(left.kept) for left in await copy.unfinished()} == {
        "runs": 2,
        "waits": 0,
    }
    assert (await copy.get("ended")).result.total == 3
