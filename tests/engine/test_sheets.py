"""Rows a sheet at a time."""

from __future__ import annotations

import random

import pytest

from technic.engine import sheets as module
from technic.engine.sheets import SHEET_ROWS, HeldSheets, Page, leaf_through
from technic.scanner.result import ScanResult
from technic.scanner.rows import Rows
from tests.support.rows import make_rows

COUNT = 2 * SHEET_ROWS + 100


@pytest.fixture(autouse=True)
def few_at_a_time(monkeypatch):
    monkeypatch.setattr(module, "GATHERED_ROWS", 3_000)


def _rows() -> Rows:
    chance = random.Random(1)
    every = make_rows(
        COUNT,
        close=[chance.choice([None, 1.0, 2.0, float(n)]) for n in range(COUNT)],
        sector=[chance.choice([None, "Energy", "utilities"]) for _ in range(COUNT)],
    )
    return Rows.concat([every.take(slice(5_000)), every.take(slice(5_000, None))])


ROWS = _rows()


@pytest.mark.parametrize("sort_by", [None, "close", "sector", "symbol", "warnings"])
@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize(
    ("offset", "limit"), [(0, None), (0, 0), (17, 5_000), (SHEET_ROWS, 1), (COUNT - 1, None), (COUNT, 9)]
)
async def test_a_page_is_the_same_as_cut_from_the_whole(sort_by, descending, offset, limit):
    page = Page(offset, limit, sort_by, descending)
    found = [rows async for rows in leaf_through(HeldSheets(ROWS), page)]
    assert max(map(len, found), default=0) <= SHEET_ROWS
    end = None if limit is None else offset + limit
    whole = ScanResult(ROWS, (), (), {}).ordered(sort_by, descending=descending).take(slice(offset, end))
    assert Rows.concat(found).symbols == whole.symbols
    assert Rows.concat(found).to_dicts(limit=50) == whole.to_dicts(limit=50)


def test_sheets_of_many_rows_are_small_and_copy_nothing():
    sheets = list(ROWS.sheets(SHEET_ROWS))
    assert HeldSheets(ROWS).sizes == (4_096, 904, 3_292)
    assert all(sheet.columns["close"].base is not None for sheet in sheets)
    assert [len(sheet) for sheet in Rows.empty().sheets(10)] == [0]


async def test_another_order_reads_a_sheet_once_for_the_order_and_once_for_all_rows_that_are_put_together():
    class Counted(HeldSheets):
        reads = 0

        async def read(self, place):
            self.reads += 1
            return await super().read(place)

    sheets = Counted(ROWS)
    async for _ in leaf_through(sheets, Page(limit=3_000, sort_by="close")):
        pass
    assert sheets.reads == 2 * len(sheets.sizes)
