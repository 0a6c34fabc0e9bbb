"""Conditions over whole columns, against a row-by-row evaluation that shares no code with them."""

from __future__ import annotations

import operator
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from technic.scanner.fields import BY_NAME
from technic.scanner.filter_masks import Table, mask
from technic.scanner.filter_parsing import parse_filters
from technic.scanner.filters import OPERATORS
from technic.scanner.units import CROSSING_DEPTH, CROSSING_FIELDS

COLUMNS: dict[str, list[Any]] = {
    "rsi": [10.0, 30.0, 55.5, None],
    "adx": [10.0, 40.0, None, None],
    "bars": [20.0, 21.0, 22.0, 23.0],
    "nr7": [1.0, 0.0, None, 1.0],
    "as_of": [19_723.0, 19_724.0, 19_724.0, None],  # 2024-01-01, 2024-01-02
    "sector": ["Energy", "Technology", "Health Care", None],
    "industry": ["Oil", "ENERGY", None, None],
    "signal": ["BUY", "STRONG_BUY", "SELL", "NEUTRAL"],
    "warnings": [(), ("3 rows were dropped.",), (), ()],
}


def table(columns: dict[str, list[Any]], history: np.ndarray | None = None) -> Table:
    built = {}
    for name, values in columns.items():
        if BY_NAME[name].numeric:
            built[name] = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        else:
            built[name] = np.fromiter(values, np.object_, len(values))
    return Table(len(next(iter(columns.values()))), built, history)


def rows_of(raw: dict[str, Any], found: Table) -> list[int]:
    (condition,), faults = parse_filters([raw])
    assert faults == ()
    return np.flatnonzero(mask(condition, found)).tolist()


@pytest.mark.parametrize(
    ("field", "op", "value", "expected"),
    [
        ("rsi", "<", 30, [0]),
        ("rsi", "<=", 30, [0, 1]),
        ("rsi", ">", 30, [2]),
        ("rsi", ">=", 30, [1, 2]),
        ("rsi", "==", 30, [1]),
        ("rsi", "!=", 30, [0, 2]),
        ("rsi", "between", [10, 30], [0, 1]),
        ("rsi", "in", [10, 55.5, 7], [0, 2]),
        ("rsi", "not_in", [10], [1, 2]),
        ("rsi", "is_null", True, [3]),
        ("rsi", "is_null", False, [0, 1, 2]),
        ("rsi", "==", {"field": "adx"}, [0]),
        ("rsi", "!=", {"field": "adx"}, [1]),
        ("rsi", "<", {"field": "adx"}, [1]),
        ("rsi", "between", [{"field": "adx"}, 20], [0]),
        ("bars", "in", [21, 22], [1, 2]),
        ("nr7", "==", True, [0, 3]),
        ("nr7", "==", False, [1]),
        ("nr7", "!=", True, [1]),
        ("nr7", "is_null", True, [2]),
        ("as_of", ">", "2024-01-01", [1, 2]),
        ("as_of", "in", ["2024-01-01"], [0]),
        ("sector", "==", "energy", [0]),
        ("sector", "==", "Information Technology", [1]),
        ("sector", "!=", "Energy", [1, 2]),
        ("sector", "in", ["healthcare", "Energy"], [0, 2]),
        ("sector", "not_in", ["Energy", "tech"], [2]),
        ("sector", "is_null", True, [3]),
        ("sector", "==", {"field": "industry"}, []),
        ("industry", "!=", {"field": "sector"}, [0, 1]),
        ("industry", "==", "energy", [1]),
        ("signal", "in", ["buy", "STRONG_BUY"], [0, 1]),
        ("warnings", "is_null", True, [0, 2, 3]),
        ("warnings", "is_null", False, [1]),
    ],
)
def test_each_operator_by_hand(field, op, value, expected):
    assert rows_of({"field": field, "op": op, "value": value}, table(COLUMNS)) == expected


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (
            {"all": [{"field": "rsi", "op": ">", "value": 5}, {"field": "nr7", "op": "==", "value": True}]},
            [0],
        ),
        ({"any": [{"field": "rsi", "op": "<", "value": 20}, {"field": "rsi", "op": "is_null"}]}, [0, 3]),
        (
            {
                "none": [
                    {"field": "rsi", "op": "<", "value": 20},
                    {"field": "nr7", "op": "==", "value": False},
                ]
            },
            [2, 3],
        ),
    ],
)
def test_groups_by_hand(group, expected):
    assert rows_of(group, table(COLUMNS)) == expected


def history(**series: list[float]) -> np.ndarray:
    """One symbol whose fields had these values, newest first; missing before that."""
    made = np.full((len(CROSSING_FIELDS), CROSSING_DEPTH, 1), np.nan)
    for name, values in series.items():
        made[CROSSING_FIELDS.index(name), : len(values), 0] = values
    return made


