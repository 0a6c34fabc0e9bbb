"""A large result is read from the file a sheet at a time; a small one, or one that is held, as a whole."""

from __future__ import annotations

import pytest

from technic.engine.codec.packing import RecordDamaged
from technic.engine.sheets import SHEET_ROWS, Page, leaf_through
from technic.engine.stores.database import FILE, connect
from technic.engine.stores.unread import LARGE_ROWS
from technic.scanner.rows import Rows
from tests.support.scans import scanned

COUNT = LARGE_ROWS + 300


@pytest.fixture
async def reopened(opened):
    """A function that keeps a scan of so many rows and opens the file anew, so that nothing is held."""

    async def keep(rows):
        store = await opened()
        await scanned(store, rows=rows, failed=("X", "Y"))
        await store.close()
        return await opened()

    return keep


async def test_its_rows_are_read_sheet_by_sheet_and_all_else_at_once(reopened):
    store = await reopened(COUNT)
    known = await store.get("a", whole=False)
    assert known.unread.sizes == (SHEET_ROWS, SHEET_ROWS, 300)
    assert (known.result.total, len(known.result.failures), known.result.warnings) == (0, 2, ("Mind.",))
    rows = Rows.concat([rows async for rows in leaf_through(known.unread, Page())])
    whole = await store.get("a")
    assert rows.symbols == whole.result.rows.symbols
    assert (known.request, known.snapshot) == (whole.request, whole.snapshot)
    assert whole.unread is None


@pytest.mark.parametrize("count", [0, 1, LARGE_ROWS])
async def test_one_that_is_small_comes_whole(reopened, count):
    known = await (await reopened(count)).get("a", whole=False)
    assert (known.result.total, known.unread) == (count, None)


async def test_one_that_is_held_comes_whole(reopened):
    store = await reopened(COUNT)
    await store.get("a")
    assert (await store.get("a", whole=False)).result.total == COUNT
    assert await store.get("unknown", whole=False) is None


async def test_a_scan_that_is_forgotten_on_the_way_ends_the_reading(reopened):
    store = await reopened(COUNT)
    known = await store.get("a", whole=False)
    await known.unread.read(0)
    await store.forget("a")
    with pytest.raises(RecordDamaged, match="lost"):
        await known.unread.read(1)


async def test_a_damaged_piece_is_told_when_its_sheet_is_read(reopened, tmp_path):
    store = await reopened(COUNT)
    known = await store.get("a", whole=False)
    connection = connect(tmp_path / "home" / FILE)
    with connection:
        connection.execute("UPDATE pieces SET content = substr(content, 1, 100)")
    connection.close()
    with pytest.raises(RecordDamaged):
        await known.unread.read(2)


async def test_a_result_whose_pieces_stand_in_it_themselves_comes_whole(reopened, opened, tmp_path):
    store = await reopened(COUNT)
    await store.close()
    connection = connect(tmp_path / "home" / FILE)
    with connection:
        connection.execute(
            "UPDATE results SET piece = (SELECT content FROM pieces WHERE pieces.digest = results.digest),"
            " digest = NULL WHERE digest IS NOT NULL"
        )
    connection.close()
    store = await opened()
    assert (await store.get("a", whole=False)).result.total == COUNT
