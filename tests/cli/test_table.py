"""The table of rows, as people see it."""

import io

import pytest
from rich.console import Console

from technic.cli.table import change, price, rating, rows_table, summary

ROW = {
    "symbol": "SIM0001",
    "name": "Northern Harbour Semiconductors",
    "sector": "Information Technology",
    "tech_rating": 62.5,
    "signal": "STRONG_BUY",
    "close": 1234.5,
    "change_pct": 1.25,
    "entry": 1240.0,
    "stop": 1200.0,
    "target": 1320.0,
    "reward_risk": 1.93,
}


def drawn(rows, width, *, terminal=False):
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=terminal, color_system="standard" if terminal else None
    )
    console.print(rows_table(rows, width))
    return out.getvalue()


def test_a_row_fits_in_100_columns_with_all_its_figures():
    text = drawn([ROW], 100)
    assert max(len(line) for line in text.splitlines()) <= 100
    for figure in (
        "SIM0001",
        "Strong Buy",
        "62",
        "1,234.50",
        "+1.25%",
        "1,240.00",
        "1,200.00",
        "1,320.00",
        "1.9",
    ):
        assert figure in text
    assert "Northern Harbo…" in text


def test_a_wider_terminal_gives_the_name_more_room():
    assert ROW["name"] in drawn([ROW], 140)


@pytest.mark.parametrize(("width", "gone"), [(84, "Sector"), (72, "Name")])
def test_a_narrow_terminal_loses_the_sector_and_then_the_name_but_no_figure(width, gone):
    text = drawn([ROW], width)
    assert gone not in text
    assert "1,320.00" in text
    assert max(len(line) for line in text.splitlines()) <= width


def test_a_row_without_a_plan_has_empty_cells():
    row = ROW | dict.fromkeys(("entry", "stop", "target", "reward_risk", "change_pct", "name"))
    text = drawn([row], 100)
    assert "None" not in text
    assert "1,234.50" in text


def heads(rows, width=100):
    return drawn(rows, width).splitlines()[0].split()


def test_a_column_that_is_empty_throughout_is_left_out_and_one_cell_keeps_it():
    bare = ROW | dict.fromkeys(("name", "sector", "entry", "stop", "target", "reward_risk"), None)
    assert heads([bare, bare | {"name": " "}]) == ["Symbol", "Rating", "Close", "Change"]
    assert heads([bare, ROW]) == heads([ROW])
    assert len(heads([ROW])) == 10


@pytest.mark.parametrize(("empty", "other"), [("sector", "name"), ("name", "sector")])
def test_a_name_or_a_sector_alone_has_all_the_room(empty, other):
    text = drawn([ROW | {empty: None}], 104)
    assert empty.title() not in text
    assert ROW[other] in text
    assert ROW[other] in drawn([ROW | dict.fromkeys((empty, "entry", "stop"), None)], 86)
    assert max(len(line) for line in text.splitlines()) <= 104


def test_no_name_can_draw_or_colour_anything():
    text = drawn([ROW | {"name": "\x1b[31mred[bold]", "symbol": "A\nB"}], 140)
    assert "\x1b" not in text
    assert "[bold]" in text
    assert "A B" in text


def test_colours_are_for_terminals():
    assert "\x1b[" in drawn([ROW], 100, terminal=True)
    assert "\x1b[" not in drawn([ROW], 100)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (0.1234, "0.1234"), (12.3, "12.30"), (99_999.99, "99,999.99"), (123_456.7, "123,457")],
)
def test_a_price_keeps_to_nine_characters(value, text):
    assert price(value) == text
    assert len(price(value)) <= 9


@pytest.mark.parametrize(("value", "text"), [(None, ""), (0.0, "+0.00%"), (-3.456, "-3.46%")])
def test_a_change_has_its_sign(value, text):
    assert change(value).plain == text


def test_a_rating_has_its_label_and_colour():
    assert rating(ROW).plain == "Strong Buy   62"
    assert rating(ROW).style == "bold green"
    assert rating({"signal": "SELL", "tech_rating": -12.0}).plain == "Sell        -12"


METRICS = {"symbols_scanned": 497, "symbols_requested": 500, "symbols_failed": 3, "total_seconds": 1.234}


@pytest.mark.parametrize(
    ("shown", "total", "status", "text"),
    [
        (
            25,
            130,
            "completed",
            "the best 25 of 130 rows (--limit N for more) · 497 of 500 rated · 3 failed · 1.23 s",
        ),
        (2, 2, "completed", "2 rows · 497 of 500 rated · 3 failed · 1.23 s"),
        (1, 1, "completed", "1 row · 497 of 500 rated · 3 failed · 1.23 s"),
        (0, 0, "cancelled", "cancelled, partial: 0 rows · 497 of 500 rated · 3 failed · 1.23 s"),
    ],
)
def test_the_summary_says_how_many_of_how_many(shown, total, status, text):
    assert summary(shown, total, METRICS, status=status) == text
