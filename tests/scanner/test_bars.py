"""What counts as a good bar."""

from datetime import date

import numpy as np
import pytest

from technic.errors import Failure
from technic.scanner.bars import GoodBars, validate
from technic.scanner.sources.base import SymbolBars

DAY = np.datetime64("2018-01-01")


def raw(count=25):
    """Good bars: open 10, high 12, low 9, close 11, volume 100."""
    values = np.repeat(np.array([[10.0], [12.0], [9.0], [11.0], [100.0]]), count, axis=1)
    values[3] += np.arange(count) / 100.0
    return DAY + np.arange(count), values


def test_good_bars_pass_unchanged_and_without_a_warning():
    dates, values = raw()
    good = validate(SymbolBars("A", dates, values))
    assert isinstance(good, GoodBars)
    np.testing.assert_array_equal(good.values, values)
    np.testing.assert_array_equal(good.days, dates.astype(np.int64))
    assert good.warnings == ()


@pytest.mark.parametrize("price", [np.nan, 0.0, -1.0, np.inf])
@pytest.mark.parametrize("row", range(4))
def test_a_row_without_a_usable_price_is_dropped_and_counted(row, price):
    dates, values = raw()
    values[row, 3] = price
    good = validate(SymbolBars("A", dates, values))
    np.testing.assert_array_equal(good.days, np.delete(dates, 3).astype(np.int64))
    assert good.warnings == ("Dropped 1 row without a date or with a missing or non-positive price.",)


def test_a_row_without_a_date_is_dropped():
    dates, values = raw()
    dates[:2] = np.datetime64("NaT")
    good = validate(SymbolBars("A", dates, values))
    assert len(good.days) == 23
    assert good.warnings[0].startswith("Dropped 2 rows without a date")


def test_rows_of_days_to_come_are_dropped_and_counted():
    dates, values = raw(30)
    dates[-3:] = np.array(["2018-01-28", "2018-01-29", "2999-01-01"], dtype="datetime64[D]")
    good = validate(SymbolBars("A", dates, values), date(2018, 1, 28))
    assert good.warnings == ("Dropped 2 rows dated after 2018-01-28, which is still to come.",)
    np.testing.assert_array_equal(good.values, values[:, :28])
    assert len(validate(SymbolBars("A", dates, values)).days) == 30, "where any day may be"


def test_a_symbol_of_days_to_come_alone_says_up_to_which_day_it_has_none():
    failure = validate(SymbolBars("A", *raw()), date(2017, 12, 31))
    assert failure.detail == "A has no good bar up to 2017-12-31; a rating needs 20"


def test_high_and_low_are_widened_to_contain_open_and_close():
    dates, values = raw()
    values[1, 4], values[2, 5] = 10.5, 10.5  # a high below the close, a low above the open
    good = validate(SymbolBars("A", dates, values))
    assert good.values[1, 4] == values[3, 4]
    assert good.values[2, 5] == values[0, 5]
    assert good.warnings == ("Widened the high or low of 2 rows to contain open and close.",)
    assert values[1, 4] == 10.5, "the source's own array was changed"


@pytest.mark.parametrize("volume", [np.nan, np.inf, -5.0])
def test_a_missing_volume_counts_as_nothing(volume):
    dates, values = raw()
    values[4, 6] = volume
    good = validate(SymbolBars("A", dates, values))
    assert good.values[4, 6] == 0.0
    assert good.warnings == ()


def test_rows_in_any_order_come_out_by_date():
    dates, values = raw()
    order = np.random.default_rng(3).permutation(len(dates))
    good = validate(SymbolBars("A", dates[order], values[:, order]))
    np.testing.assert_array_equal(good.values, values)


def test_of_rows_with_one_date_the_last_good_one_counts():
    dates, values = raw()
    dates[7] = dates[6]
    dates[8] = dates[6]
    values[0, 8] = np.nan  # dropped before dates are compared
    good = validate(SymbolBars("A", dates, values))
    assert good.values[3, 6] == values[3, 7]
    assert good.warnings == (
        "Dropped 1 row without a date or with a missing or non-positive price.",
        "Dropped 1 row whose date came again later.",
    )


def test_of_many_shuffled_rows_the_last_of_each_date_counts():
    dates, values = raw(200)
    dates = DAY + np.random.default_rng(5).integers(0, 40, len(dates))
    good = validate(SymbolBars("A", dates, values))
    last = {int((day - DAY).astype(int)): close for day, close in zip(dates, values[3], strict=True)}
    assert good.values[3].tolist() == [last[day] for day in sorted(last)]


@pytest.mark.parametrize(("count", "said"), [(0, "no good bar"), (1, "1 good bar;"), (19, "19 good bars")])
def test_fewer_than_twenty_good_bars_are_a_typed_failure(count, said):
    failure = validate(SymbolBars("A", *raw(count)))
    assert isinstance(failure, Failure)
    assert (failure.code, failure.affected_symbols) == ("insufficient_history", ("A",))
    assert said in failure.detail


def test_twenty_good_bars_are_enough():
    assert isinstance(validate(SymbolBars("A", *raw(20))), GoodBars)
