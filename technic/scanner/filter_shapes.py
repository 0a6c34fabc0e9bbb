"""How filters look in JSON, as types: what the schema of a request says of them. `filter_parsing` reads them.

Both go by the same tables: which columns there are, what each holds, and what can be asked of it. Four rules
no schema can say: how deep groups nest, how many conditions there are in all, that the lower end of `between`
comes first, and how a filter is written as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from technic.scanner.fields import FIELDS
from technic.scanner.fields import Field as Column
from technic.scanner.filter_operators import operators_of
from technic.scanner.filter_parsing import EXPRESSION_MOST, VALUES_MOST
from technic.scanner.filter_values import TEXT_MOST
from technic.scanner.filters import CROSSINGS, WITHIN_MOST
from technic.scanner.units import CROSSING_FIELDS

Schema = dict[str, Any]

_ONE = ("==", "!=", ">", ">=", "<", "<=")
_SEVERAL = ("in", "not_in")
_KINDS: dict[tuple[str, ...], Schema] = {
    ("number", "integer"): {"type": "number"},
    ("date",): {"type": "string", "format": "date"},
    ("flag",): {"type": "boolean"},
    ("text",): {"type": "string", "minLength": 1, "maxLength": TEXT_MOST},
}
"""What a column of these kinds is compared with; columns of one line can be compared with each other."""


def _comparisons() -> Iterator[Schema]:
    """Every form of a comparison, one for each sort of column and of operator."""
    for kinds, value in _KINDS.items():
        alike = [column for column in FIELDS if column.kind in kinds]
        other = _object({"field": _one_of([column.name for column in alike])})
        yield from _of([column for column in alike if not column.values], value, other)
        for column in alike:
            if column.values:
                yield from _of([column], _one_of(column.values), other)
    known = _one_of(CROSSING_FIELDS)
    crossed = {"anyOf": [{"type": "number"}, _object({"field": known})]}
    within = {"type": "integer", "minimum": 1, "maximum": WITHIN_MOST, "default": 1}
    yield _form(known, _one_of(CROSSINGS), crossed, within=within)
    missing = {"type": ["boolean", "null"], "default": True}
    yield _form(_one_of([column.name for column in FIELDS]), _one_of(["is_null"]), missing, needed=False)


def _of(columns: Sequence[Column], value: Schema, other: Schema) -> Iterator[Schema]:
    """The comparisons of columns that take the same operators and the same values."""
    names, usable = _one_of([column.name for column in columns]), operators_of(columns[0])
    operand = {"anyOf": [value, other]}
    yield _form(names, _one_of([op for op in _ONE if op in usable]), operand)
    if "between" in usable:
        yield _form(names, _one_of(["between"]), _list(operand, 2, 2))
    if "in" in usable:
        yield _form(names, _one_of(_SEVERAL), _list(value, 1, VALUES_MOST))


def _form(names: Schema, ops: Schema, value: Schema, *, needed: bool = True, **more: Schema) -> Schema:
    parts = {"field": names, "op": ops, "value": value}
    return _object(parts | more, required=[*parts][: 3 if needed else 2])


def _object(properties: Schema, required: list[str] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
    }


def _list(items: Schema, least: int, most: int) -> Schema:
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def _one_of(names: Sequence[str]) -> Schema:
    return {"type": "string", "enum": list(names)}


def _in_full(schema: Schema) -> None:
    """Say of a comparison which values go with which operators and columns, in place of its three parts."""
    schema.clear()
    schema |= {
        "description": "One field against a value: `op` and `value` have to suit the field.",
        "examples": [{"field": "rsi", "op": "<", "value": 30}],
        "anyOf": list(_comparisons()),
    }


_CLOSED = ConfigDict(extra="forbid")


@with_config(ConfigDict(json_schema_extra=_in_full))
class Comparison(TypedDict):
    """One field against a value."""

    field: str
    op: str
    value: Any


Text = Annotated[str, Field(max_length=EXPRESSION_MOST, examples=["rsi < 30", "close > sma50"])]
Members = Annotated[list["Filter"], Field(min_length=1)]


@with_config(_CLOSED)
class AllOf(TypedDict):
    """Filters that all have to hold."""

    all: Members


@with_config(_CLOSED)
class AnyOf(TypedDict):
    """Filters of which one has to hold."""

    any: Members


@with_config(_CLOSED)
class NoneOf(TypedDict):
    """Filters of which none may hold."""

    none: Members


Filter = Comparison | Text | AllOf | AnyOf | NoneOf
Filters = list[Filter] | Comparison | AllOf | AnyOf | NoneOf | None
"""What a request takes under `filters`."""
