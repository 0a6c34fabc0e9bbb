"""From the JSON of filters to conditions, and the fault of each that cannot be used."""

from __future__ import annotations

import json

import pytest

from technic.scanner.filter_parsing import CONDITIONS_MOST, DEPTH_MOST, parse_filters
from technic.scanner.filters import Column, Comparison, Group, comparisons, needs_history, to_json

RSI = {"field": "rsi", "op": "<", "value": 30}


def faults(raw: object) -> list[tuple[str, str | None]]:
    return [(fault.pointer, fault.nearest) for fault in parse_filters(raw)[1]]


def test_a_filter_becomes_a_comparison():
    assert parse_filters([RSI]) == ((Comparison("rsi", "<", (30.0,)),), ())


def test_groups_nest():
    raw = {"any": [RSI, {"none": [{"field": "close", "op": ">", "value": {"field": "sma50"}}]}]}
    (group,), none = parse_filters(raw)
    assert none == ()
    inner = Group("none", (Comparison("close", ">", (Column("sma50"),)),))
    assert group == Group("any", (Comparison("rsi", "<", (30.0,)), inner))
    assert str(group) == "any(rsi < 30, none(close > sma50))"
    assert [found.field for found in comparisons(group)] == ["rsi", "close"]
    assert not needs_history(group)


def test_a_filter_may_be_written_as_text_also_within_a_group():
    conditions, none = parse_filters(["rsi < 30", {"any": ["nr7", "close crosses_above sma50 within 3"]}])
    assert none == ()
    assert [str(found) for found in conditions] == [
        "rsi < 30",
        "any(nr7 == true, close crosses_above sma50 within 3)",
    ]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ({"field": "rsi", "op": "between", "value": [30, {"field": "adx"}]}, "rsi between 30 and adx"),
        ({"field": "sector", "op": "in", "value": ["Energy", "Tech"]}, "sector in Energy, Tech"),
        ({"field": "bars", "op": "not_in", "value": [1, 2.5]}, "bars not_in 1, 2.5"),
        ({"field": "name", "op": "is_null"}, "name is_null"),
        ({"field": "warnings", "op": "is_null", "value": False}, "warnings is not null"),
        ({"field": "as_of", "op": ">=", "value": "2024-01-31"}, "as_of >= 2024-01-31"),
        ({"field": "nr7", "op": "!=", "value": False}, "nr7 != false"),
        ({"field": "rsi", "op": "crosses_above", "value": 30, "within": 3}, "rsi crosses_above 30 within 3"),
        (
            {"field": "macd", "op": "crosses_below", "value": {"field": "macd_signal"}},
            "macd crosses_below macd_signal",
        ),
    ],
)
def test_every_kind_of_filter_is_read_told_and_written(raw, text):
    conditions, none = parse_filters([raw])
    assert none == ()
    assert str(conditions[0]) == text
    written = json.loads(json.dumps([to_json(condition) for condition in conditions]))
    assert parse_filters(written) == (conditions, ())


