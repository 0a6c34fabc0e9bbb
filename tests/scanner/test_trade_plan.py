"""The trade plan, against figures worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from technic.scanner.tally import SIGNALS
from technic.scanner.trade_plan import COLUMNS, Stakes, trade_plan

STAKES = Stakes(account_size=10_000, risk_pct=1, target_rr=2, allow_shorts=False)
SHORTS = Stakes(account_size=10_000, risk_pct=1, target_rr=2, allow_shorts=True)


def plan(stakes: Stakes = STAKES, **given: object) -> dict[str, float]:
    """The plan of one symbol at 100 with an ATR of 2."""
    row = {
        "close": 100,
        "atr": 2,
        "low_10d": 98,
        "high_10d": 102,
        "dollar_volume": 1e9,
        "signal": "BUY",
    } | given
    row["signal"] = SIGNALS.index(str(row["signal"])) if row["signal"] is not None else math.nan
    found = trade_plan({name: np.array([value], dtype=float) for name, value in row.items()}, stakes)
    assert tuple(found) == COLUMNS
    return {name: values.item() for name, values in found.items()}


def is_null(found: dict[str, float]) -> bool:
    assert len({math.isnan(value) for value in found.values()}) == 1
    return math.isnan(found["entry"])


def test_a_long_plan_by_hand():
    # entry 100 + 0.2; the 10-bar low 98 is above 100 - 3: stop 97; risk 3.2: target 100.2 + 6.4;
    # (106.6 - 100) / (100 - 97) = 2.2; 100 dollars of risk / 3.2 = 31.25 shares
    found = plan()
    expected = {"entry": 100.2, "stop": 97, "target": 106.6, "reward_risk": 2.2, "position_size": 31}
    assert found == pytest.approx(expected)


def test_the_stop_lies_at_the_10_bar_low_but_no_further_than_three_atr():
    assert plan(low_10d=95)["stop"] == 95
    assert plan(low_10d=50)["stop"] == 94


def test_a_short_plan_mirrors_the_long_one():
    found = plan(SHORTS, signal="SELL")
    expected = {"entry": 99.8, "stop": 103, "target": 93.4, "reward_risk": 2.2, "position_size": 31}
    assert found == pytest.approx(expected)
    assert plan(SHORTS, signal="STRONG_SELL", high_10d=105)["stop"] == 105
    assert plan(SHORTS, signal="SELL", high_10d=150)["stop"] == 106


def test_the_position_stays_within_the_account():
    # 100 % of the account at risk would be 3125 shares; 10,000 dollars buy 99 at 100.2
    assert plan(Stakes(10_000, 100, 2, allow_shorts=False))["position_size"] == 99


def test_the_position_stays_within_5_percent_of_the_dollar_volume():
    assert plan(dollar_volume=20_040)["position_size"] == 10  # 1002 dollars are exactly 10 shares at 100.2
    assert plan(dollar_volume=1000)["position_size"] == 0


@pytest.mark.parametrize("signal", ["NEUTRAL", "SELL", "STRONG_SELL", None])
def test_there_is_no_plan_without_a_buy(signal):
    assert is_null(plan(signal=signal))


def test_a_neutral_symbol_has_no_plan_even_where_shorts_are_allowed():
    assert is_null(plan(SHORTS, signal="NEUTRAL"))
    assert not is_null(plan(SHORTS, signal="STRONG_BUY"))


@pytest.mark.parametrize("atr", [0, math.nan])
def test_there_is_no_plan_without_an_atr(atr):
    assert is_null(plan(atr=atr))


def test_there_is_no_plan_where_a_price_would_not_be_positive():
    assert is_null(plan(close=1, atr=2 / 3, low_10d=0.2))  # the stop would be at 0
    assert not is_null(plan(close=1, atr=0.6, low_10d=0.2))
    assert is_null(plan(SHORTS, signal="SELL", close=1, atr=0.5, high_10d=1.1))  # the target would be below 0


def test_there_is_no_plan_where_a_figure_would_be_absurd():
    tiny = {"close": 1e-11, "atr": 2e-13, "low_10d": 1e-11}
    assert is_null(plan(Stakes(1e15, 100, 2, allow_shorts=False), **tiny))  # 9e25 shares
    assert is_null(plan(Stakes(10_000, 1, 1e300, allow_shorts=False)))  # a target of 1e300 dollars
    assert is_null(plan(close=1e150, atr=1e148, low_10d=1e150))
    assert not is_null(plan(Stakes(1e12, 1, 2, allow_shorts=False)))


prices = st.floats(1e-4, 1e6)


@given(
    bars=st.tuples(prices, prices, prices, st.floats(0, 1e12)),
    account=st.floats(1, 1e9),
    risk=st.floats(0.01, 100),
    signal=st.sampled_from(SIGNALS),
)
def test_a_position_never_costs_or_risks_more_than_allowed(bars, account, risk, signal):
    close, atr, low, volume = bars
    stakes = Stakes(account, risk, 2, allow_shorts=True)
    found = plan(stakes, close=close, atr=atr, low_10d=low, high_10d=low, dollar_volume=volume, signal=signal)
    if is_null(found):
        return
    shares = found["position_size"]
    assert shares == int(shares) >= 0
    assert shares * found["entry"] <= min(account, 0.05 * volume) * (1 + 1e-12)
    assert shares * abs(found["entry"] - found["stop"]) <= account * risk / 100 * (1 + 1e-12)
    assert min(found["entry"], found["stop"], found["target"]) > 0
