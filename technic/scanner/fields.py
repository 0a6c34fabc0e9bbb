"""The columns of a row: each with its label, unit, kind and meaning, in the order in which rows show them.

Filters, orders, tables and `GET /fields` know exactly these. How each is computed stands in
`features`, `rating` and `trade_plan`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from technic.scanner.tally import SIGNALS

Kind = Literal["number", "integer", "flag", "text", "date", "list"]


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a row.

    Attributes:
        name: As it stands in rows, filters and orders.
        label: As a table's head shows it.
        unit: `$`, `%`, `shares`, `bars`, `points`, or empty.
        kind: What its values are. Whole numbers, flags and days are numbers too, with a narrower look.
        description: One sentence.
        shown: Whether a table shows it without being asked.
        values: All values there are, lowest first, where they are few.
    """

    name: str
    label: str
    unit: str
    kind: Kind
    description: str
    shown: bool = False
    values: tuple[str, ...] = ()

    @property
    def numeric(self) -> bool:
        """Whether its values are kept as float64, NaN where missing."""
        return self.kind not in {"text", "list"}


def _number(name: str, label: str, unit: str, description: str, *, shown: bool = False) -> Field:
    return Field(name, label, unit, "number", description, shown)


def _integer(name: str, label: str, unit: str, description: str) -> Field:
    return Field(name, label, unit, "integer", description)


def _text(name: str, label: str, description: str, *, shown: bool = False) -> Field:
    return Field(name, label, "", "text", description, shown)


def _flag(name: str, label: str, description: str) -> Field:
    return Field(name, label, "", "flag", description)


def _averages(kind: str, words: str, lengths: Iterable[int]) -> tuple[Field, ...]:
    return tuple(
        _number(f"{kind}{n}", f"{kind.upper()} {n}", "$", f"{words} of the last {n} closes.") for n in lengths
    )


def _distances(lengths: Iterable[int]) -> tuple[Field, ...]:
    return tuple(
        _number(f"sma{n}_distance_pct", f"To SMA {n}", "%", f"How far the close is above its SMA {n}.")
        for n in lengths
    )


def _performances() -> tuple[Field, ...]:
    spans = (("1w", 5), ("1m", 21), ("3m", 63), ("6m", 126), ("1y", 252))
    return tuple(
        _number(f"perf_{span}", f"Perf {span}", "%", f"Change of the close over {bars} bars.")
        for span, bars in spans
    )


FIELDS: tuple[Field, ...] = (
    _text("symbol", "Symbol", "The symbol.", shown=True),
    _text("name", "Name", "The company's name.", shown=True),
    _text("sector", "Sector", "The company's sector.", shown=True),
    _text("industry", "Industry", "The company's industry."),
    Field("as_of", "As of", "", "date", "Day of the newest bar that was looked at."),
    _integer("bars", "Bars", "bars", "How many bars were used."),
    _number("close", "Close", "$", "Close of the newest bar.", shown=True),
    _number("change_pct", "Change", "%", "Change of the close against the bar before.", shown=True),
    _number("gap_pct", "Gap", "%", "The open against the close of the bar before."),
    _number("volume", "Volume", "shares", "Shares traded in the newest bar."),
    _number("relative_volume", "Rel. volume", "", "Volume against the mean of the 20 bars before."),
    _number("dollar_volume", "Dollar volume", "$", "Mean of close times volume over the last 20 bars."),
    _number(
        "tech_rating",
        "Rating",
        "points",
        "Technical rating; above 10 is Buy, above 50 Strong Buy.",
        shown=True,
    ),
    Field("signal", "Signal", "", "text", "The rating's label.", shown=True, values=SIGNALS),
    _number("moving_average_rating", "MA rating", "points", "Mean of the votes of the moving averages."),
    _number("oscillator_rating", "Osc. rating", "points", "Mean of the votes of the oscillators."),
    _number("rsi", "RSI", "points", "Relative Strength Index over 14 bars (Wilder).", shown=True),
    _number("adx", "ADX", "points", "Average Directional Index over 14 bars (Wilder)."),
    _number("macd", "MACD", "$", "EMA 12 less EMA 26."),
    _number("macd_signal", "MACD signal", "$", "EMA 9 of the MACD."),
    _number("stoch_k", "Stoch %K", "points", "Stochastic 14,3,3: %K."),
    _number("stoch_d", "Stoch %D", "points", "Stochastic 14,3,3: %D."),
    _number("cci", "CCI", "points", "Commodity Channel Index over 20 closes."),
    _number("williams_r", "Williams %R", "points", "Williams %R over 14 bars."),
    _number("atr", "ATR", "$", "Average True Range over 14 bars (Wilder)."),
    _number("atr_pct", "ATR %", "%", "Average True Range against the close."),
    _number("volatility", "Volatility", "%", "Annualised deviation of the last 20 log returns."),
    *_averages("sma", "Mean", (20, 50, 150, 200)),
    *_averages("ema", "Exponential mean", (20, 50, 200)),
    *_distances((20, 50, 200)),
    _number("sma200_change_1m_pct", "SMA 200 1m", "%", "Change of the SMA 200 over 21 bars."),
    _number("high_52w_distance_pct", "To 52w high", "%", "The close against the high of 252 bars."),
    _number("low_52w_distance_pct", "To 52w low", "%", "The close against the low of 252 bars."),
    _flag("new_high_52w", "New 52w high", "Whether the newest high is the highest of 252 bars."),
    _flag("new_low_52w", "New 52w low", "Whether the newest low is the lowest of 252 bars."),
    _number("high_20d_prior", "20d high", "$", "Highest high of the 20 bars before the newest."),
    _number("range_30d_pct", "30d range", "%", "Highest high against lowest low of 30 bars."),
    _flag("nr7", "NR7", "Whether the newest bar is narrower than each of the 6 before."),
    *_performances(),
    _number("entry", "Entry", "$", "Trade plan: where to enter.", shown=True),
    _number("stop", "Stop", "$", "Trade plan: where to give up.", shown=True),
    _number("target", "Target", "$", "Trade plan: where to take the profit.", shown=True),
    _number("reward_risk", "R/R", "", "Trade plan: what may be won for each dollar risked.", shown=True),
    _integer("position_size", "Size", "shares", "Trade plan: how many shares."),
    Field("warnings", "Warnings", "", "list", "What was dropped or mended in the symbol's bars."),
)
"""Every column of a row, in order."""

BY_NAME: dict[str, Field] = {field.name: field for field in FIELDS}
NAMES: tuple[str, ...] = tuple(BY_NAME)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The known name that an unknown one was most likely meant to be; None where none is near.

    Case, blanks and hyphens do not count: `Tech Rating` is near `tech_rating`.
    """
    plain = {_plain(known): known for known in names}
    matches = get_close_matches(_plain(name[:100]), plain, n=1, cutoff=0.55)
    return plain[matches[0]] if matches else None


def _plain(name: str) -> str:
    return name.strip().casefold().replace(" ", "_").replace("-", "_")
