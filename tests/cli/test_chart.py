"""Charts and gauges in characters."""

import pytest

from technic.cli.chart import Scale, chart, gauge


def drawn(values, **changes):
    asked = {"width": 4, "height": 2, "low": min(values), "high": max(values)} | changes
    return chart(values, **asked)


def test_a_rising_line_goes_from_below_left_to_above_right():
    assert drawn([0, 1, 2, 3, 4, 5, 6, 7]) == ["  ⡠⠊", "⡠⠊  "]
    assert drawn([7, 6, 5, 4, 3, 2, 1, 0]) == ["⠑⢄  ", "  ⠑⢄"]


def test_plain_ascii_has_a_mark_a_cell():
    assert drawn([0, 1, 2, 3], height=4, ascii_only=True) == ["   *", "  * ", " *  ", "*   "]


def test_a_jump_is_a_line_and_no_gap():
    assert drawn([0, 0, 9, 9], height=3, ascii_only=True) == ["  **", "  * ", "**  "]
    assert drawn([9, 9, 0, 0], height=3, ascii_only=True) == ["**  ", "  * ", "  **"]


@pytest.mark.parametrize("values", [[5.0], [5.0, 5.0], [5.0] * 999])
def test_where_nothing_moves_there_is_a_level_line(values):
    lines = drawn(values, height=3, ascii_only=True)
    assert lines == ["    ", "****", "    "]


@pytest.mark.parametrize("count", [2, 3, 7, 8, 9, 1000])
def test_any_number_of_values_fits_into_any_width(count):
    lines = drawn([float(number % 5) for number in range(count)], width=13, height=5)
    assert [len(line) for line in lines] == [13] * 5


def test_a_scale_keeps_what_is_out_of_it_on_its_edges():
    scale = Scale(10.0, 20.0, 11)
    assert [scale.line(value) for value in (20, 15, 10, 99, -99)] == [0, 5, 10, 0, 10]


@pytest.mark.parametrize(
    ("value", "line"), [(-100, "●─┼──"), (0, "──●──"), (100, "──┼─●"), (999, "──┼─●"), (-49, "─●┼──")]
)
def test_a_gauge_marks_where_a_rating_lies(value, line):
    assert gauge(value, 5) == line
    assert gauge(value, 5, ascii_only=True).isascii()
