"""Rows: columns inside, JSON values outside."""

from __future__ import annotations

import json

import numpy as np

from technic.scanner.fields import NAMES
from technic.scanner.rows import Rows
from tests.support.rows import make_rows


def test_a_row_holds_json_values_of_its_fields_kinds():
    rows = make_rows(
        2,
        close=[10.5, None],
        bars=[600, 20],
        position_size=[None, 7],
        nr7=[1, 0],
        new_high_52w=[None, 1],
        as_of=[19_723, None],
        signal=["BUY", None],
        warnings=[("2 rows were dropped.",), ()],
    )
    first, second = rows.to_dicts()
    assert tuple(first) == NAMES
    picked = (
        "symbol",
        "close",
        "bars",
        "position_size",
        "nr7",
        "new_high_52w",
        "as_of",
        "signal",
        "warnings",
    )
    assert [first[name] for name in picked] == [
        "S1", 10.5, 600, None, True, None, "2024-01-01", "BUY", ["2 rows were dropped."],
    ]  # fmt: skip
    assert [second[name] for name in picked] == ["S2", None, 20, 7, False, True, None, None, []]
    assert [type(first[name]) for name in ("bars", "nr7", "close")] == [int, bool, float]


def test_neither_nan_nor_infinity_leaves_the_house():
    rows = make_rows(3, close=[np.nan, np.inf, -np.inf], bars=[np.nan, np.inf, 1])
    text = json.dumps(rows.to_dicts(), allow_nan=False)
    assert [row["close"] for row in json.loads(text)] == [None, None, None]


def test_a_whole_number_is_one_that_json_can_hold():
    rows = make_rows(4, position_size=[1e300, -1e300, 2.0**63, 2.0**53])
    most = 2**53
    assert [row["position_size"] for row in rows.to_dicts()] == [most, -most, most, most]


def test_a_page_is_cut_out_of_the_rows():
    rows = make_rows(5)
    assert [row["symbol"] for row in rows.to_dicts(1, 2)] == ["S2", "S3"]
    assert [row["symbol"] for row in rows.to_dicts(3)] == ["S4", "S5"]
    assert rows.to_dicts(5) == rows.to_dicts(0, 0) == []
    assert len(rows.to_dicts(4, 100)) == 1


def test_rows_are_taken_by_place_and_by_mask():
    rows = make_rows(3, close=[1, 2, 3])
    assert rows.take(np.array([2, 0])).symbols == ["S3", "S1"]
    assert rows.take(np.array([False, True, False])).columns["close"].tolist() == [2]


def test_rows_are_joined_in_order():
    joined = Rows.concat([make_rows(2), Rows.empty(), make_rows(1, symbol=["Z"], warnings=[("a", "b")])])
    assert joined.symbols == ["S1", "S2", "Z"]
    assert joined.to_dicts(2)[0]["warnings"] == ["a", "b"]
    assert len(Rows.concat([])) == len(Rows.empty()) == 0


def test_rows_know_about_how_much_memory_they_take():
    assert Rows.empty().nbytes == 0
    assert 500 * 300 < make_rows(500).nbytes < 500 * 3000


def test_tables_that_are_joined_are_shared_and_read_as_one():
    first, second, third = make_rows(2, close=[1.0, 2.0]), make_rows(0), make_rows(1, close=[3.0])
    joined = Rows.concat([Rows.concat([first, second]), third])
    assert joined.parts == (first, third)
    assert (len(joined), joined.columns["close"].tolist()) == (3, [1.0, 2.0, 3.0])
    assert tuple(joined.columns) == NAMES
    assert [row["close"] for row in joined.to_dicts(1, 1)] == [2.0]
    assert joined.take(np.array([2, 0])).columns["close"].tolist() == [3.0, 1.0]
    assert joined.nbytes == first.nbytes + third.nbytes


def test_a_table_that_is_joined_with_nothing_stays_itself():
    rows = make_rows(2)
    assert Rows.concat([rows]) is rows is Rows.concat([make_rows(0), rows])
    assert rows.parts == (rows,)
    assert len(Rows.concat([])) == 0
