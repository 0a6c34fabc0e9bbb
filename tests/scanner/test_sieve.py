"""Filters, orders and rows see the same figures, also where bars are absurd."""

import numpy as np
import pytest

from technic.scanner.ranking import ranked
from technic.scanner.request import ScanRequest
from technic.scanner.sieve import Sieve
from technic.scanner.trade_plan import COLUMNS as PLAN
from technic.scanner.universe import Listing
from tests.support.blocks import make_block

SYMBOLS = ("ABSURD", "GOOD")
COLUMNS = {
    "close": [1e-11, 100.0],
    "atr": [2e-13, 2.0],
    "low_10d": [1e-11, 98.0],
    "high_10d": [1e-11, 102.0],
    "dollar_volume": [1e300, 1e9],
    "relative_volume": [np.inf, 1.0],
    "volume": [1e300, 1e7],
    "signal": [4.0, 4.0],
}


def passed(**asked):
    sieve = Sieve(ScanRequest(**asked))
    listings = [Listing(symbol) for symbol in SYMBOLS]
    return sieve.sift(make_block(SYMBOLS, COLUMNS), np.arange(2), listings).rows


def test_a_plan_of_absurd_size_is_none_and_is_not_found():
    absurd, good = passed(account_size=1e15, risk_pct=100).to_dicts()
    assert {absurd[name] for name in PLAN} == {None}
    assert good["position_size"] > 0


@pytest.mark.parametrize("field", ["position_size", "entry", "relative_volume"])
def test_a_filter_finds_what_is_shown_and_nothing_else(field):
    for op, value in ((">", 0), ("!=", 5), ("is_null", False)):
        condition = [{"field": field, "op": op, "value": value}]
        assert passed(account_size=1e15, risk_pct=100, filters=condition).symbols == ["GOOD"]
    missing = [{"field": field, "op": "is_null", "value": True}]
    assert passed(account_size=1e15, risk_pct=100, filters=missing).symbols == ["ABSURD"]


def test_what_is_shown_as_missing_comes_last_in_order():
    assert ranked(passed(), "relative_volume").symbols == ["GOOD", "ABSURD"]
