"""Which operators a column takes: those that fit what its values are."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from technic.scanner.fields import Field
from technic.scanner.filters import CROSSINGS, OPERATORS, Operator
from technic.scanner.units import CROSSING_FIELDS

OPS_BY_KIND: dict[str, tuple[Operator, ...]] = {
    "number": OPERATORS,
    "integer": OPERATORS,
    "date": tuple(op for op in OPERATORS if op not in CROSSINGS),
    "flag": ("==", "!=", "is_null"),
    "text": ("==", "!=", "in", "not_in", "is_null"),
    "list": ("is_null",),
}
"""What can be asked of values of each kind."""


def with_operators(column: Field) -> dict[str, Any]:
    """All about a column, as JSON values: its attributes, and the operators that it takes."""
    return {**asdict(column), "operators": operators_of(column)}


def operators_of(column: Field) -> tuple[Operator, ...]:
    """All that can be asked of a column; crossings only where its past is known."""
    usable = OPS_BY_KIND[column.kind]
    return usable if column.name in CROSSING_FIELDS else tuple(op for op in usable if op not in CROSSINGS)
