"""Rows as bytes for whoever asked: JSON, CSV, Parquet, msgpack; and as a pandas DataFrame."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgpack
import numpy as np
import orjson

from technic.scanner.fields import BY_NAME, NAMES, Field
from technic.scanner.rows import Column, Rows, rendered

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def json_bytes(rows: Rows) -> bytes:
    """A JSON array of objects, UTF-8; missing values are null."""
    return orjson.dumps(rows.to_dicts())


def msgpack_bytes(rows: Rows) -> bytes:
    """A msgpack array of maps; missing values are nil."""
    packed: bytes = msgpack.packb(rows.to_dicts())
    return packed


def csv_bytes(rows: Rows) -> bytes:
    """A line of names, then a line a row, UTF-8, lines ended by CR LF (RFC 4180); missing values are empty.

    Flags are `true` and `false`, the warnings of a row stand in one cell, parted by `; `.
    """
    columns = [_csv_cells(BY_NAME[name], rendered(BY_NAME[name], rows.columns[name])) for name in NAMES]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(NAMES)
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue().encode()


def parquet_bytes(rows: Rows) -> bytes:
    """A Parquet file with typed columns; `warnings` is a list of texts."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - slow to load and rarely needed

    sink = io.BytesIO()
    pq.write_table(_arrow(rows), sink)
    return sink.getvalue()


EXPORTS: Mapping[str, tuple[str, Callable[[Rows], bytes]]] = {
    "json": ("application/json", json_bytes),
    "csv": ("text/csv; charset=utf-8", csv_bytes),
    "parquet": ("application/vnd.apache.parquet", parquet_bytes),
    "msgpack": ("application/vnd.msgpack", msgpack_bytes),
}
"""The formats by name: media type, and the function that makes the bytes."""


def frame(rows: Rows) -> pd.DataFrame:
    """A DataFrame, one column a field: nullable whole numbers and flags, days as datetime64."""
    import pandas as pd  # noqa: PLC0415 - slow to load and rarely needed

    return pd.DataFrame({name: _series(BY_NAME[name], rows.columns[name]) for name in NAMES})


def _csv_cells(field: Field, values: list[Any]) -> list[Any]:
    if field.kind == "flag":
        return [None if value is None else str(value).lower() for value in values]
    if field.kind == "list":
        return ["; ".join(texts) for texts in values]
    if field.kind == "text":
        return [_harmless(value) for value in values]
    return values


def _harmless(text: str | None) -> str | None:
    """A text that a spreadsheet would take for a formula, marked as text (OWASP: CSV injection)."""
    return f"'{text}" if text and text[0] in "=+-@\t\r" else text


def _arrow(rows: Rows) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - slow to load and rarely needed

    types = {
        "number": pa.float64(),
        "integer": pa.int64(),
        "flag": pa.bool_(),
        "date": pa.date32(),
        "text": pa.string(),
        "list": pa.list_(pa.string()),
    }
    columns = {}
    for name in NAMES:
        field = BY_NAME[name]
        columns[name] = pa.array(_arrow_values(field, rows.columns[name]), type=types[field.kind])
    return pa.table(columns)


def _arrow_values(field: Field, column: Column) -> list[Any] | Column:
    return _days(column) if field.kind == "date" else rendered(field, column)


def _days(column: Column) -> Column:
    days = np.where(np.isfinite(column), column, 0.0).astype("datetime64[D]")
    days[~np.isfinite(column)] = np.datetime64("NaT")
    return days


def _series(field: Field, column: Column) -> Any:
    """A column as pandas keeps it best."""
    import pandas as pd  # noqa: PLC0415 - slow to load and rarely needed

    if field.kind == "date":
        return _days(column).astype("datetime64[s]")
    if field.kind in {"integer", "flag"}:
        return pd.array(rendered(field, column), dtype="Int64" if field.kind == "integer" else "boolean")
    return rendered(field, column) if field.kind == "list" else column
