"""The order of rows."""

from __future__ import annotations

import pytest

from technic.scanner.fields import NAMES
from technic.scanner.ranking import by_symbol, ranked
from tests.support.rows import make_rows

ROWS = make_rows(
    5,
    symbol=["S1", "S2", "S10", "S11", "S20"],
    tech_rating=[5, None, 7, 5, -3],
    name=["b", "A", None, "B", "c"],
    signal=["BUY", "STRONG_BUY", None, "SELL", "NEUTRAL"],
    nr7=[0, 1, None, 1, 0],
    warnings=[("x",), (), ("x", "y"), (), ("z",)],
)


@pytest.mark.parametrize(
    ("field", "descending", "expected"),
    [
        ("tech_rating", True, ["S10", "S1", "S11", "S20", "S2"]),
        ("tech_rating", False, ["S20", "S1", "S11", "S10", "S2"]),
        ("name", False, ["S2", "S1", "S11", "S20", "S10"]),
        ("name", True, ["S20", "S1", "S11", "S2", "S10"]),
        ("signal", True, ["S2", "S1", "S20", "S11", "S10"]),
        ("nr7", True, ["S2", "S11", "S1", "S20", "S10"]),
        ("symbol", True, ["S20", "S11", "S10", "S2", "S1"]),
        ("warnings", True, ["S10", "S1", "S20", "S2", "S11"]),
        ("close", True, ["S1", "S2", "S10", "S11", "S20"]),
    ],
)
def test_missing_values_are_last_and_ties_stand_in_the_order_of_the_symbols(field, descending, expected):
    assert ranked(ROWS, field, descending=descending).symbols == expected


@pytest.mark.parametrize("descending", [True, False])
def test_many_ties_stand_in_the_order_of_the_symbols(descending):
    rows = make_rows(1000, tech_rating=[place % 2 for place in range(1000)])
    found = [int(symbol[1:]) for symbol in ranked(rows, "tech_rating", descending=descending).symbols]
    assert found[:500] == sorted(found[:500])
    assert found[500:] == sorted(found[500:])


@pytest.mark.parametrize("field", NAMES)
def test_rows_can_be_ordered_by_every_field(field):
    assert sorted(ranked(ROWS, field, descending=False).symbols) == sorted(ROWS.symbols)


def test_symbols_stand_in_natural_order():
    rows = make_rows(4, symbol=["SIM10", "SIM2", "A", "SIM0001"])
    assert by_symbol(rows).symbols == ["A", "SIM0001", "SIM2", "SIM10"]
