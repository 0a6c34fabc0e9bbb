"""Rows <-> pieces of bytes, a few columns at a time, so that no single call holds the interpreter for long.

    piece    number of rows | [name, values] of some columns
    table    pieces that name each column once; joined tables come one after the other

A large table is packed as several, of `SHEET_ROWS` rows at most: they can be read a sheet at a time.

Numbers are raw little-endian float64: every bit survives, also a NaN's. Columns go by name: one that this
program does not know is passed over, one that was not kept is missing in every row. What was packed lately is
kept, for several scans may share one table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Self

import msgpack
import numpy as np

from technic.engine.codec.packing import RecordDamaged, pack, unpack
from technic.engine.sheets import SHEET_ROWS
from technic.errors import told
from technic.scanner.bounded import Bounded
from technic.scanner.fields import BY_NAME, FIELDS, Field
from technic.scanner.rows import Column, Rows

VERSION = 2
_ONE_TABLE = 1  # the version before, of which the pieces were always those of one table
HEAD_BYTES = 64
"""So much of a piece is enough for `head_of`."""
_PIECE_BYTES = 1 << 18
_TEXT_BYTES = 24  # about what one short text takes
_NUMBER = np.dtype("<f8")

Columns = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a table.

    Attributes:
        content: Its bytes.
        digest: 16 bytes, equal where the content is.
    """

    content: bytes
    digest: bytes

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The piece of some bytes."""
        return cls(content, blake2b(content, digest_size=16).digest())


_packed = Bounded[Rows, tuple[Piece, ...]](32 << 20)


def encode_rows(rows: Rows) -> Iterator[Piece]:
    """Rows as one piece or some, each of about a quarter of a megabyte at most."""
    for table in rows.parts:
        pieces = _packed.get(table)
        if pieces is None:
            sheets = table.sheets(SHEET_ROWS)
            pieces = tuple(Piece.of(content) for sheet in sheets for content in _pieces(sheet))
            _packed.keep(table, pieces, table.nbytes + sum(len(piece.content) for piece in pieces))
        yield from pieces


def decode_rows(pieces: Iterable[bytes | None]) -> Rows:
    """Rows from the contents of their pieces, None for one that is lost.

    Raises:
        RecordDamaged: One is lost, damaged, of another version, or does not belong to the others.
    """
    tables: list[tuple[int, dict[str, Column]]] = []
    for piece in pieces:
        if piece is None:
            raise RecordDamaged("a piece of a stored table of rows is lost")
        count, columns = unpack("table of rows", piece, _version_of(piece), _rebuild)
        if not tables or tables[-1][1].keys() & columns.keys():
            tables.append((count, {}))
        if count != tables[-1][0]:
            raise RecordDamaged("a stored table of rows has pieces of different lengths")
        tables[-1][1].update(columns)
    return Rows.concat([_table(count, found) for count, found in tables])


def head_of(start: bytes) -> tuple[int, str]:
    """How many rows a piece is of, and which column it names first; of the start of its bytes.

    Raises:
        RecordDamaged: It is no piece's.
    """
    unpacker = msgpack.Unpacker(raw=False, unicode_errors="surrogatepass")
    unpacker.feed(start[1:])
    try:
        unpacker.read_array_header()
        count = unpacker.unpack()
        unpacker.read_array_header()
        unpacker.read_array_header()
        name = unpacker.unpack()
    except (ValueError, msgpack.UnpackException) as error:
        raise RecordDamaged(f"a stored table of rows cannot be read: {told(error)}") from error
    if not isinstance(count, int) or not isinstance(name, str):
        raise RecordDamaged("a stored table of rows begins with something else")
    return count, name


def _version_of(piece: bytes) -> int:
    return _ONE_TABLE if piece and piece[0] == _ONE_TABLE else VERSION


def _table(count: int, found: dict[str, Column]) -> Rows:
    return Rows({field.name: found.get(field.name, _missing(field, count)) for field in FIELDS})


def _pieces(rows: Rows) -> Iterator[bytes]:
    count = len(rows)
    for columns in _portions(count):
        named = [[field.name, _plain(field, rows.columns[field.name])] for field in columns]
        yield pack([count, named], VERSION)


@lru_cache(maxsize=1_024)
def _portions(count: int) -> tuple[tuple[Field, ...], ...]:
    """Which columns go together in a piece, where there are so many rows."""
    portions: list[tuple[Field, ...]] = []
    portion: list[Field] = []
    size = 0
    for field in FIELDS:
        takes = count * (_NUMBER.itemsize if field.numeric else _TEXT_BYTES)
        if portion and size + takes > _PIECE_BYTES:
            portions.append(tuple(portion))
            portion, size = [], 0
        portion.append(field)
        size += takes
    return (*portions, tuple(portion))


def _plain(field: Field, column: Column) -> Any:
    if field.numeric:
        return column.astype(_NUMBER, copy=False).tobytes()
    texts = column.tolist()
    return [list(words or ()) for words in texts] if field.kind == "list" else texts


def _rebuild(value: list[Any]) -> tuple[int, dict[str, Column]]:
    count, columns = value
    known = {name: _rich(BY_NAME[name], payload) for name, payload in columns if name in BY_NAME}
    if any(len(column) != count for column in known.values()):
        raise ValueError("a column is longer or shorter than its table")
    return count, known


def _rich(field: Field, payload: Any) -> Column:
    if field.numeric:
        return np.frombuffer(payload, _NUMBER).astype(np.float64)
    values = [tuple(words) for words in payload] if field.kind == "list" else payload
    return np.fromiter(values, np.object_, len(values))


def _missing(field: Field, count: int) -> Column:
    if field.numeric:
        return np.full(count, np.nan)
    empty = () if field.kind == "list" else None
    return np.fromiter([empty] * count, np.object_, count)
