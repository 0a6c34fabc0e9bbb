"""The trade plan of a row: where to enter, to give up and to take the profit, and how many shares.

All symbols of a block at once. Long for BUY and STRONG_BUY; mirrored for SELL and STRONG_SELL where
shorts are allowed; nothing for the rest, where the ATR is 0 or missing, where a price would not be
positive, or where a figure would be absurd: beyond what a whole number in JSON can say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from technic.scanner.tally import SIGNALS
from technic.scanner.units import LARGEST_WHOLE, Floats

COLUMNS = ("entry", "stop", "target", "reward_risk", "position_size")
"""The columns that a trade plan adds to a row."""

_ENTRY_ATR, _STOP_ATR, _FAR_STOP_ATR = 0.1, 1.5, 3.0
_VOLUME_SHARE = 0.05
"""The position takes at most this share of a day's dollar volume."""


@dataclass(frozen=True, slots=True)
class Stakes:
    """What the person who asks puts at stake.

    Attributes:
        account_size: The account, in dollars.
        risk_pct: Percent of it that one trade may lose.
        target_rr: Reward aimed at for each unit of risk.
        allow_shorts: Whether falling prices are traded too.
    """

    account_size: float
    risk_pct: float
    target_rr: float
    allow_shorts: bool


def trade_plan(columns: Mapping[str, Floats], stakes: Stakes) -> dict[str, Floats]:
    """The trade plan's columns for n symbols.

    Args:
        columns: `close`, `atr`, `low_10d`, `high_10d`, `dollar_volume` and `signal` (its place in
            SIGNALS), n each.
        stakes: What is put at stake.

    Returns:
        COLUMNS, n each; NaN where there is no plan. Prices in dollars; `position_size` whole shares.
    """
    side = _side(columns["signal"], allow_shorts=stakes.allow_shorts)
    close, atr = columns["close"], columns["atr"]
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        entry = close + side * _ENTRY_ATR * atr
        stop = _stop(columns, side)
        risk = side * (entry - stop)
        target = entry + side * stakes.target_rr * risk
        reward_risk = (target - close) / (close - stop)
        shares = _shares(entry, risk, columns["dollar_volume"], stakes)
        lowest = np.minimum(np.minimum(entry, stop), target)
        found = (entry, stop, target, reward_risk, shares)
        absurd = np.logical_or.reduce([np.abs(column) > LARGEST_WHOLE for column in found])
        planned = (side != 0) & (atr > 0) & (lowest > 0) & (risk > 0) & np.isfinite(target) & ~absurd
    return {
        name: np.where(planned & np.isfinite(column), column, np.nan)
        for name, column in zip(COLUMNS, found, strict=True)
    }


def _side(signal: Floats, *, allow_shorts: bool) -> Floats:
    """+1 long, -1 short, 0 no trade."""
    neutral = SIGNALS.index("NEUTRAL")
    long = np.where(signal > neutral, 1.0, 0.0)
    return np.where(signal < neutral, -1.0, long) if allow_shorts else long


def _stop(columns: Mapping[str, Floats], side: Floats) -> Floats:
    """The lower of the 10-bar low and close - 1.5 ATR, but no lower than close - 3 ATR; mirrored above."""
    close, atr = columns["close"], columns["atr"]
    below = np.maximum(np.minimum(columns["low_10d"], close - _STOP_ATR * atr), close - _FAR_STOP_ATR * atr)
    above = np.minimum(np.maximum(columns["high_10d"], close + _STOP_ATR * atr), close + _FAR_STOP_ATR * atr)
    return np.where(side > 0, below, above)


def _shares(entry: Floats, risk: Floats, dollar_volume: Floats, stakes: Stakes) -> Floats:
    """Whole shares: what the risk allows, within the account and 5 % of a day's dollar volume."""
    by_risk = np.floor(stakes.account_size * stakes.risk_pct / 100 / risk)
    most = np.minimum(stakes.account_size, _VOLUME_SHARE * dollar_volume)
    return np.minimum(by_risk, np.floor(most / entry))
