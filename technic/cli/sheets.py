"""Lists of JSON objects as files: CSV, Parquet, JSON lines; for whatever has rows and is no scan's result."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import msgpack

from technic.cli.forms import Form
from technic.http.encoding import json_bytes
from technic.scanner.formulas import no_formula

Record = Mapping[str, Any]


def sheet(records: Sequence[Record], columns: Sequence[str], form: Form) -> bytes:
    """These columns of the records; lists stand in one cell, parted by `; `.

    Args:
        records: In order; a column that one lacks is empty there.
        columns: Their names, in order.
        form: One of those that hold rows alone.

    Raises:
        ValueError: It holds more than rows.
    """
    match form:
        case Form.JSONL:
            return b"".join(json_bytes(_chosen(record, columns)) + b"\n" for record in records)
        case Form.CSV:
            return _csv(records, columns)
        case Form.PARQUET:
            return _parquet(records, columns)
        case Form.MSGPACK:
            packed: bytes = msgpack.packb([_chosen(record, columns) for record in records])
            return packed
    raise ValueError(f"{form} is no form of rows alone")


def _chosen(record: Record, columns: Sequence[str]) -> dict[str, Any]:
    return {name: record.get(name) for name in columns}


def _csv(records: Sequence[Record], columns: Sequence[str]) -> bytes:
    """A line of names, then a line a record; UTF-8, lines ended by CR LF (RFC 4180)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(record.get(name)) for name in columns] for record in records)
    return text.getvalue().encode("utf-8", "replace")


def _parquet(records: Sequence[Record], columns: Sequence[str]) -> bytes:
    import pyarrow as pa  # noqa: PLC0415 - slow to load and rarely needed
    import pyarrow.parquet as pq  # noqa: PLC0415

    sink = io.BytesIO()
    named = {name: [_told(record.get(name)) for record in records] for name in columns}
    pq.write_table(pa.table(named), sink)
    return sink.getvalue()


def _cell(value: Any) -> Any:
    told = _told(value)
    return no_formula(told) if isinstance(told, str) else told


def _told(value: Any) -> Any:
    """A value that fits in a cell."""
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    return json_bytes(value).decode() if isinstance(value, Mapping) else value
