"""Rows as Arrow has them: the typed table behind CSV and Parquet. Slow to load; import it when needed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from technic.errors import told
from technic.scanner.fields import FIELDS, Field
from technic.scanner.formulas import no_formula
from technic.scanner.rows import Column, Rows
from technic.scanner.units import LARGEST_WHOLE

_TYPES = {
    "number": pa.float64(),
    "integer": pa.int64(),
    "flag": pa.bool_(),
    "date": pa.date32(),
    "text": pa.string(),
    "list": pa.list_(pa.string()),
}
_TEXT_CELL = re.compile(rb'"([^",\r\n]*)"(?!")|("[^"]*(?:""[^"]*)*")')
"""Arrow puts every text in quotes: one that does not need them, or else one that does."""

TYPED = pa.schema([(field.name, _TYPES[field.kind]) for field in FIELDS])
"""The columns of Parquet."""


def typed(rows: Rows) -> pa.Table:
    """Rows with typed columns; missing values are null, `warnings` is a list of texts."""
    return pa.table([_array(field, rows.columns[field.name]) for field in FIELDS], schema=TYPED)


def cells(rows: Rows) -> pa.Table:
    """Rows as cells of a spreadsheet: `warnings` is one text, and no text is taken for a formula."""
    return pa.table({field.name: _cell(field, rows.columns[field.name]) for field in FIELDS})


def csv_lines(rows: Rows) -> bytes:
    """The lines of CSV that these rows are, without one of names."""
    sink = io.BytesIO()
    pyarrow.csv.write_csv(cells(rows), sink, pyarrow.csv.WriteOptions(include_header=False, eol="\r\n"))
    return _TEXT_CELL.sub(rb"\1\2", sink.getvalue())


def parquet_writer(sink: Any) -> Any:
    """What writes tables of `typed` to a file, a group of rows each."""
    return pyarrow.parquet.ParquetWriter(sink, TYPED)


def _cell(field: Field, column: Column) -> pa.Array:
    if field.kind == "list":
        return _texts(no_formula("; ".join(words or ())) for words in column)
    return _texts(map(_harmless, column)) if field.kind == "text" else _array(field, column)


def _array(field: Field, column: Column) -> pa.Array:
    if field.kind == "list":
        return pa.array([list(map(told, words or ())) for words in column], _TYPES["list"])
    return _numbers(field, column) if field.numeric else _texts(column)


def _numbers(field: Field, column: Column) -> pa.Array:
    missing = ~np.isfinite(column)
    present = np.where(missing, 0.0, column)
    if field.kind == "flag":
        values: Column = present.astype(np.bool_)
    elif field.kind == "integer":
        values = np.clip(present, -LARGEST_WHOLE, LARGEST_WHOLE).astype(np.int64)
    else:
        values = present.astype("datetime64[D]") if field.kind == "date" else present
    return pa.array(values, _TYPES[field.kind], mask=missing)


def _texts(texts: Iterable[Any]) -> pa.Array:
    values = list(texts)
    try:
        return pa.array(values, pa.string())
    except (UnicodeEncodeError, pa.ArrowInvalid):  # half a surrogate pair, of a file's name
        return pa.array([None if text is None else told(text) for text in values], pa.string())


def _harmless(text: str | None) -> str | None:
    return no_formula(text) if text else text
