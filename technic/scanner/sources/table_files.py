"""How a table lies in a file: CSV or Parquet, whole or piece by piece, its columns named by their places.

pyarrow is loaded when the first file is read, and not before.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from technic.config.plain_files import open_plain
from technic.errors import UnreadableBars
from technic.scanner.sources.headings import Headings, headings

CSV_SUFFIXES = (".csv",)
PARQUET_SUFFIXES = (".parquet", ".pq")
SUFFIXES = CSV_SUFFIXES + PARQUET_SUFFIXES

_PEEK_BYTES = 4096
_HEADER_BYTES = 65_536
_DELIMITERS = ",;\t|"
_EMPTY = ("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "-")


@dataclass(frozen=True, slots=True)
class _CsvHeader:
    """What the first line of a CSV file says: its columns, its delimiter, and how many lines to skip."""

    headings: Headings
    delimiter: str
    lines: int


def is_parquet(path: Path) -> bool:
    """Whether a file's name says that it is Parquet; else it is CSV."""
    return path.suffix.casefold() in PARQUET_SUFFIXES


def _csv_header(path: Path) -> _CsvHeader:
    """The first line that is not empty."""
    with open_plain(path) as file:
        text = file.read(_HEADER_BYTES).decode("utf-8-sig", errors="replace")
    if "\0" in text:
        raise UnreadableBars("it is no text")
    lines = text.splitlines()
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise UnreadableBars("it is empty")
    delimiter = max(_DELIMITERS, key=lines[first].count)
    return _CsvHeader(headings(next(csv.reader([lines[first]], delimiter=delimiter))), delimiter, first + 1)


def symbols_at_the_ends(path: Path) -> tuple[str, ...]:
    """The symbols in the first and the last rows of a CSV file."""
    header = _csv_header(path)
    at = header.headings.symbol or 0
    with open_plain(path) as file:
        size = os.fstat(file.fileno()).st_size
        lines = file.read(_PEEK_BYTES).decode("utf-8", errors="replace").splitlines()[header.lines :]
        if size > _PEEK_BYTES:
            lines = lines[:-1]  # it may be cut in two
            file.seek(max(size - _PEEK_BYTES, 0))
            lines += file.read().decode("utf-8", errors="replace").splitlines()[1:]
    rows = csv.reader(lines, delimiter=header.delimiter)
    return tuple(dict.fromkeys(row[at].strip() for row in rows if len(row) > at and row[at].strip()))


def _csv_table(path: Path, only: int | None = None) -> tuple[Headings, Any]:
    """The columns that matter, named by their places."""
    from pyarrow import csv as pa_csv  # noqa: PLC0415 - see the module's docstring

    header = _csv_header(path)
    with open_plain(path) as file:
        return header.headings, pa_csv.read_csv(file, *_csv_options(header, only))


def _csv_pieces(path: Path) -> tuple[Headings, Iterator[Any]]:
    """The same, a piece after the other."""
    import pyarrow as pa  # noqa: PLC0415 - see the module's docstring
    from pyarrow import csv as pa_csv  # noqa: PLC0415 - see the module's docstring

    header = _csv_header(path)

    def pieces() -> Iterator[Any]:
        with open_plain(path) as file:
            for batch in pa_csv.open_csv(file, *_csv_options(header, None)):
                yield pa.Table.from_batches([batch])

    return header.headings, pieces()


def _csv_options(header: _CsvHeader, only: int | None) -> tuple[Any, Any, Any]:
    """How to read, to parse and to convert; `only` is the place of the one column wanted."""
    import pyarrow as pa  # noqa: PLC0415 - see the module's docstring
    from pyarrow import csv as pa_csv  # noqa: PLC0415 - see the module's docstring

    columns = header.headings
    types = {str(at): pa.float64() for at in columns.prices if at is not None}
    types |= {str(at): pa.string() for at in (columns.date, columns.symbol) if at is not None}
    names = [str(at) for at in range(len(columns.names))]
    return (
        pa_csv.ReadOptions(use_threads=False, skip_rows=header.lines, column_names=names),
        pa_csv.ParseOptions(delimiter=header.delimiter),
        pa_csv.ConvertOptions(
            column_types=types,
            include_columns=list(types) if only is None else [str(only)],
            null_values=list(_EMPTY),
            strings_can_be_null=True,
        ),
    )


@contextmanager
def _parquet(path: Path) -> Iterator[Any]:
    """An open Parquet file."""
    from pyarrow import parquet  # noqa: PLC0415 - see the module's docstring

    with open_plain(path) as file:
        yield parquet.ParquetFile(file)


def _parquet_headings(path: Path) -> Headings:
    with _parquet(path) as file:
        return headings(file.schema_arrow.names)


def _parquet_table(path: Path, only: int | None = None) -> tuple[Headings, Any]:
    """The columns that matter, named by their places."""
    with _parquet(path) as file:
        columns = headings(file.schema_arrow.names)
        wanted = columns.wanted if only is None else (only,)
        table = file.read([columns.names[at] for at in wanted], use_threads=False)
        return columns, _placed(table, columns, wanted)


def _parquet_pieces(path: Path) -> tuple[Headings, Iterator[Any]]:
    """The same, a piece after the other."""
    import pyarrow as pa  # noqa: PLC0415 - see the module's docstring

    columns = _parquet_headings(path)

    def pieces() -> Iterator[Any]:
        names = [columns.names[at] for at in columns.wanted]
        with _parquet(path) as file:
            for batch in file.iter_batches(columns=names, use_threads=False):
                yield _placed(pa.Table.from_batches([batch]), columns, columns.wanted)

    return columns, pieces()


def _placed(table: Any, columns: Headings, wanted: Sequence[int]) -> Any:
    """A table with its columns named by their places."""
    return table.select([columns.names[at] for at in wanted]).rename_columns([str(at) for at in wanted])


def table_of(path: Path) -> tuple[Headings, Any]:
    """The columns that matter of a whole file."""
    return _parquet_table(path) if is_parquet(path) else _csv_table(path)


def pieces_of(path: Path) -> tuple[Headings, Iterator[Any]]:
    """The columns that matter of a file, a piece after the other, in little memory."""
    return _parquet_pieces(path) if is_parquet(path) else _csv_pieces(path)


def headings_of(path: Path) -> Headings:
    """The columns of a file."""
    return _parquet_headings(path) if is_parquet(path) else _csv_header(path).headings


def column_of(path: Path, at: int) -> Any:
    """One column of a whole file."""
    table = (_parquet_table if is_parquet(path) else _csv_table)(path, only=at)[1]
    return table.column(str(at))
