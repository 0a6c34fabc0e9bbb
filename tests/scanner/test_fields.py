"""The columns of a row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from technic.scanner.fields import BY_NAME, FIELDS, NAMES, nearest
from technic.scanner.rating import COLUMNS
from technic.scanner.trade_plan import COLUMNS as PLAN_COLUMNS

SPECIFICATION = Path(__file__).parents[3] / "shared" / "ratings.md"


def test_the_columns_are_those_of_the_specification_in_its_order():
    if not SPECIFICATION.exists():
        pytest.skip(f"the specification is not here: {SPECIFICATION}")
    text = SPECIFICATION.read_text()
    listed = re.search(r"numbers finite or null: `(.+?)`", text, re.DOTALL)
    assert listed
    assert tuple(re.split(r",\s+", listed[1])) == NAMES


def test_every_number_of_a_row_comes_from_the_rating_or_the_trade_plan():
    numbers = {field.name for field in FIELDS if field.numeric}
    assert numbers <= {*COLUMNS, *PLAN_COLUMNS}


def test_a_table_shows_a_dozen_columns():
    assert sum(field.shown for field in FIELDS) in range(11, 15)


def test_every_column_says_what_it_is():
    assert all(field.label and field.description.endswith(".") for field in FIELDS)
    assert len({field.label for field in FIELDS}) == len(FIELDS)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("rsy", "rsi"), ("Tech Rating", "tech_rating"), ("zzz", None), ("relativ_volume", "relative_volume")],
)
def test_the_nearest_name_is_found_despite_case_blanks_and_hyphens(wrong, right):
    assert nearest(wrong, BY_NAME) == right


def test_a_very_long_name_is_compared_by_its_beginning_only():
    assert nearest("x" * 1_000_000, NAMES) is None
