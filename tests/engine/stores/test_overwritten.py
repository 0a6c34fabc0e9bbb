"""What becomes of scans when somebody writes over their file in place, and when that is no harm."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from technic.engine.stores import database, wal
from technic.engine.stores.database import FILE, connect, prepare
from technic.engine.stores.history import HistoryQuery, StatisticsQuery
from technic.engine.stores.reading import HistoryUnreadable
from tests.engine.stores.test_vanished import GONE, busy, ids, sound, well
from tests.support.scans import SOURCE, START, kept, result, running, scanned
from tests.support.scans import ended as an_end
from tests.support.waiting import until

OVER = "was copied over|was written over"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    monkeypatch.setattr("technic.engine.stores.trouble.RETRY_SECONDS", 0.02)


async def bring_home(store):
    """The log is empty, so that the file alone is the database."""
    await store._writer.run(store._writer._checkpointer._empty)


async def another(opened, scans=50):
    """The file of another store, large enough to have pages of its own everywhere."""
    other = await opened("other")
    for n in range(scans):
        await scanned(other, f"other-{n}", rows=20)
    await bring_home(other)
    return other._path


async def answers(store):
    """What the store says when it is asked all that is on the disk; nothing where it cannot be read."""
    found = set()
    with suppress(HistoryUnreadable):
        found |= await ids(store)
        await store.statistics(StatisticsQuery())
        for n in range(50):
            known = await store.get(f"other-{n}")
            if known is not None:
                found.add(known.snapshot.scan_id)
    return found


@pytest.mark.parametrize("in_the_log", [0, 15])
async def test_a_mixture_of_two_files_is_never_served(tmp_path, opened, after_crash, in_the_log):
    """The log of the one, or at least its index, lies over the pages of the other."""
    source = await another(opened)
    store = await busy(await opened())
    for n in range(30):
        if n == 30 - in_the_log:
            await bring_home(store)
        await scanned(store, f"s{n}", rows=20)
    if not in_the_log:
        await bring_home(store)
    shutil.copyfile(source, tmp_path / "home" / FILE)
    with pytest.raises(HistoryUnreadable, match=OVER):
        await store.history(HistoryQuery())
    await store.keep("runs", kept(3, "B"), SOURCE)
    assert "damaged" in store.health().trouble
    assert [rows.symbols for rows in (await store.get("runs")).found] == [["A"], ["B"]]
    tries = store._writer._trouble.retrying
    await until(lambda: store._writer._trouble.retrying is not tries)
    assert "damaged" in store.health().trouble
    assert await answers(store) == set()
    (tmp_path / "home" / FILE).unlink()
    await well(store)
    copy, folder = await after_crash()
    assert await ids(copy) == await ids(store) == {"ended", *(f"s{n}" for n in range(30))}
    assert {left.snapshot.scan_id: len(left.kept) for left in await copy.unfinished()} == {
        "runs": 2,
        "waits": 0,
    }
    assert sound(tmp_path / folder / FILE)


async def test_no_database_at_all_is_told_of(tmp_path, opened):
    store = await busy(await opened())
    await bring_home(store)
    (tmp_path / "home" / FILE).write_bytes(b"Dear diary, " * 10_000)
    await store.sweep(START)
    assert "damaged" in store.health().trouble
    assert await answers(store) == set()
    assert (await store.get("runs")).snapshot == running("runs")


async def test_an_older_copy_gets_what_ended_since(tmp_path, opened, after_crash):
    store = await busy(await opened())
    await bring_home(store)
    shutil.copyfile(tmp_path / "home" / FILE, tmp_path / "backup")
    await scanned(store, "later", rows=2)
    await store.commit(an_end("waits"), result(4))
    await bring_home(store)
    shutil.copyfile(tmp_path / "backup", tmp_path / "home" / FILE)
    await store.sweep(START)
    assert "was copied over" in store.health().trouble
    await well(store)
    copy, _ = await after_crash()
    assert await ids(copy) == {"ended", "later", "waits"}
    assert [left.snapshot.scan_id for left in await copy.unfinished()] == ["runs"]
    assert (await copy.get("waits")).result.total == 4


@pytest.mark.parametrize("tables", ["CREATE TABLE meta (x)", "CREATE TABLE songs (title TEXT)"])
async def test_the_database_of_another_program_is_left_as_it_is(tmp_path, opened, tables):
    with sqlite3.connect(tmp_path / "theirs") as theirs:
        theirs.execute(tables)
    theirs.close()
    store = await busy(await opened())
    await bring_home(store)
    shutil.copyfile(tmp_path / "theirs", tmp_path / "home" / FILE)
    await store.sweep(START)
    await until(lambda: "another program" in store.health().trouble)
    await store.close()
    assert (tmp_path / "home" / FILE).read_bytes() == (tmp_path / "theirs").read_bytes()


async def test_another_program_that_brings_the_log_home_does_no_harm(tmp_path, opened):
    store = await busy(await opened())
    assert await ids(store) == {"ended"}
    with capture_logs() as logs:
        other = connect(tmp_path / "home" / FILE)
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        other.execute("UPDATE scans SET strikes = strikes")
        other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        other.close()
        assert await ids(store) == {"ended"}
        await store.keep("runs", kept(3, "B"), SOURCE)
        await scanned(store, "more")
        assert await ids(store) == {"ended", "more"}
    assert logs == []
    assert store._writer._file._place.proofs == 1
    assert store.health().trouble is None


async def test_what_the_store_writes_itself_needs_no_proof(opened, monkeypatch):
    monkeypatch.setattr(wal, "LARGE_BYTES", 0)
    monkeypatch.setattr(wal, "HUGE_BYTES", 0)
    monkeypatch.setattr(wal, "_PAUSE_SECONDS", 0)
    store = await opened(max_scans=20)

    async def life(name):
        await scanned(store, name, rows=5)
        await store.history(HistoryQuery())

    await asyncio.gather(*(life(f"s{n}") for n in range(100)))
    await store.sweep(START)
    await store._writer._checkpointer.settle()
    assert await store.history(HistoryQuery())
    assert store._writer._file._place.proofs == 0
    assert store.health().trouble is None


async def test_a_store_opens_what_was_copied_while_none_was_open(tmp_path, opened):
    source = await another(opened)
    (tmp_path / "home").mkdir()
    prepare(tmp_path / "home" / FILE).close()
    shutil.copyfile(source, tmp_path / "home" / FILE)
    store = await opened()
    assert (await store.history(HistoryQuery())).total == 50
    assert store._writer._file._place.proofs == 0
    assert GONE not in (store.health().trouble or "")
