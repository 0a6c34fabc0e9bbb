"""Bars out of tables: the rows of each symbol, as days and numbers.

pyarrow is loaded when the first table is read, and not before.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from technic.errors import UnreadableBars
from technic.scanner.sources.headings import Headings
from technic.scanner.sources.table_files import (
    column_of,
    headings_of,
    is_parquet,
    pieces_of,
    symbols_at_the_ends,
    table_of,
)
from technic.scanner.units import Floats


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a table: n dates, datetime64[D], and 5 x n open, high, low, close, volume."""

    dates: npt.NDArray[np.datetime64]
    values: Floats


Table = dict[str | None, Rows]
"""A table's rows by symbol, in the table's order; under None where it has no column of symbols."""


def symbols_in(path: Path) -> tuple[str, ...]:
    """The symbols that a table's own column names; none where it has no such column or no rows.

    Of a large CSV file whose beginning and end agree on one symbol, only these are read.

    Raises:
        UnreadableBars: It is no table of bars; the detail says why.
    """
    with _faults():
        columns = headings_of(path)
        if columns.symbol is None:
            return ()
        seen = () if is_parquet(path) else symbols_at_the_ends(path)
        return seen if len(seen) == 1 else _named(column_of(path, columns.symbol))


def read_rows(path: Path) -> Table:
    """All rows of a table.

    Raises:
        UnreadableBars: It cannot be read as bars; the detail says why.
    """
    with _faults():
        return _by_symbol(*table_of(path))


def read_rows_of(path: Path, symbols: Sequence[str]) -> Table:
    """The rows of some symbols in a table with a column of symbols, read piece by piece in little memory.

    Raises:
        UnreadableBars: It cannot be read as bars; the detail says why.
    """
    import pyarrow as pa  # noqa: PLC0415 - see the module's docstring
    import pyarrow.compute as pc  # noqa: PLC0415 - see the module's docstring

    with _faults():
        columns, pieces = pieces_of(path)
        wanted, found = pa.array(symbols, pa.string()), []
        for piece in pieces:
            named = pc.utf8_trim_whitespace(pc.cast(piece.column(str(columns.symbol)), pa.string()))
            found.append(piece.filter(pc.is_in(named, value_set=wanted)))
        return _by_symbol(columns, pa.concat_tables(found))


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


def _named(column: Any) -> tuple[str, ...]:
    """The different symbols in a column, in the order of their first rows."""
    values = (str(value).strip() for value in column.unique().to_pylist() if value is not None)
    return tuple(dict.fromkeys(value for value in values if value))


def _dates(column: Any) -> npt.NDArray[np.datetime64]:
    """Days of ISO dates, of ISO times, or of typed columns; where empty NaT."""
    import pyarrow as pa  # noqa: PLC0415 - see the module's docstring
    import pyarrow.compute as pc  # noqa: PLC0415 - see the module's docstring

    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = pc.utf8_slice_codeunits(pc.utf8_trim_whitespace(column), 0, len("2018-02-07"))
    elif not (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
        raise UnreadableBars(f"its dates are {kind}; write them as 2018-02-07")
    days = pc.cast(column, pa.date32(), safe=False)
    return np.asarray(days.to_numpy(zero_copy_only=False), dtype="datetime64[D]")


def _values(table: Any, columns: Headings) -> Floats:
    """Open, high, low, close, volume as 5 x n; where empty NaN."""
    import pyarrow as pa  # noqa: PLC0415 - see the module's docstring
    import pyarrow.compute as pc  # noqa: PLC0415 - see the module's docstring

    values = np.full((5, table.num_rows), np.nan)
    for row, at in enumerate(columns.prices):
        if at is not None:
            values[row] = pc.cast(table.column(str(at)), pa.float64(), safe=False).to_numpy(
                zero_copy_only=False
            )
    return values


def _by_symbol(columns: Headings, table: Any) -> Table:
    """The rows of each symbol; rows without one are left out."""
    import pyarrow as pa  # noqa: PLC0415 - see the module's docstring
    import pyarrow.compute as pc  # noqa: PLC0415 - see the module's docstring

    if not table.num_rows:
        raise UnreadableBars("it has no rows")
    rows = Rows(_dates(table.column(str(columns.date))), _values(table, columns))
    if columns.symbol is None:
        return {None: rows}
    trimmed = pc.utf8_trim_whitespace(pc.cast(table.column(str(columns.symbol)), pa.string()))
    encoded = pc.dictionary_encode(trimmed.combine_chunks())
    return _split(rows, encoded.indices.fill_null(-1).to_numpy(), encoded.dictionary.to_pylist())


def _split(rows: Rows, codes: npt.NDArray[np.int32], names: Sequence[str]) -> Table:
    """Rows by the name that each one's code stands for."""
    if len(names) == 1 and (codes == 0).all():
        return {names[0]: rows}
    order = np.argsort(codes, kind="stable")
    edges = np.searchsorted(codes[order], np.arange(len(names) + 1))
    parts: Table = {}
    for name, start, stop in zip(names, edges[:-1], edges[1:], strict=True):
        if name:
            chosen = order[start:stop]
            parts[name] = Rows(rows.dates[chosen], rows.values[:, chosen])
    return parts
