"""The order of rows: by any column, missing values last, ties by symbol."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from technic.scanner.fields import BY_NAME, Field
from technic.scanner.rows import Rows
from technic.scanner.units import Places
from technic.scanner.universe import natural_order


def ranked(rows: Rows, sort_by: str, *, descending: bool = True, limit: int | None = None) -> Rows:
    """The rows in order; ties stand as they stood before, which for a plan is the order of the symbols.

    Args:
        rows: In the order that decides ties.
        sort_by: A field's name.
        descending: Whether the highest come first. Missing values are last in both directions.
        limit: How many at most; None for all.
    """
    field = BY_NAME[sort_by]
    if field.numeric:
        places = _numbers(rows.columns[sort_by], descending=descending)
    else:
        places = _objects(field, rows.columns[sort_by], descending=descending)
    return rows.take(places[:limit])


def by_symbol(rows: Rows) -> Rows:
    """The rows in the natural order of their symbols: SIM2 before SIM10."""
    symbols = rows.symbols
    places = sorted(range(len(symbols)), key=lambda place: natural_order(symbols[place]))
    return rows.take(np.array(places, dtype=np.intp))


def _numbers(column: npt.NDArray[np.float64], *, descending: bool) -> Places:
    return np.argsort(-column if descending else column, kind="stable")  # NaN sorts last either way


def _objects(field: Field, column: npt.NDArray[np.object_], *, descending: bool) -> Places:
    present = [place for place, value in enumerate(column) if value]
    missing = [place for place, value in enumerate(column) if not value]
    present.sort(key=lambda place: _key(field, column[place]), reverse=descending)  # stable in reverse too
    return np.array(present + missing, dtype=np.intp)


def _key(field: Field, value: Any) -> Any:
    """Symbols count as numbers where they hold some, labels by their rank, warnings by how many there are."""
    if field.name == "symbol":
        return natural_order(value)
    if field.values:
        return field.values.index(value)
    return len(value) if field.kind == "list" else value.casefold()
