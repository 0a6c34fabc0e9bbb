"""Single votes at their borders: what lies within the tolerance is a tie, what is missing is no argument."""

import numpy as np
import pytest

from technic.scanner.units import ABSENT
from technic.scanner.votes import AVERAGES, VOTES, cast

CLOSE = 200.0
PRICE = 1e-9 * CLOSE
POINTS = 1e-7


def neutral() -> dict[str, float]:
    """Readings on which nothing votes."""
    levels = dict.fromkeys((*AVERAGES, "tenkan", "kijun", "span_b", "cloud_a", "cloud_b", "close"), CLOSE)
    middles = dict.fromkeys(
        ("rsi", "rsi_before", "stoch_k", "stoch_d", "stoch_d_before", "stoch_rsi_k", "uo"), 50.0
    )
    below = dict.fromkeys(("williams_r", "williams_r_before"), -50.0)
    zeros = (
        "stoch_rsi_d", "cci", "cci_before", "plus_di", "minus_di", "adx", "adx_before", "ao", "ao_before",
        "ao_before_that", "momentum", "momentum_before", "macd", "macd_signal", "bull_power", "bear_power",
        "bull_power_before", "bear_power_before",
    )  # fmt: skip
    return levels | middles | below | dict.fromkeys(zeros, 0.0)


def vote(name: str, **changed: float) -> int:
    readings = {key: np.array([value]) for key, value in (neutral() | changed).items()}
    return int(cast(readings)[VOTES.index(name), 0])


def test_neutral_readings_give_26_neutral_votes():
    assert {vote(name) for name in VOTES} == {0}


@pytest.mark.parametrize("name", AVERAGES)
def test_a_close_beside_an_average_votes_beyond_the_tolerance_only(name):
    assert vote(name, **{name: CLOSE - 3 * PRICE}) == 1
    assert vote(name, **{name: CLOSE + 3 * PRICE}) == -1
    assert vote(name, **{name: CLOSE - PRICE / 2}) == 0
    assert vote(name, **{name: CLOSE + PRICE / 2}) == 0
    assert vote(name, **{name: np.nan}) == ABSENT


LADDER = {"tenkan": CLOSE - 1, "kijun": CLOSE - 2, "cloud_a": CLOSE - 3, "cloud_b": CLOSE - 4}


def test_the_cloud_votes_when_all_its_lines_stand_in_order():
    assert vote("ichimoku", **LADDER) == 1
    assert vote("ichimoku", **{name: 2 * CLOSE - value for name, value in LADDER.items()}) == -1
    assert vote("ichimoku", **LADDER, span_b=np.nan) == ABSENT


@pytest.mark.parametrize("line", LADDER)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_cloud_with_two_lines_on_each_other_does_not_vote(line, sign):
    above = {"tenkan": "close", "kijun": "tenkan", "cloud_a": "kijun", "cloud_b": "cloud_a"}[line]
    lines = {name: CLOSE + sign * (value - CLOSE) for name, value in LADDER.items()} | {"close": CLOSE}
    lines[line] = lines[above] - sign * PRICE / 2
    assert vote("ichimoku", **lines) == 0
    lines[line] = np.nan
    assert vote("ichimoku", **lines) == 0


@pytest.mark.parametrize(
    ("name", "low", "high"), [("rsi", 30, 70), ("cci", -100, 100), ("williams_r", -80, -20)]
)
def test_an_oscillator_votes_when_it_turns_back_from_an_extreme(name, low, high):
    before = f"{name}_before"
    assert vote(name, **{name: low - 1, before: low - 2}) == 1
    assert vote(name, **{name: high + 1, before: high + 2}) == -1
    assert vote(name, **{name: low - 1, before: low - 0.5}) == 0
    assert vote(name, **{name: low - POINTS / 2, before: low - 2}) == 0
    assert vote(name, **{name: low - 3 * POINTS, before: low - 2}) == 1
    assert vote(name, **{name: low - 1, before: low - 1 - POINTS / 2}) == 0
    assert vote(name, **{name: high + 1, before: high + 1 + POINTS / 2}) == 0
    assert vote(name, **{name: np.nan, before: low - 2}) == 0
    assert vote(name, **{name: low - 1, before: np.nan}) == ABSENT


