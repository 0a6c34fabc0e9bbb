"""The order of rows: by any column, missing values last, ties by symbol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from technic.scanner.fields import BY_NAME, Field
from technic.scanner.gentle import gently_sorted
from technic.scanner.rows import Column, Rows
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
    return rows.take(_places(sort_by, rows.columns[sort_by], descending=descending)[:limit])


def by_symbol(rows: Rows) -> Rows:
    """The rows in the natural order of their symbols: SIM2 before SIM10."""
    return rows.take(_by_symbol(rows.symbols))


def order_of(symbols: Sequence[str], column: Column, sort_by: str, *, descending: bool) -> Places:
    """Where the rows of an order stand, by two of their columns alone; ties by symbol.

    Args:
        symbols: Each row's.
        column: Each row's value of the field that decides.
        sort_by: That field's name.
        descending: Whether the highest come first. Missing values are last in both directions.
    """
    first = _by_symbol(symbols)
    return first[_places(sort_by, column[first], descending=descending)]


def _by_symbol(symbols: Sequence[str]) -> Places:
    places = gently_sorted(range(len(symbols)), lambda place: natural_order(symbols[place]))
    return np.array(places, dtype=np.intp)


def _places(sort_by: str, column: Column, *, descending: bool) -> Places:
    field = BY_NAME[sort_by]
    order = _numbers(column, descending=descending) if field.numeric else None
    return _objects(field, column, descending=descending) if order is None else order


def _numbers(column: npt.NDArray[np.float64], *, descending: bool) -> Places:
    return np.argsort(-column if descending else column, kind="stable")  # NaN sorts last either way


def _objects(field: Field, column: npt.NDArray[np.object_], *, descending: bool) -> Places:
    present = [place for place, value in enumerate(column) if value]
    missing = [place for place, value in enumerate(column) if not value]
    ordered = gently_sorted(present, lambda place: _key(field, column[place]), reverse=descending)
    return np.array(ordered + missing, dtype=np.intp)


def _key(field: Field, value: Any) -> Any:
    """Symbols count as numbers where they hold some, labels by their rank, warnings by how many there are."""
    if field.name == "symbol":
        return natural_order(value)
    if field.values:
        return field.values.index(value)
    return len(value) if field.kind == "list" else value.casefold()
