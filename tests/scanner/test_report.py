"""Why a symbol has its rating."""

from __future__ import annotations

import json

import numpy as np
import pytest

from technic.scanner.aligned import AlignedBars
from technic.scanner.rating import rate
from technic.scanner.report import INDICATORS, symbol_report
from technic.scanner.request import ScanRequest
from technic.scanner.units import RatedBlock
from technic.scanner.universe import Listing
from technic.scanner.votes import VOTES

DAYS = np.arange(19_723, 19_723 + 60)


def walk(seed: int, bars: int = 60) -> np.ndarray:
    """Open, high, low, close, volume of a random walk."""
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.02, bars)))
    opened = close * (1 + random.normal(0, 0.005, bars))
    high, low = np.maximum(opened, close) * 1.01, np.minimum(opened, close) * 0.99
    return np.array([opened, high, low, close, random.integers(1e5, 1e6, bars).astype(float)])


def report_of(symbol: str = "B", asked: ScanRequest | None = None) -> dict:
    values = {"A": walk(1), "B": walk(2)}
    stacked = np.stack([values["A"], values["B"]], axis=2)
    aligned = AlignedBars(
        *(np.ascontiguousarray(part) for part in stacked), np.array([60, 60]), np.array([DAYS[-1]] * 2)
    )
    rated = rate(aligned)
    block = RatedBlock(("A", "B"), rated.columns, rated.votes, {"B": ("1 row was dropped.",)})
    return symbol_report(Listing(symbol, "Bee", "Energy", None), block, DAYS, values[symbol], asked)


def test_a_report_is_json_and_names_every_vote_in_the_order_of_the_specification():
    report = json.loads(json.dumps(report_of(), allow_nan=False))
    assert [vote["name"] for vote in report["votes"]] == list(VOTES)
    assert [vote["group"] for vote in report["votes"]] == ["moving_averages"] * 15 + ["oscillators"] * 11
    assert {vote["vote"] for vote in report["votes"]} <= {1, 0, -1, None}
    assert all(vote["label"] and vote["values"] and vote["rule"].endswith(".") for vote in report["votes"])
    assert list(report["indicators"]) == list(INDICATORS)
    assert report["name"] == "Bee"
    assert report["warnings"] == report["row"]["warnings"] == ["1 row was dropped."]


def test_a_vote_that_the_bars_do_not_reach_is_null_and_so_is_its_value():
    votes = {vote["name"]: vote for vote in report_of()["votes"]}
    assert votes["sma100"]["vote"] is None
    assert votes["sma100"]["values"] == {"sma100": None}
    assert votes["sma50"]["vote"] in {1, -1}
    assert set(votes["ichimoku"]["values"]) == {"tenkan", "kijun", "span_a", "span_b"}


def test_the_votes_of_the_report_make_its_ratings():
    report = report_of()
    means = {}
    for group in ("moving_averages", "oscillators"):
        votes = [v["vote"] for v in report["votes"] if v["group"] == group and v["vote"] is not None]
        means[group] = sum(votes) / len(votes)
        assert report["ratings"][group]["value"] == pytest.approx(100 * means[group])
        numerator, _, denominator = report["ratings"][group]["fraction"].partition("/")
        assert int(numerator) / int(denominator or 1) == pytest.approx(means[group])
    assert report["tech_rating"] == report["ratings"]["all"]["value"]
    assert report["tech_rating"] == pytest.approx(50 * sum(means.values()))


def test_every_rating_of_the_report_has_the_label_of_its_fraction():
    report = report_of()
    assert report["ratings"]["all"]["signal"] == report["signal"]
    for rating in report["ratings"].values():
        value = rating["value"]
        lowest = {"STRONG_SELL": -100, "SELL": -50, "NEUTRAL": -10, "BUY": 10, "STRONG_BUY": 50}
        assert lowest[rating["signal"]] <= value <= lowest[rating["signal"]] + 50


def test_the_trade_plan_is_made_for_the_account_that_is_asked_for():
    plain, asked = report_of("A"), report_of("A", ScanRequest(target_rr=3.0, allow_shorts=True))
    assert plain["signal"] in {"SELL", "STRONG_SELL"}
    assert plain["row"]["entry"] is None
    risk = asked["row"]["stop"] - asked["row"]["entry"]
    assert risk > 0
    assert asked["row"]["target"] == pytest.approx(asked["row"]["entry"] - 3 * risk)


def test_a_symbol_is_shown_whatever_a_request_would_hold_back():
    asked = ScanRequest(min_tech_rating=100, filters=["close < 0"], preset="nr7")
    assert report_of("A", asked) == report_of("A")


def test_the_row_is_that_of_the_symbol_and_not_of_its_neighbour():
    report = report_of()
    assert report["row"]["close"] == report["bars"][-1]["close"] == pytest.approx(walk(2)[3, -1])
    assert report["as_of"] == report["bars"][-1]["date"] == "2024-02-29"


def test_bars_stand_oldest_first_with_their_days():
    bars = report_of()["bars"]
    assert len(bars) == 60
    assert list(bars[0]) == ["date", "open", "high", "low", "close", "volume"]
    assert bars[0]["date"] == "2024-01-01"
    assert bars[0]["high"] == walk(2)[1, 0]
