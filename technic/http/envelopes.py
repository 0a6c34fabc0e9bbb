"""A result written down bit by bit: rows alone, or between all else that is known of the scan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgpack

from technic.engine.outcome import OpenResult
from technic.http.encoding import json_bytes
from technic.http.negotiation import Form
from technic.http.payloads import result_ends
from technic.scanner.encoders import CsvEncoder, LinesEncoder, ParquetEncoder, RowsEncoder
from technic.scanner.rows import Rows

_ROWS = "results"


class JsonEnvelope:
    """The JSON object of a result.

    Args:
        opened: The result.
    """

    def __init__(self, opened: OpenResult, _rows: int) -> None:
        self._front, self._back = result_ends(opened.snapshot, opened.result, sum(opened.sheets.sizes))
        self._first = True

    def around(self, rows: bytes) -> bytes:
        """All of it, with the rows that are a JSON array already."""
        return b"".join((self.begin(), rows[1:-1], self.end()))

    def begin(self) -> bytes:
        """Up to the first row."""
        return json_bytes(self._front)[:-1] + b',"%b":[' % _ROWS.encode()

    def add(self, rows: Rows) -> bytes:
        """Some rows."""
        if not len(rows):
            return b""
        text = json_bytes(rows.to_dicts())
        first, self._first = self._first, False
        return text[1:-1] if first else b"," + text[1:-1]

    def end(self) -> bytes:
        """From the last row on."""
        return b"]," + json_bytes(self._back)[1:]


class MsgpackEnvelope:
    """The same in msgpack.

    Args:
        opened: The result.
        rows: How many rows will be added.
    """

    def __init__(self, opened: OpenResult, rows: int) -> None:
        self._front, self._back = result_ends(opened.snapshot, opened.result, sum(opened.sheets.sizes))
        self._packer = msgpack.Packer(default=str, unicode_errors="backslashreplace")
        self._rows = rows

    def begin(self) -> bytes:
        """Up to the first row; how many there are is said before them."""
        fields = len(self._front) + 1 + len(self._back)
        head = [self._packer.pack_map_header(fields), self._pairs(self._front), self._packer.pack(_ROWS)]
        return b"".join([*head, self._packer.pack_array_header(self._rows)])

    def add(self, rows: Rows) -> bytes:
        """Some rows."""
        return b"".join(map(self._packer.pack, rows.to_dicts()))

    def end(self) -> bytes:
        """From the last row on."""
        return self._pairs(self._back)

    def _pairs(self, fields: Mapping[str, Any]) -> bytes:
        pack = self._packer.pack
        return b"".join(pack(name) + pack(value) for name, value in fields.items())


ENVELOPES: Final[Mapping[Form, Callable[[OpenResult, int], RowsEncoder]]] = {
    "json": JsonEnvelope,
    "msgpack": MsgpackEnvelope,
    "jsonl": lambda _opened, _rows: LinesEncoder(),
    "csv": lambda _opened, _rows: CsvEncoder(),
    "parquet": lambda _opened, _rows: ParquetEncoder(),
}
"""By form: what writes a result of which so many rows are wanted."""
