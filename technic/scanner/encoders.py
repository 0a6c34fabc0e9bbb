"""Rows as bytes, a few at a time: what stands before them, each portion of them, and what stands behind.

No call holds the interpreter for long where the portions are small (`PORTION_ROWS`), and no encoder keeps
more than it must: that of Parquet, a group of rows.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from technic.errors import told
from technic.scanner.fields import NAMES
from technic.scanner.rows import Rows

if TYPE_CHECKING:
    import pyarrow as pa

PORTION_ROWS = 512
"""So many rows take a few milliseconds in any form."""
_GROUP_ROWS = 16_384


class RowsEncoder(Protocol):
    """Writes one table of rows down; to be used by one thread at a time."""

    def begin(self) -> bytes:
        """What stands before the rows."""

    def add(self, rows: Rows) -> bytes:
        """The next rows; empty where they are written with later ones."""

    def end(self) -> bytes:
        """What stands behind them."""


def encoded(encoder: RowsEncoder, rows: Rows) -> bytes:
    """All of it at once, for rows that are few."""
    head = encoder.begin()
    portions = [encoder.add(portion) for portion in rows.sheets(PORTION_ROWS)]
    return b"".join([head, *portions, encoder.end()])


class LinesEncoder:
    """JSON lines: an object a line, UTF-8, lines ended by LF; missing values are null."""

    def begin(self) -> bytes:
        """Nothing."""
        return b""

    def add(self, rows: Rows) -> bytes:
        """A line a row."""
        return b"".join(_json(row) + b"\n" for row in rows.to_dicts())

    def end(self) -> bytes:
        """Nothing."""
        return b""


class CsvEncoder:
    """CSV: a line of names, then a line a row, UTF-8, lines end in CR LF (RFC 4180); missing ones are empty.

    Flags are `true` and `false`, the warnings of a row stand in one cell, parted by `; `. A text that a
    spreadsheet would take for a formula stands behind an apostrophe.
    """

    def begin(self) -> bytes:
        """The line of names."""
        return ",".join(NAMES).encode() + b"\r\n"

    def add(self, rows: Rows) -> bytes:
        """A line a row."""
        from technic.scanner.arrow import csv_lines  # noqa: PLC0415 - slow to load and rarely needed

        return csv_lines(rows)

    def end(self) -> bytes:
        """Nothing."""
        return b""


class ParquetEncoder:
    """Parquet with typed columns, in groups of some thousand rows; `warnings` is a list of texts."""

    def __init__(self) -> None:
        from technic.scanner import arrow  # noqa: PLC0415 - slow to load and rarely needed

        self._outbox = _Outbox()
        self._typed = arrow.typed
        self._writer = arrow.parquet_writer(self._outbox)
        self._waiting: list[pa.Table] = []

    def begin(self) -> bytes:
        """The mark of a Parquet file."""
        return self._outbox.taken()

    def add(self, rows: Rows) -> bytes:
        """A group of rows, where there are enough for one."""
        if len(rows):
            self._waiting.append(self._typed(rows))
        if sum(map(len, self._waiting)) >= _GROUP_ROWS:
            self._write_group()
        return self._outbox.taken()

    def end(self) -> bytes:
        """The last group, and where to find them all."""
        if self._waiting:
            self._write_group()
        self._writer.close()
        return self._outbox.taken()

    def _write_group(self) -> None:
        import pyarrow as pa  # noqa: PLC0415 - see above

        group = pa.concat_tables(self._waiting)
        self._waiting = []
        self._writer.write_table(group, row_group_size=len(group))


class _Outbox(io.RawIOBase):
    """A file that knows how long it is, and keeps only what nobody has taken yet."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._length

    def write(self, content: Any) -> int:
        part = bytes(content)
        self._parts.append(part)
        self._length += len(part)
        return len(part)

    def taken(self) -> bytes:
        """What was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _json(row: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(row)
    except orjson.JSONEncodeError:  # half a surrogate pair, of a file's name
        return orjson.dumps(dict(zip(row, map(_tellable, row.values()), strict=True)))


def _tellable(value: Any) -> Any:
    if isinstance(value, list):
        return [told(text) for text in value]
    return told(value) if isinstance(value, str) else value
