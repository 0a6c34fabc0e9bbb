"""Conditions on the columns of a row: what a filter is once it has been read.

A condition is a `Comparison` of one column, or a `Group` of conditions. `filter_parsing` makes them
from JSON, `expressions` from a line of text, `filter_masks` applies them to whole columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Operator = Literal[
    ">", ">=", "<", "<=", "==", "!=", "between", "in", "not_in", "is_null", "crosses_above", "crosses_below"
]
OPERATORS: tuple[Operator, ...] = (
    ">", ">=", "<", "<=", "==", "!=", "between", "in", "not_in", "is_null", "crosses_above", "crosses_below",
)  # fmt: skip
CROSSINGS: tuple[Operator, ...] = ("crosses_above", "crosses_below")
WITHIN_MOST = 20
"""How many bars back a crossing may be looked for."""


@dataclass(frozen=True, slots=True)
class Column:
    """Another column as the value of a comparison."""

    name: str


Constant = float | str | bool | date
Operand = Constant | Column


@dataclass(frozen=True, slots=True)
class Comparison:
    """One column against a value.

    Attributes:
        field: Which column.
        op: How they are compared.
        values: One value; two for `between` (its ends, included); one and more for `in` and `not_in`. For
            `is_null` whether the value is to be missing.
        within: For the crossings: how many of the newest bars may be the one at which it crossed.
    """

    field: str
    op: Operator
    values: tuple[Operand, ...]
    within: int = 1

    def __str__(self) -> str:
        """As a person would write it: `rsi < 30`."""
        words = [_word(value) for value in self.values]
        if self.op == "is_null":
            return f"{self.field} {'is_null' if self.values[0] else 'is not null'}"
        if self.op == "between":
            return f"{self.field} between {words[0]} and {words[1]}"
        tail = f" within {self.within}" if self.op in CROSSINGS and self.within > 1 else ""
        return f"{self.field} {self.op} {', '.join(words)}{tail}"


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions: all of them, any of them, or none of them (not any)."""

    how: Literal["all", "any", "none"]
    members: tuple[Condition, ...]

    def __str__(self) -> str:
        """As a person would write it: `any(rsi < 30, nr7 == true)`."""
        return f"{self.how}({', '.join(str(member) for member in self.members)})"


Condition = Comparison | Group


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Every comparison in a condition, in the order written."""
    if isinstance(condition, Comparison):
        yield condition
        return
    for member in condition.members:
        yield from comparisons(member)


def needs_history(condition: Condition) -> bool:
    """Whether it looks at more than the newest values."""
    return any(comparison.op in CROSSINGS for comparison in comparisons(condition))


def to_json(condition: Condition) -> dict[str, Any]:
    """The condition as the JSON that `filter_parsing` reads back to an equal one."""
    if isinstance(condition, Group):
        return {condition.how: [to_json(member) for member in condition.members]}
    values = [_json(value) for value in condition.values]
    single = condition.op not in {"between", "in", "not_in"}
    written = {"field": condition.field, "op": condition.op, "value": values[0] if single else values}
    return written | ({"within": condition.within} if condition.op in CROSSINGS else {})


def _json(value: Operand) -> Any:
    if isinstance(value, Column):
        return {"field": value.name}
    return value.isoformat() if isinstance(value, date) else value


def _word(value: Operand) -> str:
    if isinstance(value, Column):
        return value.name
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.15g}" if isinstance(value, float) else str(value)
