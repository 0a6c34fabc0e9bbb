"""Rows as bytes."""

from __future__ import annotations

import csv
import io
import json

import msgpack
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from technic.scanner.export import EXPORTS, csv_bytes, json_bytes, jsonl_bytes, msgpack_bytes, parquet_bytes
from technic.scanner.fields import FIELDS, NAMES
from technic.scanner.formulas import no_formula
from technic.scanner.rows import Rows
from tests.support.rows import make_rows

ROWS = make_rows(
    2,
    name=['Smith, "Sons" & Söhne', None],
    close=[10.5, None],
    bars=[600, None],
    nr7=[1, None],
    as_of=[19_723, None],
    warnings=[("a", "b"), ()],
)


def test_json_and_msgpack_hold_the_rows_as_they_are_shown():
    assert json.loads(json_bytes(ROWS)) == msgpack.unpackb(msgpack_bytes(ROWS)) == ROWS.to_dicts()


def test_csv_has_a_line_of_names_and_empty_cells_for_what_is_missing():
    lines = list(csv.DictReader(io.StringIO(csv_bytes(ROWS).decode(), newline="")))
    picked = ("symbol", "name", "close", "bars", "nr7", "as_of", "warnings")
    assert [lines[0][name] for name in picked] == [
        "S1", 'Smith, "Sons" & Söhne', "10.5", "600", "true", "2024-01-01", "a; b",
    ]  # fmt: skip
    assert [lines[1][name] for name in picked] == ["S2", "", "", "", "", "", ""]
    assert csv_bytes(ROWS).splitlines()[0].decode() == ",".join(NAMES)


def test_a_cell_of_csv_is_never_a_formula():
    names = ["=1+1", "@cmd", "-2", "\uff0b2", "A=1"]
    rows = make_rows(5, name=names, warnings=[("=a",), ("b", "=c"), (), (), ()], close=[-1, -2, -3, 4, 5])
    lines = list(csv.DictReader(io.StringIO(csv_bytes(rows).decode())))
    assert [line["name"] for line in lines] == ["'=1+1", "'@cmd", "'-2", "'\uff0b2", "A=1"]
    assert [line["warnings"] for line in lines] == ["'=a", "b; =c", "", "", ""]
    assert no_formula("\ufeff=1+1") == "'\ufeff=1+1", "a mark of byte order hides nothing"
    assert [float(line["close"]) for line in lines] == [-1, -2, -3, 4, 5]


def test_only_cells_that_need_quotes_have_some():
    names = ["Plain Corp", "Smith, Inc.", 'The "Best"', '"', "", None, 'a "b"', "two\nlines", '""', '", "']
    content = csv_bytes(make_rows(len(names), name=names)).decode()
    read = list(csv.reader(io.StringIO(content, newline="")))
    assert [line[1] for line in read[1:]] == [name or "" for name in names]
    paper = io.StringIO(newline="")
    csv.writer(paper).writerows(read)
    assert content == paper.getvalue()


def test_parquet_has_typed_columns():
    table = pq.read_table(io.BytesIO(parquet_bytes(ROWS)))
    assert tuple(table.column_names) == NAMES
    types = {name: table.schema.field(name).type for name in ("bars", "nr7", "as_of", "close", "warnings")}
    assert types == {
        "bars": pa.int64(),
        "nr7": pa.bool_(),
        "as_of": pa.date32(),
        "close": pa.float64(),
        "warnings": pa.list_(pa.string()),
    }
    shown = [dict(row, as_of=row["as_of"] and row["as_of"].isoformat()) for row in table.to_pylist()]
    assert shown == ROWS.to_dicts()


@pytest.mark.parametrize("form", EXPORTS)
def test_every_form_can_hold_no_rows(form):
    media_type, function = EXPORTS[form]
    assert "/" in media_type
    assert function(Rows.empty()) or form == "jsonl"  # no rows are no lines


def test_json_lines_are_a_row_each():
    lines = jsonl_bytes(ROWS).decode()
    assert lines.endswith("}\n")
    assert [json.loads(line) for line in lines.splitlines()] == ROWS.to_dicts()


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_half_a_surrogate_pair_is_told_and_does_not_end_the_export(form):
    rows = make_rows(1, name=["odd \udcff"], warnings=[("ODD\udcff.csv",)])
    assert b"udcff" in EXPORTS[form][1](rows)


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_what_is_not_finite_is_missing(form):
    rows = make_rows(2, close=[float("inf"), float("-inf")], bars=[float("inf"), None])
    content = EXPORTS[form][1](rows)
    assert EXPORTS[form][1](make_rows(2)) == content
    assert b"inf" not in content.lower()


def test_parquet_of_many_rows_has_few_groups():
    rows = make_rows(20_000, close=list(range(20_000)))
    file = pq.ParquetFile(io.BytesIO(parquet_bytes(rows)))
    assert file.num_row_groups == 2
    assert file.read(["close"])["close"].to_pylist() == list(range(20_000))


def test_parquet_of_no_rows_has_the_same_schema():
    empty, full = (pq.read_schema(io.BytesIO(parquet_bytes(rows))) for rows in (Rows.empty(), ROWS))
    assert empty == full
    assert len(empty) == len(FIELDS)
