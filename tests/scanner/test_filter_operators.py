"""Which operators a column takes."""

from __future__ import annotations

import pytest

from technic.scanner.fields import BY_NAME, FIELDS
from technic.scanner.filter_operators import operators_of
from technic.scanner.filter_parsing import parse_filters
from technic.scanner.filters import OPERATORS


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_a_column_takes_the_operators_that_are_told_of_it_and_no_others(field):
    def refused(op: str) -> bool:
        return any(
            fault.pointer.endswith("/op")
            for fault in parse_filters([{"field": field.name, "op": op, "value": 1}])[1]
        )

    assert tuple(op for op in OPERATORS if not refused(op)) == operators_of(field)


def test_crossings_are_asked_only_of_columns_whose_past_is_known():
    assert "crosses_above" in operators_of(BY_NAME["sma50"])
    assert "crosses_above" not in operators_of(BY_NAME["volume"])
