"""Rows as bytes for whoever asked: JSON, JSON lines, CSV, Parquet, msgpack; and as a pandas DataFrame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgpack
import numpy as np
import orjson

from technic.scanner.encoders import CsvEncoder, LinesEncoder, ParquetEncoder, encoded
from technic.scanner.fields import BY_NAME, NAMES, Field
from technic.scanner.rows import Column, Rows, rendered

if TYPE_CHECKING:
    import pandas as pd


def json_bytes(rows: Rows) -> bytes:
    """A JSON array of objects, UTF-8; missing values are null."""
    return orjson.dumps(rows.to_dicts())


def jsonl_bytes(rows: Rows) -> bytes:
    """JSON lines, see `LinesEncoder`."""
    return encoded(LinesEncoder(), rows)


def msgpack_bytes(rows: Rows) -> bytes:
    """A msgpack array of maps; missing values are nil."""
    packed: bytes = msgpack.packb(rows.to_dicts())
    return packed


def csv_bytes(rows: Rows) -> bytes:
    """CSV, see `CsvEncoder`."""
    return encoded(CsvEncoder(), rows)


def parquet_bytes(rows: Rows) -> bytes:
    """A Parquet file, see `ParquetEncoder`."""
    return encoded(ParquetEncoder(), rows)


EXPORTS: Mapping[str, tuple[str, Callable[[Rows], bytes]]] = {
    "json": ("application/json", json_bytes),
    "jsonl": ("application/x-ndjson", jsonl_bytes),
    "csv": ("text/csv; charset=utf-8", csv_bytes),
    "parquet": ("application/vnd.apache.parquet", parquet_bytes),
    "msgpack": ("application/vnd.msgpack", msgpack_bytes),
}
"""The formats by name: media type, and the function that makes the bytes."""


def frame(rows: Rows) -> pd.DataFrame:
    """A DataFrame, one column a field: nullable whole numbers and flags, days as datetime64."""
    import pandas as pd  # noqa: PLC0415 - slow to load and rarely needed

    return pd.DataFrame({name: _series(BY_NAME[name], rows.columns[name]) for name in NAMES})


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
