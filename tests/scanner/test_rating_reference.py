"""The rating against a slow reading of the specification's table, symbol by symbol, and at the edges."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from technic.scanner.rating import COLUMNS, rate
from technic.scanner.tally import SIGNALS
from technic.scanner.units import ABSENT
from tests.support.bars import side_by_side, walk
from tests.support.reference_rating import label, rate_one

SCALES = {
    "stoch_rsi_k": 1e-4,
    "stoch_rsi_d": 1e-4,
    "cci": 1e-6,
    "cci_hlc3": 1e-6,
}  # quotients of small numbers


def assert_as_the_table_says(columns: list[np.ndarray], **layout) -> None:
    rated = rate(side_by_side(columns, **layout))
    for at, column in enumerate(columns):
        expected = rate_one(*(field.tolist() for field in column))
        price = column[3, -1]
        for name, value in expected["values"].items():
            if name in rated.columns:
                scale = SCALES.get(name, 1e-9 * max(price, 100))
                wanted = np.nan if value is None else value
                assert rated.columns[name][at] == pytest.approx(wanted, abs=scale, rel=1e-9, nan_ok=True), (
                    at,
                    name,
                )
        wanted = [ABSENT if vote is None else vote for vote in expected["votes"]]
        assert rated.votes[:, at].tolist() == wanted, (at, column.shape)
        rating = expected["all"]
        numerator, denominator = (
            int(rated.columns[f"rating_{part}"][at]) for part in ("numerator", "denominator")
        )
        assert numerator * rating.denominator == rating.numerator * denominator, at
        assert SIGNALS[int(rated.columns["signal"][at])] == label(rating), at


def test_walks_of_every_length_are_rated_as_the_table_says():
    rng = np.random.default_rng(1)
    assert_as_the_table_says(
        [walk(rng, bars) for bars in (*range(20, 110), 199, 200, 201, 255, 256, 257, 320)]
    )


def test_coarse_prices_full_of_ties_are_rated_as_the_table_says():
    rng = np.random.default_rng(2)
    assert_as_the_table_says([walk(rng, int(rng.integers(20, 260)), tick=0.5, price=20) for _ in range(150)])


def test_lookbacks_longer_and_shorter_than_a_slab_are_rated_as_the_table_says():
    rng = np.random.default_rng(3)
    for bars in (20, 63, 64, 65, 128, 321):
        assert_as_the_table_says([walk(rng, bars), walk(rng, 20)], rows_above=bars % 3)


PRICES = st.sampled_from([1e-6, 0.01, 1.0, 50.0, 5e5, 1e12])
MOVES = st.lists(st.sampled_from([-3, -2, -1, 0, 0, 0, 1, 2, 3]), min_size=20, max_size=90)


def bars_of(price: float, moves: list[int], spread: int, volume: float) -> np.ndarray:
    """Bars on a grid of a hundredth of the price: equal prices and unmoved bars are common."""
    close = (100 + np.maximum(np.cumsum(moves), -90)) * (price / 100)
    room = spread * price / 1000
    return np.array([close, close + room, close - room, close, np.full(len(moves), volume)])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    st.lists(
        st.builds(bars_of, PRICES, MOVES, st.sampled_from([0, 0, 1, 9]), st.sampled_from([0.0, 1.0, 1e9])),
        min_size=1,
        max_size=4,
    )
)
def test_awkward_shapes_are_rated_as_the_table_says_and_stay_finite(columns):
    rated = rate(side_by_side(columns), history=True)
    for name in COLUMNS:
        assert not np.isinf(rated.columns[name]).any(), name
    assert not np.isinf(rated.history).any()
    assert np.isin(rated.votes, [-1, 0, 1, ABSENT]).all()
    assert_as_the_table_says(columns)


@pytest.mark.parametrize("price", [1e-6, 0.1, 7.3, 1e9])
@pytest.mark.parametrize("bars", [20, 52, 300])
def test_a_price_that_never_moves_is_neutral_wherever_it_votes(price, bars):
    column = np.array([np.full(bars, price)] * 4 + [np.full(bars, 100.0)])
    rated = rate(side_by_side([column]))
    assert set(rated.votes[:, 0].tolist()) <= {0, int(ABSENT)}
    assert rated.columns["rsi"][0] == 50
    for name in ("cci", "stoch_k", "williams_r", "plus_di", "adx", "uo"):
        assert np.isnan(rated.columns[name][0]), name
    assert rated.columns["atr"][0] == 0
    assert rated.columns["tech_rating"][0] == 0
    assert SIGNALS[int(rated.columns["signal"][0])] == "NEUTRAL"


def test_a_price_that_has_stood_still_for_as_long_as_a_window_is_rated_as_the_table_says():
    rng = np.random.default_rng(5)
    columns = []
    for still in range(1, 40):
        column = walk(rng, 80)
        column[:4, -still:] = column[3, -still]
        columns.append(column)
    assert_as_the_table_says(columns)


def test_no_volume_leaves_out_what_is_made_of_volume():
    column = walk(np.random.default_rng(4), 60)
    column[4] = 0
    rated = rate(side_by_side([column]))
    assert rated.votes[13, 0] == ABSENT
    assert np.isnan(rated.columns["vwma20"][0])
    assert np.isnan(rated.columns["relative_volume"][0])
    assert rated.columns["dollar_volume"][0] == 0


def test_prices_that_overflow_are_missing_and_not_infinite():
    column = walk(np.random.default_rng(4), 300, price=1e300)
    column[4] = 1e300
    rated = rate(side_by_side([column]), history=True)
    assert all(not np.isinf(values).any() for values in rated.columns.values())


def test_no_symbols_give_no_rows():
    empty = np.empty((300, 0))
    none = np.empty(0, dtype=np.int64)
    bars = type(side_by_side([np.ones((5, 20))]))(*[empty] * 5, counts=none, dates_last=none)
    rated = rate(bars, history=True)
    assert rated.votes.shape == (26, 0)
    assert rated.columns["close"].shape == (0,)


def test_history_holds_what_the_columns_were_on_the_days_before():
    rng = np.random.default_rng(6)
    columns = [walk(rng, bars, tick=0.01) for bars in (320, 223, 200, 60, 41, 34, 20)]
    history = rate(side_by_side(columns), history=True).history
    fields = (
        "close",
        "sma20",
        "sma50",
        "sma150",
        "sma200",
        "ema20",
        "ema50",
        "ema200",
        "rsi",
        "macd",
        "macd_signal",
    )
    for lag in range(21):
        cut = [column[:, : column.shape[1] - lag] for column in columns]
        own = [at for at, column in enumerate(cut) if column.shape[1]]
        then = rate(side_by_side([cut[at] for at in own])).columns
        for row, name in enumerate(fields):
            assert history[row, lag, own] == pytest.approx(then[name], rel=1e-11, abs=1e-11, nan_ok=True), (
                name,
                lag,
            )