def test_the_stochastic_votes_where_both_lines_are_extreme_and_cross():
    assert vote("stoch", stoch_k=15, stoch_d=10) == 1
    assert vote("stoch", stoch_k=85, stoch_d=90) == -1
    assert vote("stoch", stoch_k=15, stoch_d=15 - POINTS / 2) == 0
    assert vote("stoch", stoch_k=20 - POINTS / 2, stoch_d=10) == 0
    assert vote("stoch", stoch_k=np.nan, stoch_d=np.nan) == 0
    assert vote("stoch", stoch_k=15, stoch_d=10, stoch_d_before=np.nan) == ABSENT


def test_the_stochastic_rsi_votes_against_the_trend_only():
    assert vote("stoch_rsi", stoch_rsi_k=15, stoch_rsi_d=10, ema50=CLOSE + 1) == 1
    assert vote("stoch_rsi", stoch_rsi_k=15, stoch_rsi_d=10, ema50=CLOSE - 1) == 0
    assert vote("stoch_rsi", stoch_rsi_k=85, stoch_rsi_d=90, ema50=CLOSE - 1) == -1
    assert vote("stoch_rsi", stoch_rsi_k=85, stoch_rsi_d=90, ema50=CLOSE + 1) == 0
    assert vote("stoch_rsi", stoch_rsi_k=85, stoch_rsi_d=90, ema50=np.nan) == ABSENT


def test_adx_votes_in_a_trend_that_is_strong_and_grows():
    strong = {"adx": 21.0, "adx_before": 20.5}
    assert vote("adx", **strong, plus_di=30, minus_di=20) == 1
    assert vote("adx", **strong, plus_di=20, minus_di=30) == -1
    assert vote("adx", **strong, plus_di=20, minus_di=20 + POINTS / 2) == 0
    assert vote("adx", adx=20 + POINTS / 2, adx_before=19, plus_di=30) == 0
    assert vote("adx", adx=21, adx_before=21.5, plus_di=30) == 0
    assert vote("adx", adx=21, adx_before=np.nan, plus_di=30) == 0
    assert vote("adx", adx=np.nan) == ABSENT


@pytest.mark.parametrize("sign", [1, -1])
def test_the_awesome_oscillator_votes_through_zero_or_with_a_saucer(sign):
    def ao(now: float, before: float, earlier: float) -> int:
        return vote("ao", ao=sign * now, ao_before=sign * before, ao_before_that=sign * earlier)

    assert ao(1, -1, -2) == sign
    assert ao(1, 0, 5) == sign
    assert ao(1, PRICE / 2, 0) == sign
    assert ao(2, 1, 2) == sign
    assert ao(2, 1, 0.5) == 0
    assert ao(1, 2, 3) == 0
    assert ao(PRICE / 2, -1, -2) == 0
    assert ao(2, 1, np.nan) == 0
    assert ao(2, np.nan, np.nan) == ABSENT


@pytest.mark.parametrize(("name", "other"), [("momentum", "momentum_before"), ("macd", "macd_signal")])
def test_momentum_and_macd_vote_beyond_the_tolerance_of_a_price(name, other):
    assert vote(name, **{name: 3 * PRICE}) == 1
    assert vote(name, **{other: 3 * PRICE}) == -1
    assert vote(name, **{name: PRICE / 2}) == 0
    assert vote(name, **{other: np.nan}) == ABSENT


def test_bull_and_bear_power_vote_with_the_trend_when_the_other_side_weakens():
    up, down = {"ema50": CLOSE - 1}, {"ema50": CLOSE + 1}
    assert vote("bull_bear_power", **up, bear_power=-1, bear_power_before=-2) == 1
    assert vote("bull_bear_power", **down, bear_power=-1, bear_power_before=-2) == 0
    assert vote("bull_bear_power", **down, bull_power=1, bull_power_before=2) == -1
    assert vote("bull_bear_power", **up, bull_power=1, bull_power_before=2) == 0
    assert vote("bull_bear_power", **up, bear_power=-PRICE / 2, bear_power_before=-2) == 0
    assert vote("bull_bear_power", **up, bear_power=-1, bear_power_before=-1 - PRICE / 2) == 0
    assert vote("bull_bear_power", ema50=np.nan) == ABSENT


def test_the_ultimate_oscillator_votes_beyond_seventy_and_thirty():
    assert vote("uo", uo=71) == 1
    assert vote("uo", uo=29) == -1
    assert vote("uo", uo=70 + POINTS / 2) == 0
    assert vote("uo", uo=30 - POINTS / 2) == 0
    assert vote("uo", uo=np.nan) == ABSENT
