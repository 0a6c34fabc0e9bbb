"""The specification's 58 symbols: every vote and fraction exact, every indicator to the last place given."""

from fractions import Fraction

import numpy as np
import pytest

from technic.scanner.rating import rate
from technic.scanner.tally import SIGNALS
from technic.scanner.units import ABSENT
from tests.support.bars import golden, market_bars, side_by_side

COLUMN_OF = {
    "Tenkan": "tenkan", "Kijun": "kijun", "SpanA": "span_a", "SpanB": "span_b", "RSI14": "rsi",
    "StochK": "stoch_k", "StochD": "stoch_d", "CCI20_close": "cci", "CCI20_hlc3": "cci_hlc3",
    "+DI": "plus_di", "-DI": "minus_di", "ADX14": "adx", "AO": "ao", "Mom10": "momentum", "MACD": "macd",
    "MACDsig": "macd_signal", "StochRSIK": "stoch_rsi_k", "StochRSID": "stoch_rsi_d", "WR14": "williams_r",
    "Bull": "bull_power", "Bear": "bear_power", "UO": "uo",
}  # fmt: skip


@pytest.fixture(scope="module")
def expected():
    return golden()


@pytest.fixture(scope="module")
def rated(expected):
    return rate(side_by_side([market_bars(symbol) for symbol in expected]))


def test_the_symbols_have_the_bars_that_the_golden_file_counted(expected, rated):
    assert rated.columns["bars"].tolist() == [each["bars"] for each in expected.values()]
    assert rated.columns["close"].tolist() == [each["close"] for each in expected.values()]


def test_every_indicator_is_the_golden_one_to_six_places(expected, rated):
    for at, (symbol, each) in enumerate(expected.items()):
        for name, value in each["indicators"].items():
            found = rated.columns[COLUMN_OF.get(name, name.lower())][at]
            wanted = np.nan if value is None else value
            assert found == pytest.approx(wanted, abs=1e-6, rel=0, nan_ok=True), (symbol, name)


def test_every_vote_is_the_golden_one(expected, rated):
    for at, (symbol, each) in enumerate(expected.items()):
        wanted = [ABSENT if vote is None else vote for vote in each["votes"].values()]
        assert rated.votes[:, at].tolist() == wanted, symbol


def test_every_rating_is_the_golden_fraction_and_label(expected, rated):
    groups = {"all": "rating", "moving_averages": "moving_average", "oscillators": "oscillator"}
    for at, (symbol, each) in enumerate(expected.items()):
        for key, name in groups.items():
            parts = (rated.columns[f"{name}_{part}"][at] for part in ("numerator", "denominator"))
            assert Fraction(*(int(part) for part in parts)) == Fraction(each[key]), (symbol, key)
            percent = rated.columns["tech_rating" if key == "all" else f"{name}_rating"][at]
            assert percent == pytest.approx(float(100 * Fraction(each[key]))), (symbol, key)
        assert SIGNALS[int(rated.columns["signal"][at])] == each["label"], symbol
