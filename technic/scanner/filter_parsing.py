"""From the JSON of a filter to its condition, with every fault found and pointed to.

A filter is `{"field": F, "op": O, "value": V}`, with `within` for the crossings, or a group
`{"all": [...]}`, `{"any": [...]}`, `{"none": [...]}`. A list of filters is what `all` makes of it.
In the place of a filter may stand its text, `rsi < 30`, as `expressions` reads it.
Whether a value suits its field is settled here, once, so that applying a condition cannot fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from technic.errors import Fault, InvalidRequest
from technic.scanner.expressions import parse_expression
from technic.scanner.faults import NEAREST_MOST
from technic.scanner.fields import BY_NAME, NAMES, Field, nearest
from technic.scanner.filter_operators import OPS_BY_KIND
from technic.scanner.filter_values import KIND_WORDS, typed
from technic.scanner.filters import (
    CROSSINGS,
    OPERATORS,
    WITHIN_MOST,
    Column,
    Comparison,
    Condition,
    Group,
    Operand,
    Operator,
)
from technic.scanner.request_faults import pointer_to
from technic.scanner.units import CROSSING_FIELDS

DEPTH_MOST = 8
"""How deep groups may nest."""
CONDITIONS_MOST = 100
"""How many conditions and groups one request may have in all."""
VALUES_MOST = 1000
"""How many values `in` and `not_in` may list."""
EXPRESSION_MOST = 2_000
"""How long a filter that is written as text may be."""

_GROUPS = ("all", "any", "none")
_COMPARISON_KEYS = ("field", "op", "value", "within")
_MEANT = {"=": "==", "<>": "!=", "=>": ">=", "=<": "<=", "eq": "==", "ne": "!=",
          "gt": ">", "gte": ">=", "ge": ">=", "lt": "<", "lte": "<=", "le": "<="}  # fmt: skip


class _Rejected(Exception):
    """This part of the filter cannot be used; its fault has been noted."""


@dataclass(slots=True)
class _Reader:
    """Reads one request's filters; notes faults instead of stopping at the first."""

    faults: list[Fault] = field(default_factory=list)
    count: int = 0

    def reject(self, pointer: str, detail: str, near: str | None = None) -> _Rejected:
        """Note a fault; to be raised."""
        hint = f" Did you mean {near!r}?" if near else ""
        self.faults.append(Fault(pointer, detail + hint, near))
        return _Rejected()

    def nearest(self, name: str, known: Iterable[str]) -> str | None:
        """The known name that was most likely meant; None where none is near, or enough were looked for."""
        return nearest(name, known) if len(self.faults) < NEAREST_MOST else None


def parse_filters(raw: object, pointer: str = "/filters") -> tuple[tuple[Condition, ...], tuple[Fault, ...]]:
    """Read what a request holds under `filters`.

    Args:
        raw: JSON values: a list of filters, or one group or filter.
        pointer: Where it stands, as an RFC 6901 JSON pointer.

    Returns:
        The conditions, of which all have to hold, and the faults; where there are faults the conditions
        are not complete.
    """
    reader = _Reader()
    if isinstance(raw, Mapping):
        found = [_condition(reader, raw, pointer, 1)]
    elif isinstance(raw, list | tuple):
        found = _members(reader, raw, pointer, 1)
    else:
        reader.reject(pointer, "must be a list of filters, or one group of them.")
        found = []
    return tuple(condition for condition in found if condition), tuple(reader.faults)


def _members(reader: _Reader, raw: Sequence[Any], pointer: str, depth: int) -> list[Condition | None]:
    found = []
    for place, member in enumerate(raw):
        if reader.count > CONDITIONS_MOST:
            break
        found.append(_condition(reader, member, f"{pointer}/{place}", depth))
    return found


def _condition(reader: _Reader, raw: object, pointer: str, depth: int) -> Condition | None:
    """One filter or group; None where it has a fault."""
    reader.count += 1
    try:
        if reader.count > CONDITIONS_MOST:
            raise reader.reject(pointer, f"is one too many: a request may have {CONDITIONS_MOST} conditions.")
        if depth > DEPTH_MOST:
            raise reader.reject(pointer, f"is nested too deep: groups may nest {DEPTH_MOST} deep.")
        if isinstance(raw, str):
            return _comparison(reader, _written(reader, raw, pointer), pointer)
        if not isinstance(raw, Mapping):
            raise reader.reject(pointer, 'must be an object like {"field": "rsi", "op": "<", "value": 30}.')
        if any(key in raw for key in _GROUPS):
            return _group(reader, raw, pointer, depth)
        return _comparison(reader, raw, pointer)
    except _Rejected:
        return None


def _written(reader: _Reader, text: str, pointer: str) -> Mapping[str, Any]:
    if len(text) > EXPRESSION_MOST:
        raise reader.reject(pointer, f"must have at most {EXPRESSION_MOST:,} characters.")
    try:
        return parse_expression(text)
    except InvalidRequest as error:
        raise reader.reject(pointer, error.faults[0].detail) from None


def _group(reader: _Reader, raw: Mapping[str, Any], pointer: str, depth: int) -> Group:
    if len(raw) > 1:
        raise reader.reject(pointer, 'a group has one key: "all", "any" or "none".')
    how, members = next(iter(raw.items()))
    if not isinstance(members, list | tuple) or not members:
        raise reader.reject(f"{pointer}/{how}", "must be a list of at least one filter.")
    found = _members(reader, members, f"{pointer}/{how}", depth + 1)
    return Group(cast(Literal["all", "any", "none"], how), tuple(member for member in found if member))


