"""Tables of bars in CSV or Parquet files, read with pyarrow, which is loaded when the first one is read."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from technic.errors import UnreadableBars
from technic.scanner.sources.headings import Headings, headings
from technic.scanner.units import Floats

CSV_SUFFIXES = (".csv",)
PARQUET_SUFFIXES = (".parquet", ".pq")
SUFFIXES = CSV_SUFFIXES + PARQUET_SUFFIXES

_PEEK_BYTES = 4096
_HEADER_BYTES = 65_536
_DELIMITERS = ",;\t|"
_EMPTY = ("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "-")


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a table: n dates, datetime64[D], and 5 x n open, high, low, close, volume."""

    dates: npt.NDArray[np.datetime64]
    values: Floats


@dataclass(frozen=True, slots=True)
class _CsvHeader:
    headings: Headings
    delimiter: str
    lines: int


def is_parquet(path: Path) -> bool:
    """Whether a file's name says that it is Parquet; else it is CSV."""
    return path.suffix.casefold() in PARQUET_SUFFIXES


def symbols_in(path: Path) -> tuple[str, ...]:
    """The symbols that a table's own column names; none where it has no such column or no rows.

    Of a large CSV file whose beginning and end agree on one symbol, only these are read.

    Raises:
        UnreadableBars: It is no table of bars; the detail says why.
    """
    with _faults():
        if is_parquet(path):
            columns = headings(_parquet(path).schema_arrow.names)
            return () if columns.symbol is None else _named(_column_of(path, columns.symbol))
        header = _csv_header(path)
        if header.headings.symbol is None:
            return ()
        seen = _peeked(path, header)
        return seen if len(seen) <= 1 else _named(_column_of(path, header.headings.symbol))


def read_rows(path: Path) -> dict[str | None, Rows]:
    """All rows of a table by symbol, in the table's order; under None where it has no column of symbols.

    Raises:
        UnreadableBars: It cannot be read as bars; the detail says why.
    """
    with _faults():
        columns, table = _parquet_table(path) if is_parquet(path) else _csv_table(path)
        if not table.num_rows:
            raise UnreadableBars("it has no rows")
        rows = Rows(_dates(table.column(str(columns.date))), _values(table, columns))
        if columns.symbol is None:
            return {None: rows}
        return _by_symbol(rows, table.column(str(columns.symbol)))


@contextmanager
def _faults() -> Iterator[None]:
    """Whatever is wrong with a file's content becomes one sentence; that it cannot be opened stays OSError.

    Arrow's errors are also Python's: ArrowInvalid is a ValueError, and a broken Parquet file an OSError
    without a number.
    """
    try:
        yield
    except (ValueError, TypeError, LookupError, NotImplementedError, csv.Error) as error:
        raise UnreadableBars(_first_line(error)) from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise UnreadableBars(_first_line(error)) from None