@pytest.mark.parametrize(
    ("raw", "pointer", "nearest"),
    [
        (3, "", None),
        ("rsi is low", "", None),
        ("rsy < 30", "/field", "rsi"),
        ("sector < 3", "/op", None),
        ("rsi < high", "/value", None),
        ("rsi < " + "1" * 3000, "", None),
        ({"op": "<", "value": 1}, "", None),
        ({"field": "rsi"}, "", None),
        ({"field": "rsi", "op": "<"}, "", None),
        ({"field": "rsi", "op": "<", "value": 1, "valeu": 2}, "/valeu", "value"),
        ({"field": "rsi", "op": "<", "value": 1, "all": []}, "", None),
        ({"alll": [RSI]}, "/alll", "all"),
        ({"all": []}, "/all", None),
        ({"any": RSI}, "/any", None),
        ({"any": [RSI, 5]}, "/any/1", None),
        ({"field": 3, "op": "<", "value": 1}, "/field", None),
        ({"field": "sektor", "op": "==", "value": "x"}, "/field", "sector"),
        ({"field": "rsi", "op": ["<"], "value": 1}, "/op", None),
        ({"field": "rsi", "op": "crosses above", "value": 1}, "/op", "crosses_above"),
        ({"field": "rsi", "op": "=", "value": 1}, "/op", "=="),
        ({"field": "rsi", "op": "lte", "value": 1}, "/op", "<="),
        ({"field": "rsi", "op": None, "value": 1}, "/op", None),
        ({"field": "sector", "op": "<", "value": "x"}, "/op", None),
        ({"field": "nr7", "op": ">", "value": True}, "/op", None),
        ({"field": "warnings", "op": "==", "value": "x"}, "/op", None),
        ({"field": "volume", "op": "crosses_above", "value": 1}, "/op", None),
        ({"field": "as_of", "op": "crosses_above", "value": "2024-01-01"}, "/op", None),
        ({"field": "rsi", "op": "<", "value": "30"}, "/value", None),
        ({"field": "rsi", "op": "<", "value": True}, "/value", None),
        ({"field": "rsi", "op": "<", "value": None}, "/value", None),
        ({"field": "rsi", "op": "<", "value": [1]}, "/value", None),
        ({"field": "rsi", "op": "<", "value": float("nan")}, "/value", None),
        ({"field": "rsi", "op": "<", "value": float("-inf")}, "/value", None),
        ({"field": "rsi", "op": "<", "value": 10**400}, "/value", None),
        ({"field": "rsi", "op": "<", "value": {"feld": "adx"}}, "/value", None),
        ({"field": "rsi", "op": "<", "value": {"field": "addx"}}, "/value/field", "adx"),
        ({"field": "rsi", "op": "<", "value": {"field": "sector"}}, "/value/field", None),
        ({"field": "rsi", "op": "<", "value": {"field": "nr7"}}, "/value/field", None),
        ({"field": "rsi", "op": "between", "value": 30}, "/value", None),
        ({"field": "rsi", "op": "between", "value": [30]}, "/value", None),
        ({"field": "rsi", "op": "between", "value": [30, 20]}, "/value", None),
        ({"field": "rsi", "op": "between", "value": [30, "40"]}, "/value/1", None),
        ({"field": "as_of", "op": "between", "value": ["2024-02-01", "2024-01-01"]}, "/value", None),
        ({"field": "rsi", "op": "in", "value": 30}, "/value", None),
        ({"field": "rsi", "op": "in", "value": []}, "/value", None),
        ({"field": "rsi", "op": "in", "value": [1] * 1001}, "/value", None),
        ({"field": "rsi", "op": "in", "value": [1, "2"]}, "/value/1", None),
        ({"field": "sector", "op": "==", "value": 5}, "/value", None),
        ({"field": "sector", "op": "==", "value": ""}, "/value", None),
        ({"field": "signal", "op": "==", "value": "STRONGBUY"}, "/value", "STRONG_BUY"),
        ({"field": "nr7", "op": "==", "value": 1}, "/value", None),
        ({"field": "as_of", "op": "==", "value": "31.1.2024"}, "/value", None),
        ({"field": "as_of", "op": "==", "value": 19_000}, "/value", None),
        ({"field": "name", "op": "is_null", "value": "yes"}, "/value", None),
        ({"field": "rsi", "op": "<", "value": 1, "within": 1}, "/within", None),
        ({"field": "rsi", "op": "crosses_above", "value": 1, "within": 0}, "/within", None),
        ({"field": "rsi", "op": "crosses_above", "value": 1, "within": 21}, "/within", None),
        ({"field": "rsi", "op": "crosses_above", "value": 1, "within": 2.0}, "/within", None),
        ({"field": "rsi", "op": "crosses_above", "value": 1, "within": True}, "/within", None),
        ({"field": "rsi", "op": "crosses_above", "value": {"field": "adx"}}, "/value/field", None),
    ],
)
def test_a_filter_that_cannot_be_used_is_pointed_to(raw, pointer, nearest):
    assert faults([raw]) == [(f"/filters/0{pointer}", nearest)]


def test_the_faults_of_all_filters_are_named_at_once():
    assert faults([{"field": "rsy", "op": "<", "value": 1}, RSI, {"any": [RSI, {"all": [3]}]}]) == [
        ("/filters/0/field", "rsi"),
        ("/filters/2/any/1/all/0", None),
    ]


def test_what_is_no_list_and_no_filter_is_a_fault():
    assert faults(7) == [("/filters", None)]


def test_groups_nest_only_so_deep():
    raw: dict[str, object] = RSI
    for _ in range(DEPTH_MOST - 1):
        raw = {"all": [raw]}
    assert faults([raw]) == []
    assert faults([{"all": [raw]}]) == [("/filters/0" + "/all/0" * DEPTH_MOST, None)]


def test_a_request_has_only_so_many_conditions_and_the_excess_is_one_fault():
    assert faults([RSI] * CONDITIONS_MOST) == []
    assert faults([RSI] * (CONDITIONS_MOST + 50)) == [(f"/filters/{CONDITIONS_MOST}", None)]
    assert len(faults([{"any": [RSI] * 60}, {"any": [RSI] * 60}, RSI])) == 1


def test_a_huge_nesting_does_not_exhaust_the_stack():
    raw: dict[str, object] = RSI
    for _ in range(5000):
        raw = {"all": [raw]}
    assert len(faults([raw])) == 1