@pytest.mark.parametrize(
    ("op", "sma50", "within", "crossed"),
    [
        ("crosses_above", [11, 9], 1, True),
        ("crosses_above", [11, 10], 1, True),
        ("crosses_above", [10, 9], 1, False),
        ("crosses_above", [12, 11, 9], 1, False),
        ("crosses_above", [12, 11, 9], 2, True),
        ("crosses_above", [9, 11, 9], 2, True),
        ("crosses_above", [11], 1, False),
        ("crosses_above", [11] * 20 + [9], 20, True),
        ("crosses_above", [11] * 20 + [9], 19, False),
        ("crosses_below", [9, 11], 1, True),
        ("crosses_below", [9, 10], 1, True),
        ("crosses_below", [11, 9], 1, False),
    ],
)
def test_a_crossing_is_found_within_the_bars_that_were_asked_for(op, sma50, within, crossed):
    found = Table(1, {"sma50": np.ones(1)}, history(sma50=sma50, sma200=[10.0] * CROSSING_DEPTH))
    raw = {"field": "sma50", "op": op, "value": {"field": "sma200"}, "within": within}
    assert rows_of(raw, found) == ([0] if crossed else [])
    against_a_number = {"field": "sma50", "op": op, "value": 10, "within": within}
    assert rows_of(against_a_number, found) == ([0] if crossed else [])


numbers = st.one_of(st.none(), st.sampled_from([-1.0, 0.0, 1.0, 2.0, 2.5]))
texts = st.one_of(st.none(), st.sampled_from(["a", "A", "b"]))
flags = st.one_of(st.none(), st.sampled_from([0.0, 1.0]))
constants = st.sampled_from([-1, 0, 1, 2, 2.5])
operands = st.one_of(constants, st.just({"field": "adx"}), st.just({"field": "rsi"}))


@st.composite
def one_filter(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["number", "flag", "text"]))
    if kind == "flag":
        op = draw(st.sampled_from(["==", "!=", "is_null"]))
        return {"field": "nr7", "op": op, "value": draw(st.booleans())}
    if kind == "text":
        op = draw(st.sampled_from(["==", "!=", "in", "not_in", "is_null"]))
        listed = draw(st.lists(st.sampled_from(["a", "b", "B", "c"]), min_size=1, max_size=3))
        value = draw(st.booleans()) if op == "is_null" else listed if "in" in op else listed[0]
        return {"field": "name", "op": op, "value": value}
    op = draw(st.sampled_from([op for op in OPERATORS if not op.startswith("crosses")]))
    if op == "between":
        value: Any = sorted(draw(st.tuples(constants, constants)))
    elif op in {"in", "not_in"}:
        value = draw(st.lists(constants, min_size=1, max_size=3))
    else:
        value = draw(st.booleans()) if op == "is_null" else draw(operands)
    return {"field": draw(st.sampled_from(["rsi", "adx"])), "op": op, "value": value}


trees = st.recursive(
    one_filter(),
    lambda inner: st.builds(
        lambda how, members: {how: members},
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)
PLAIN = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt,
    "<=": operator.le, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def holds(raw: dict[str, Any], row: dict[str, Any]) -> bool:  # noqa: PLR0911 - one return a rule
    """The meaning of a filter, spelled out for one row."""
    if "all" in raw:
        return all(holds(member, row) for member in raw["all"])
    if "any" in raw:
        return any(holds(member, row) for member in raw["any"])
    if "none" in raw:
        return not any(holds(member, row) for member in raw["none"])
    cell, op, value = row[raw["field"]], raw["op"], raw["value"]
    if op == "is_null":
        return (cell is None) == value
    value = row[value["field"]] if isinstance(value, dict) else value
    if cell is None or value is None:
        return False
    if isinstance(cell, str):
        cell = cell.lower()
        value = [text.lower() for text in value] if isinstance(value, list) else value.lower()
    if op == "between":
        return value[0] <= cell <= value[1]
    if op in {"in", "not_in"}:
        return (cell in value) == (op == "in")
    return PLAIN[op](cell, value)


@given(trees, st.lists(st.tuples(numbers, numbers, texts, flags), min_size=1, max_size=6))
def test_a_mask_is_what_a_row_by_row_evaluation_finds(raw, cells):
    names = ("rsi", "adx", "name", "nr7")
    columns = {name: [row[k] for row in cells] for k, name in enumerate(names)}
    rows = [dict(zip(names, row, strict=True)) for row in cells]
    assert rows_of(raw, table(columns)) == [k for k, row in enumerate(rows) if holds(raw, row)]


def test_days_are_counted_from_1970():
    assert (date(2024, 1, 1) - date(1970, 1, 1)).days == 19_723