def _first_line(error: BaseException) -> str:
    """What an error says, short."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def _csv_header(path: Path) -> _CsvHeader:
    """The first line that is not empty."""
    with path.open("rb") as file:
        text = file.read(_HEADER_BYTES).decode("utf-8-sig", errors="replace")
    if "\0" in text:
        raise UnreadableBars("it is no text")
    lines = text.splitlines()
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise UnreadableBars("it is empty")
    delimiter = max(_DELIMITERS, key=lines[first].count)
    return _CsvHeader(headings(next(csv.reader([lines[first]], delimiter=delimiter))), delimiter, first + 1)


def _peeked(path: Path, header: _CsvHeader) -> tuple[str, ...]:
    """The symbols in the first and the last rows of a CSV file."""
    at = header.headings.symbol or 0
    with path.open("rb") as file:
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
    import pyarrow as pa  # noqa: PLC0415 - see the module's first line
    from pyarrow import csv as pa_csv  # noqa: PLC0415 - see the module's first line

    header = _csv_header(path)
    columns = header.headings
    types = {str(at): pa.float64() for at in columns.prices if at is not None}
    types |= {str(at): pa.string() for at in (columns.date, columns.symbol) if at is not None}
    table = pa_csv.read_csv(
        path,
        pa_csv.ReadOptions(
            use_threads=False,
            skip_rows=header.lines,
            column_names=[str(at) for at in range(len(columns.names))],
        ),
        pa_csv.ParseOptions(delimiter=header.delimiter),
        pa_csv.ConvertOptions(
            column_types=types,
            include_columns=list(types) if only is None else [str(only)],
            null_values=list(_EMPTY),
            strings_can_be_null=True,
        ),
    )
    return columns, table


def _parquet(path: Path) -> Any:
    from pyarrow import parquet  # noqa: PLC0415 - see the module's first line

    return parquet.ParquetFile(path)


def _parquet_table(path: Path, only: int | None = None) -> tuple[Headings, Any]:
    """The columns that matter, named by their places."""
    file = _parquet(path)
    columns = headings(file.schema_arrow.names)
    wanted = [at for at in (columns.date, *columns.prices, columns.symbol) if at is not None]
    wanted = wanted if only is None else [only]
    table = file.read(columns=[columns.names[at] for at in wanted], use_threads=False)
    return columns, table.select([columns.names[at] for at in wanted]).rename_columns(
        [str(at) for at in wanted]
    )


def _column_of(path: Path, at: int) -> Any:
    """One column of a whole file."""
    table = (_parquet_table if is_parquet(path) else _csv_table)(path, only=at)[1]
    return table.column(str(at))


def _named(column: Any) -> tuple[str, ...]:
    """The different symbols in a column, in the order of their first rows."""
    values = (str(value).strip() for value in column.unique().to_pylist() if value is not None)
    return tuple(dict.fromkeys(value for value in values if value))


def _dates(column: Any) -> npt.NDArray[np.datetime64]:
    """Days of ISO dates, of ISO times, or of typed columns; where empty NaT."""
    import pyarrow as pa  # noqa: PLC0415 - see the module's first line
    import pyarrow.compute as pc  # noqa: PLC0415 - see the module's first line

    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = pc.utf8_slice_codeunits(pc.utf8_trim_whitespace(column), 0, len("2018-02-07"))
    elif not (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
        raise UnreadableBars(f"its dates are {kind}; write them as 2018-02-07")
    days = pc.cast(column, pa.date32(), safe=False)
    return np.asarray(days.to_numpy(zero_copy_only=False), dtype="datetime64[D]")


def _values(table: Any, columns: Headings) -> Floats:
    """Open, high, low, close, volume as 5 x n; where empty NaN."""
    import pyarrow as pa  # noqa: PLC0415 - see the module's first line
    import pyarrow.compute as pc  # noqa: PLC0415 - see the module's first line

    values = np.full((5, table.num_rows), np.nan)
    for row, at in enumerate(columns.prices):
        if at is not None:
            values[row] = pc.cast(table.column(str(at)), pa.float64(), safe=False).to_numpy(
                zero_copy_only=False
            )
    return values


def _by_symbol(rows: Rows, column: Any) -> dict[str | None, Rows]:
    """The rows of each symbol; rows without one are left out."""
    import pyarrow as pa  # noqa: PLC0415 - see the module's first line
    import pyarrow.compute as pc  # noqa: PLC0415 - see the module's first line

    trimmed = pc.utf8_trim_whitespace(pc.cast(column, pa.string()))
    encoded = pc.dictionary_encode(trimmed.combine_chunks())
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    names = encoded.dictionary.to_pylist()
    if len(names) == 1 and (codes == 0).all():
        return {names[0]: rows}
    order = np.argsort(codes, kind="stable")
    edges = np.searchsorted(codes[order], np.arange(len(names) + 1))
    parts: dict[str | None, Rows] = {}
    for name, start, stop in zip(names, edges[:-1], edges[1:], strict=True):
        if name:
            chosen = order[start:stop]
            parts[name] = Rows(rows.dates[chosen], rows.values[:, chosen])
    return parts
