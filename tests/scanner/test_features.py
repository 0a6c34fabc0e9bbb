"""The columns of a row that are no votes, each worked out again in plain Python."""

import math
import statistics

import numpy as np
import pytest

from technic.scanner.rating import COLUMNS, rate
from tests.support.bars import side_by_side, walk
from tests.support.reference_rating import sma, true_ranges, wilder

LENGTHS = (300, 253, 252, 127, 64, 31, 30, 22, 21, 20)


def row_of(open_, high, low, close, volume) -> dict[str, float | None]:
    """A row's features as the specification words them; None where there are too few bars."""
    bars, c = len(close), close[-1]

    def change(base: float | None) -> float | None:
        return None if base is None else 100 * (c / base - 1)

    def ago(lag: int) -> float | None:
        return close[-1 - lag] if bars > lag else None

    def given(least: int, value):
        return value() if bars >= least else None

    year_high, year_low = max(high[-252:]), min(low[-252:])
    sma200 = sma(close, 200)
    atr = wilder(true_ranges(high, low, close))[-1]
    ranges = [h - b for h, b in zip(high, low, strict=True)]
    returns = [math.log(b / a) for a, b in zip(close[-21:], close[-20:], strict=False)]
    return {
        "bars": bars,
        "close": c,
        "volume": volume[-1],
        "change_pct": change(close[-2]),
        "gap_pct": 100 * (open_[-1] / close[-2] - 1),
        "relative_volume": given(21, lambda: volume[-1] / statistics.fmean(volume[-21:-1])),
        "dollar_volume": statistics.fmean(a * b for a, b in zip(close[-20:], volume[-20:], strict=True)),
        "atr": atr,
        "atr_pct": 100 * atr / c,
        "volatility": given(21, lambda: 100 * math.sqrt(252) * statistics.stdev(returns)),
        **{f"sma{n}_distance_pct": change(sma(close, n)[-1]) for n in (20, 50, 200)},
        "sma200_change_1m_pct": given(221, lambda: 100 * (sma200[-1] / sma200[-22] - 1)),
        "sma150": sma(close, 150)[-1],
        "high_52w_distance_pct": change(year_high),
        "low_52w_distance_pct": change(year_low),
        "new_high_52w": float(high[-1] >= max(high[-252:-1])),
        "new_low_52w": float(low[-1] <= min(low[-252:-1])),
        "high_10d": max(high[-10:]),
        "low_10d": min(low[-10:]),
        "high_20d_prior": given(21, lambda: max(high[-21:-1])),
        "range_30d_pct": given(30, lambda: 100 * (max(high[-30:]) / min(low[-30:]) - 1)),
        "nr7": float(ranges[-1] < min(ranges[-7:-1])),
        **{f"perf_{name}": change(ago(n)) for name, n in PERFORMANCE.items()},
    }


PERFORMANCE = {"1w": 5, "1m": 21, "3m": 63, "6m": 126, "1y": 252}


def assert_rows(columns: list[np.ndarray]) -> None:
    rated = rate(side_by_side(columns)).columns
    for at, column in enumerate(columns):
        for name, value in row_of(*(field.tolist() for field in column)).items():
            wanted = np.nan if value is None else value
            assert rated[name][at] == pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True), (at, name)


def test_every_feature_is_what_the_specification_says():
    rng = np.random.default_rng(5)
    assert_rows([walk(rng, bars) for bars in LENGTHS for _ in range(4)])


def test_new_highs_and_lows_and_narrow_days_are_flagged():
    rng = np.random.default_rng(6)
    for bars in (300, 100):
        up, down, narrow = (walk(rng, bars) for _ in range(3))
        up[:4, -1] = 2 * up[1].max()
        down[:4, -1] = down[2].min() / 2
        narrow[:4, -1] = narrow[3, -1]
        columns = [up, down, narrow]
        rated = rate(side_by_side(columns)).columns
        assert rated["new_high_52w"].tolist() == [1, 0, 0]
        assert rated["new_low_52w"].tolist() == [0, 1, 0]
        assert rated["nr7"].tolist() == [1, 1, 1]
        assert_rows(columns)


def test_a_high_that_is_only_equalled_is_new_and_a_range_that_is_only_equalled_is_not_narrow():
    column = walk(np.random.default_rng(7), 60)
    column[1, -1] = column[1, :-1].max()
    column[2, -7:] = column[1, -7:] - 1.0
    rated = rate(side_by_side([column])).columns
    assert rated["new_high_52w"][0] == 1
    assert rated["nr7"][0] == 0


def test_as_of_is_the_day_of_each_symbols_newest_bar():
    rng = np.random.default_rng(8)
    rated = rate(side_by_side([walk(rng, 40), walk(rng, 50)])).columns
    assert rated["as_of"].tolist() == [17_000, 17_001]


def test_a_rating_has_exactly_the_columns_that_it_names():
    rated = rate(side_by_side([walk(np.random.default_rng(9), 40)]))
    assert tuple(rated.columns) == COLUMNS
    assert all(values.dtype == np.float64 for values in rated.columns.values())


@pytest.mark.parametrize("fault", ["shape", "dtype", "counts", "too_many", "none"])
def test_arrays_that_do_not_belong_together_are_refused(fault):
    bars = side_by_side([walk(np.random.default_rng(9), 40)] * 2)
    fields = {name: getattr(bars, name) for name in bars.__slots__}
    wrong = {
        "shape": {"high": bars.high[1:]},
        "dtype": {"volume": bars.volume.astype(np.float32)},
        "counts": {"counts": bars.counts[1:]},
        "too_many": {"counts": bars.counts + 1},
        "none": {"counts": bars.counts * 0},
    }[fault]
    with pytest.raises(ValueError, match="must"):
        type(bars)(**(fields | wrong))
