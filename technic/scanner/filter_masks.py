"""Conditions applied to whole columns: which rows of a block pass.

A missing value makes a comparison false, also `!=` and `not_in`; `is_null` alone asks for it. Text is
compared without regard to case, sectors whatever scheme spells them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from technic.scanner.fields import BY_NAME
from technic.scanner.filters import CROSSINGS, Column, Comparison, Condition, Operand
from technic.scanner.sectors import canonical_sector
from technic.scanner.units import CROSSING_FIELDS, Floats

Mask = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

_EPOCH = date(1970, 1, 1)
_ORDERINGS: dict[str, Callable[[Any, Any], Mask]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True, slots=True)
class Table:
    """What conditions are applied to: n rows, column by column.

    Attributes:
        size: n.
        columns: By name: n float64, NaN where missing; of text and lists n objects, None where missing.
        history: float64, crossing fields x 21 x n, newest first; None where no condition needs it.
    """

    size: int
    columns: Mapping[str, npt.NDArray[Any]]
    history: Floats | None = None


def mask(condition: Condition, table: Table) -> Mask:
    """Which rows meet a condition: n booleans."""
    if isinstance(condition, Comparison):
        return _compare(condition, table)
    masks = [mask(member, table) for member in condition.members]
    joined: Mask = (np.logical_and if condition.how == "all" else np.logical_or).reduce(masks)
    return ~joined if condition.how == "none" else joined


def _compare(comparison: Comparison, table: Table) -> Mask:
    column = table.columns[comparison.field]
    if comparison.op == "is_null":
        missing = _missing(column)
        return missing if comparison.values[0] is True else ~missing
    if comparison.op in CROSSINGS:
        return _crosses(comparison, table)
    if BY_NAME[comparison.field].numeric:
        return _compare_numbers(comparison, column, table)
    return _compare_texts(comparison, column, table)


def _missing(column: npt.NDArray[Any]) -> Mask:
    if column.dtype == np.float64:
        missing: Mask = np.isnan(column)
        return missing
    return np.fromiter((not value for value in column), np.bool_, len(column))


def _compare_numbers(comparison: Comparison, column: Floats, table: Table) -> Mask:
    values = [_number(value, table) for value in comparison.values]
    with np.errstate(invalid="ignore"):
        if comparison.op == "between":
            return (column >= values[0]) & (column <= values[1])
        if comparison.op in {"in", "not_in"}:
            listed = np.isin(column, np.array(values, dtype=np.float64))
            return listed if comparison.op == "in" else ~listed & ~np.isnan(column)
        found: Mask = _ORDERINGS[comparison.op](column, values[0])
        return found & ~np.isnan(column) & ~np.isnan(values[0]) if comparison.op == "!=" else found


def _number(value: Operand, table: Table) -> Floats | float:
    if isinstance(value, Column):
        column: Floats = table.columns[value.name]
        return column
    return float((value - _EPOCH).days) if isinstance(value, date) else float(value)


def _compare_texts(comparison: Comparison, column: Texts, table: Table) -> Mask:
    """`==`, `!=`, `in`, `not_in` on text."""
    wanted = comparison.op in {"==", "in"}
    plain = _canonical_sector if comparison.field == "sector" else str.casefold
    first = comparison.values[0]
    if isinstance(first, Column):
        pairs = zip(column, table.columns[first.name], strict=True)
        found = (bool(a and b) and (plain(a) == plain(b)) is wanted for a, b in pairs)
    else:
        listed = {plain(str(value)) for value in comparison.values}
        found = (bool(text) and (plain(text) in listed) is wanted for text in column)
    return np.fromiter(found, np.bool_, table.size)


@lru_cache(maxsize=1024)
def _canonical_sector(name: str) -> str:
    return canonical_sector(name)


def _crosses(comparison: Comparison, table: Table) -> Mask:
    """Whether x crossed y at one of the newest `within` bars: x[k] > y[k] and x[k+1] <= y[k+1]."""
    if table.history is None:
        raise ValueError(f"{comparison} needs the history of its fields")
    steps = comparison.within + 1
    x = table.history[CROSSING_FIELDS.index(comparison.field), :steps]
    value = comparison.values[0]
    y = (
        table.history[CROSSING_FIELDS.index(value.name), :steps]
        if isinstance(value, Column)
        else np.full_like(x, float(value))  # type: ignore[arg-type] # a crossing's constant is a number
    )
    if comparison.op == "crosses_below":
        x, y = y, x
    crossed: Mask = np.logical_or.reduce((x[:-1] > y[:-1]) & (x[1:] <= y[1:]))
    return crossed
