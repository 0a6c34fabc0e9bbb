"""Filters typed as a line of text."""

from __future__ import annotations

import pytest

from technic.errors import InvalidRequest
from technic.scanner.expressions import parse_expression
from technic.scanner.filter_parsing import parse_filters


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("rsi < 30", "rsi < 30"),
        ("  rsi<30 ", "rsi < 30"),
        ("change_pct >= -2.5", "change_pct >= -2.5"),
        ("volume > 1_000_000", "volume > 1000000"),
        ("gap_pct > 3%", "gap_pct > 3"),
        ("dollar_volume > 1e7", "dollar_volume > 10000000"),
        ("close > sma50", "close > sma50"),
        ("rsi = 30", "rsi == 30"),
        ("rsi != 30", "rsi != 30"),
        ("sector in Energy,Utilities", "sector in Energy, Utilities"),
        ("sector in Health Care , 'Real Estate'", "sector in Health Care, Real Estate"),
        ("sector not in Energy", "sector not_in Energy"),
        ("symbol not_in A, B", "symbol not_in A, B"),
        ("bars in [20, 21]", "bars in 20, 21"),
        ("name == 'General Electric'", "name == General Electric"),
        ("name == close", "name == close"),
        ("signal == strong_buy", "signal == strong_buy"),
        ("rsi between 30 40", "rsi between 30 and 40"),
        ("rsi between 30 and 40", "rsi between 30 and 40"),
        ("rsi BETWEEN 30, adx", "rsi between 30 and adx"),
        ("sma50 crosses_above sma200 within 5", "sma50 crosses_above sma200 within 5"),
        ("sma50 crosses below sma200", "sma50 crosses_below sma200"),
        ("rsi crosses_above 30", "rsi crosses_above 30"),
        ("industry is null", "industry is_null"),
        ("industry is_not_null", "industry is not null"),
        ("as_of >= 2024-01-31", "as_of >= 2024-01-31"),
        ("nr7", "nr7 == true"),
        ("nr7 == false", "nr7 == false"),
    ],
)
def test_a_line_of_text_becomes_a_filter(text, written):
    (condition,), faults = parse_filters([parse_expression(text)])
    assert faults == ()
    assert str(condition) == written


def test_what_a_condition_says_can_be_typed_again():
    for text in ("rsi < 30", "rsi between 30 and adx", "sector in Energy, Tech", "name is not null"):
        (condition,), _ = parse_filters([parse_expression(text)])
        assert parse_filters([parse_expression(str(condition))])[0] == (condition,)


@pytest.mark.parametrize(
    "text",
    ["", "<", "rsi <", "< 30", "rsi => 30", "rsi == = 3", "rsi ! 3", "3 < rsi", "()", "rsi", "oversold"],
)
def test_what_has_not_the_shape_of_a_condition_is_refused_with_an_example(text):
    with pytest.raises(InvalidRequest, match="is not a condition: write one like"):
        parse_expression(text)


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("rsy < 30", "/filters/0/field"),
        ("rsi < thirty", "/filters/0/value"),
        ("rsi < 30 and close > 5", "/filters/0/value"),
        ("rsi between 40 30", "/filters/0/value"),
        ("rsi crosses_above 30 within 99", "/filters/0/within"),
        ("sector > 5", "/filters/0/op"),
        ("rsi in ,", "/filters/0/value"),
    ],
)
def test_what_has_the_shape_but_makes_no_sense_is_found_where_all_filters_are_read(text, pointer):
    assert [fault.pointer for fault in parse_filters([parse_expression(text)])[1]] == [pointer]


def test_a_hostile_line_is_refused_quickly():
    with pytest.raises(InvalidRequest):
        parse_expression("rsi " + "between " * 100_000)
