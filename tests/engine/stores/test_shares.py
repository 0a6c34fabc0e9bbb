"""A table of rows that several scans have stands in the file once, for as long as one of them has it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from technic.engine.codec.packing import RecordDamaged
from technic.engine.stores.database import FILE, connect
from technic.scanner.request import ScanRequest
from tests.support.scans import RESERVED, SOURCE, START, ended, kept, pending, result, running, scanned


class Look:
    """What stands in the file."""

    def __init__(self, folder) -> None:
        self._path = folder / "home" / FILE

    def ask(self, sql: str) -> list[tuple]:
        connection = connect(self._path)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def count(self, table: str) -> int:
        return len(self.ask(f"SELECT digest FROM {table}"))  # noqa: S608 - our own words


@pytest.fixture
def look(tmp_path) -> Look:
    return Look(tmp_path)


async def begun(store, scan_id: str, *parts) -> None:
    """A scan that runs, of which some parts are kept."""
    await store.create(ScanRequest(), pending(scan_id), RESERVED)
    await store.commit(running(scan_id))
    for part in parts:
        await store.keep(scan_id, part, SOURCE)


async def test_scans_with_the_same_rows_have_one_table_and_each_reads_it(opened, look):
    store = await opened()
    for name in "abc":
        await scanned(store, name, rows=700)
    await scanned(store, "d", rows=701)
    assert look.count("shares") == 2 * 4  # a table of 700 rows takes two pieces
    assert look.count("pieces") == 2 * 2
    await store.close()
    store = await opened()
    for name, rows in zip("abcd", (700, 700, 700, 701), strict=True):
        assert (await store.get(name)).result.rows.symbols == [f"S{n}" for n in range(1, rows + 1)]


async def test_a_table_goes_with_the_last_scan_that_has_it(opened, look):
    store = await opened(retention_days=1)
    await scanned(store, "a")
    await scanned(store, "b", completed_at=START + timedelta(days=1))
    assert await store.forget("a")
    await scanned(store, "c")
    assert await store.sweep(START + timedelta(days=1, hours=1)) == ["a", "c"]
    assert (look.count("pieces"), look.count("shares")) == (1, 1)
    await store.close()
    store = await opened()
    assert (await store.get("b")).result.total == 1
    assert await store.forget("b")
    await store.sweep(START)
    assert (look.count("pieces"), look.count("shares")) == (0, 0)


async def test_what_was_kept_of_a_scan_that_runs_is_shared_and_goes_when_its_result_comes(opened, look):
    store = await opened()
    for name in "ab":
        await begun(store, name, kept(2, "S1", "S2"), kept(3, "S3"))
    assert (look.count("pieces"), look.count("shares")) == (2, 4)
    await store.commit(ended("a"), result(5))
    assert (look.count("pieces"), look.count("shares")) == (3, 3)
    await store.discard("b")
    assert (look.count("pieces"), look.count("shares")) == (1, 1)
    assert (await store.get("a")).result.total == 5


async def test_scans_that_a_killed_server_left_have_their_shared_rows(opened, after_crash):
    store = await opened()
    for name in "ab":
        await begun(store, name, kept(2, "S1", "S2"), kept(3, "S3"))
    copy, _ = await after_crash()
    for left in await copy.unfinished():
        assert [part.checkpoint.rows.symbols for part in left.kept] == [["S1", "S2"], ["S3"]]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE pieces SET content = zeroblob(length(content))",
        "UPDATE pieces SET content = substr(content, 1, 40)",
        "UPDATE pieces SET content = 'text'",
        "DELETE FROM pieces",
    ],
)
async def test_a_damaged_table_is_refused_and_mended_by_the_next_scan_that_has_it(opened, look, sql):
    store = await opened()
    for name in "ab":
        await scanned(store, name)
    await store.close()
    look.ask(sql)
    store = await opened()
    for name in "ab":
        with pytest.raises(RecordDamaged):
            await store.get(name)
    await scanned(store, "c")
    await store.close()
    store = await opened()
    for name in "abc":
        assert (await store.get(name)).result.rows.symbols == ["S1"]


async def test_a_table_that_could_be_read_but_says_something_else_is_refused(tmp_path, opened):
    store = await opened()
    await scanned(store, "a")
    await store.close()
    other = connect(tmp_path / "home" / FILE)
    (content,) = other.execute("SELECT content FROM pieces").fetchone()
    other.execute("UPDATE pieces SET content = ?", (content.replace(b"S1", b"S9"),))
    other.close()
    store = await opened()
    with pytest.raises(RecordDamaged):
        await store.get("a")


async def test_each_scan_counts_for_all_that_it_has(opened, look):
    store = await opened()
    for name in "ab":
        await scanned(store, name, rows=100)
    first, second = (nbytes for (nbytes,) in look.ask("SELECT bytes FROM scans"))
    assert first == second > look.ask("SELECT total(length(content)) FROM pieces")[0][0] > 0