def _comparison(reader: _Reader, raw: Mapping[str, Any], pointer: str) -> Comparison:
    _check_keys(reader, raw, pointer)
    column = _field(reader, raw.get("field"), f"{pointer}/field")
    op = _operator(reader, raw.get("op"), column, f"{pointer}/op")
    within = _within(reader, raw, op, f"{pointer}/within")
    return Comparison(column.name, op, _values(reader, raw, op, column, pointer), within)


def _check_keys(reader: _Reader, raw: Mapping[str, Any], pointer: str) -> None:
    for key in raw:
        if key not in _COMPARISON_KEYS:
            near = reader.nearest(str(key), _COMPARISON_KEYS + _GROUPS)
            raise reader.reject(f"{pointer}{pointer_to([str(key)])}", "is not part of a filter.", near)
    for key in ("field", "op"):
        if key not in raw:
            raise reader.reject(pointer, f'needs a "{key}", like {{"field": "rsi", "op": "<", "value": 30}}.')


def _field(reader: _Reader, name: object, pointer: str) -> Field:
    if not isinstance(name, str):
        raise reader.reject(pointer, "must be the name of a field, as GET /fields lists them.")
    if name not in BY_NAME:
        raise reader.reject(pointer, f"{name[:60]!r} is not a field.", reader.nearest(name, NAMES))
    return BY_NAME[name]


def _operator(reader: _Reader, op: object, column: Field, pointer: str) -> Operator:
    if op not in OPERATORS:
        near = _MEANT.get(op) or reader.nearest(op, OPERATORS) if isinstance(op, str) else None
        raise reader.reject(pointer, f"must be one of {' '.join(OPERATORS)}.", near)
    if op not in OPS_BY_KIND[column.kind]:
        usable = ", ".join(OPS_BY_KIND[column.kind])
        raise reader.reject(pointer, f"{op} cannot be asked of {column.name}; it takes {usable}.")
    if op in CROSSINGS and column.name not in CROSSING_FIELDS:
        raise reader.reject(pointer, f"{op} takes one of {', '.join(CROSSING_FIELDS)}.")
    return op


def _within(reader: _Reader, raw: Mapping[str, Any], op: Operator, pointer: str) -> int:
    if "within" not in raw:
        return 1
    if op not in CROSSINGS:
        raise reader.reject(pointer, "belongs to crosses_above and crosses_below only.")
    within = raw["within"]
    if isinstance(within, bool) or not isinstance(within, int) or not 1 <= within <= WITHIN_MOST:
        raise reader.reject(pointer, f"must be a whole number from 1 to {WITHIN_MOST} (bars).")
    return within


def _values(
    reader: _Reader, raw: Mapping[str, Any], op: Operator, column: Field, pointer: str
) -> tuple[Operand, ...]:
    here = f"{pointer}/value"
    if op == "is_null":
        return (_null_wanted(reader, raw.get("value", True), here),)
    if "value" not in raw:
        raise reader.reject(pointer, 'needs a "value".')
    value = raw["value"]
    if op == "between":
        return _ends(reader, value, column, here)
    if op in {"in", "not_in"}:
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= VALUES_MOST:
            raise reader.reject(here, f"must be a list of 1 to {VALUES_MOST} values.")
        return tuple(_constant(reader, item, column, f"{here}/{k}") for k, item in enumerate(value))
    return (_operand(reader, value, op, column, here),)


def _null_wanted(reader: _Reader, value: object, pointer: str) -> bool:
    if value is not None and not isinstance(value, bool):
        raise reader.reject(pointer, "must be true (is missing) or false (is there).")
    return value is not False


def _ends(reader: _Reader, value: object, column: Field, pointer: str) -> tuple[Operand, ...]:
    if not isinstance(value, list | tuple) or len(value) != 2:  # noqa: PLR2004 - two ends
        raise reader.reject(pointer, "must be a list of two values: the lowest and the highest.")
    low, high = (_operand(reader, end, "between", column, f"{pointer}/{k}") for k, end in enumerate(value))
    if not isinstance(low, Column) and not isinstance(high, Column) and low > high:  # type: ignore[operator]
        raise reader.reject(pointer, "has its lowest value above its highest.")
    return low, high


def _operand(reader: _Reader, value: object, op: Operator, column: Field, pointer: str) -> Operand:
    """A constant of the column's kind, or another column of that kind."""
    if not isinstance(value, Mapping):
        return _constant(reader, value, column, pointer)
    if set(value) != {"field"}:
        raise reader.reject(pointer, 'must be a value, or another field like {"field": "sma50"}.')
    other = _field(reader, value["field"], f"{pointer}/field")
    if KIND_WORDS.get(other.kind) != KIND_WORDS.get(column.kind):
        raise reader.reject(
            f"{pointer}/field", f"{other.name} cannot be compared with {column.name}: another kind of value."
        )
    if op in CROSSINGS and other.name not in CROSSING_FIELDS:
        raise reader.reject(f"{pointer}/field", f"{op} takes one of {', '.join(CROSSING_FIELDS)}.")
    return Column(other.name)


def _constant(reader: _Reader, value: object, column: Field, pointer: str) -> Operand:
    found = typed(value, column.kind)
    if found is None:
        raise reader.reject(pointer, f"must be {KIND_WORDS[column.kind]}: {column.name} is compared with it.")
    if column.values and isinstance(found, str) and found.upper() not in column.values:
        raise reader.reject(
            pointer, f"must be one of {', '.join(column.values)}.", reader.nearest(found, column.values)
        )
    return found
