"""One symbol looked at closely: its bars, its indicators and the 26 votes that make its rating."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from technic.scanner.request import ScanRequest
from technic.scanner.rows import Rows
from technic.scanner.sieve import Sieve
from technic.scanner.tally import SIGNALS, Fractions, label
from technic.scanner.units import ABSENT, Floats, RatedBlock
from technic.scanner.universe import Listing
from technic.scanner.vote_rules import VOTE_RULES
from technic.scanner.votes import AVERAGES, MOVING_AVERAGES, VOTES

INDICATORS = (
    *AVERAGES, "tenkan", "kijun", "span_a", "span_b", "rsi", "stoch_k", "stoch_d", "cci", "cci_hlc3",
    "plus_di", "minus_di", "adx", "ao", "momentum", "macd", "macd_signal", "stoch_rsi_k", "stoch_rsi_d",
    "williams_r", "bull_power", "bear_power", "uo",
)  # fmt: skip
"""The columns of a block that votes are made of, in the order of the specification."""

_LOOKED_AT = {
    "ichimoku": ("tenkan", "kijun", "span_a", "span_b"),
    "stoch": ("stoch_k", "stoch_d"),
    "adx": ("adx", "plus_di", "minus_di"),
    "macd": ("macd", "macd_signal"),
    "stoch_rsi": ("stoch_rsi_k", "stoch_rsi_d"),
    "bull_bear_power": ("bull_power", "bear_power"),
}
"""The indicators that a vote looks at; where it is not named here, the one of its own name."""

_LABELS = {
    "hma9": "HMA 9", "vwma20": "VWMA 20", "ichimoku": "Ichimoku 9/26/52", "rsi": "RSI 14",
    "stoch": "Stochastic 14,3,3", "cci": "CCI 20", "adx": "ADX 14", "ao": "Awesome Oscillator",
    "momentum": "Momentum 10", "macd": "MACD 12,26,9", "stoch_rsi": "Stochastic RSI 3,3,14,14",
    "williams_r": "Williams %R 14", "bull_bear_power": "Bull Bear Power 13",
    "uo": "Ultimate Oscillator 7,14,28",
}  # fmt: skip

_GROUPS = {"all": "rating", "moving_averages": "moving_average", "oscillators": "oscillator"}
_VALUES = {
    "all": "tech_rating",
    "moving_averages": "moving_average_rating",
    "oscillators": "oscillator_rating",
}
_BAR = ("open", "high", "low", "close", "volume")


def symbol_report(
    listing: Listing,
    block: RatedBlock,
    days: npt.NDArray[np.int64],
    values: Floats,
    asked: ScanRequest | None = None,
) -> dict[str, Any]:
    """Why a symbol has its rating, as JSON values.

    Args:
        listing: The symbol; one that the block has rated.
        block: A rated block that holds it.
        days: T days since 1970-01-01, ascending.
        values: 5 x T: open, high, low, close, volume of these days.
        asked: Its figures make the trade plan; the default ones where it is not given.

    Returns:
        The listing; `row` as a scan with these figures shows it; `ratings` of both groups and of all, each
        as a number, as an exact fraction and with its label; `votes` by name and group with what they
        looked at and the rule that they go by; `indicators`; `bars`, oldest first; `warnings`.
    """
    place = block.symbols.index(listing.symbol)
    table = Sieve(asked or ScanRequest()).table(block, np.array([place]), [listing])
    (row,) = Rows(table.columns).to_dicts()
    indicators = {name: _number(block.columns[name][place]) for name in INDICATORS}
    return {
        "symbol": listing.symbol,
        "name": listing.name,
        "sector": listing.sector,
        "industry": listing.industry,
        "as_of": row["as_of"],
        "signal": row["signal"],
        "tech_rating": row["tech_rating"],
        "ratings": {group: _rating(block, place, group) for group in _GROUPS},
        "votes": [_vote(block, place, position, indicators) for position in range(len(VOTES))],
        "indicators": indicators,
        "row": row,
        "bars": _bars(days, values),
        "warnings": list(block.warnings.get(listing.symbol, ())),
    }


def _rating(block: RatedBlock, place: int, group: str) -> dict[str, Any]:
    """A group's rating: the number, the exact fraction that it comes from, its label; null without a vote."""
    numerator = int(block.columns[f"{_GROUPS[group]}_numerator"][place])
    denominator = int(block.columns[f"{_GROUPS[group]}_denominator"][place])
    return {
        "value": _number(block.columns[_VALUES[group]][place]),
        "fraction": str(Fraction(numerator, denominator)) if denominator else None,
        "signal": _signal(numerator, denominator),
    }


def _signal(numerator: int, denominator: int) -> str | None:
    code = label(Fractions(np.array([numerator]), np.array([denominator])))[0]
    return SIGNALS[int(code)] if denominator else None


def _vote(
    block: RatedBlock, place: int, position: int, indicators: dict[str, float | None]
) -> dict[str, Any]:
    name = VOTES[position]
    vote = block.votes[position, place]
    return {
        "name": name,
        "label": _LABELS.get(name) or f"{name[:3].upper()} {name[3:]}",
        "group": "moving_averages" if position < MOVING_AVERAGES else "oscillators",
        "values": {shown: indicators[shown] for shown in _LOOKED_AT.get(name, (name,))},
        "vote": None if vote == ABSENT else int(vote),
        "rule": VOTE_RULES[name],
    }


def _bars(days: npt.NDArray[np.int64], values: Floats) -> list[dict[str, Any]]:
    dates = days.astype("datetime64[D]").astype(np.str_).tolist()
    columns = [[_number(value) for value in line] for line in values.tolist()]
    names = ("date", *_BAR)
    return [dict(zip(names, bar, strict=True)) for bar in zip(dates, *columns, strict=True)]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
