"""Named filters that a user can read, combine and override: data, not code.

A preset lies under a request's own fields: its filters and the request's all have to hold, and the
request's own `sort_by`, `descending` and `limit` go before the preset's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from technic.scanner.filter_parsing import parse_filters
from technic.scanner.filters import Condition

_MANY = 50


@dataclass(frozen=True, slots=True)
class Preset:
    """A named filter.

    Attributes:
        name: As a request names it.
        title: As a menu shows it.
        description: What it finds, and what it leaves out.
        filters: In the JSON of requests, so that a user can copy and change them.
        sort_by: Its order; None leaves the request's.
        descending: Whether the highest come first.
        limit: How many rows it returns; None for all.
    """

    name: str
    title: str
    description: str
    filters: tuple[Mapping[str, Any], ...] = ()
    sort_by: str | None = None
    descending: bool = True
    limit: int | None = None

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Its filters, read."""
        return parse_filters(self.filters)[0]


def _is(field: str, op: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value, **more}


def _than(field: str, op: str, other: str, **more: Any) -> dict[str, Any]:
    return _is(field, op, {"field": other}, **more)


_TREND_TEMPLATE = (
    _than("close", ">", "sma50"),
    _than("sma50", ">", "sma150"),
    _than("sma150", ">", "sma200"),
    _is("sma200_change_1m_pct", ">", 0),
    _is("low_52w_distance_pct", ">=", 30),
    _is("high_52w_distance_pct", ">=", -25),
)

_PRESETS = (
    Preset("top_gainers", "Top gainers", "The 50 symbols that rose most against the bar before.",
           sort_by="change_pct", limit=_MANY),
    Preset("top_losers", "Top losers", "The 50 symbols that fell most against the bar before.",
           sort_by="change_pct", descending=False, limit=_MANY),
    Preset("most_active", "Most active", "The 50 symbols with the highest volume.",
           sort_by="volume", limit=_MANY),
    Preset("most_volatile", "Most volatile", "The 50 symbols with the highest volatility of 20 bars.",
           sort_by="volatility", limit=_MANY),
    Preset("unusual_volume", "Unusual volume", "Volume above twice the mean of the 20 bars before.",
           (_is("relative_volume", ">", 2),), sort_by="relative_volume"),
    Preset("new_high_52w", "New 52-week high", "The newest high is the highest of 252 bars.",
           (_is("new_high_52w", "==", True),)),  # noqa: FBT003 - a filter's value
    Preset("new_low_52w", "New 52-week low", "The newest low is the lowest of 252 bars.",
           (_is("new_low_52w", "==", True),)),  # noqa: FBT003 - a filter's value
    Preset("oversold", "Oversold", "RSI below 30.",
           (_is("rsi", "<", 30),), sort_by="rsi", descending=False),
    Preset("overbought", "Overbought", "RSI above 70.",
           (_is("rsi", ">", 70),), sort_by="rsi"),
    Preset("golden_cross", "Golden cross", "SMA 50 crossed above SMA 200 within the newest 5 bars.",
           (_than("sma50", "crosses_above", "sma200", within=5),)),
    Preset("death_cross", "Death cross", "SMA 50 crossed below SMA 200 within the newest 5 bars.",
           (_than("sma50", "crosses_below", "sma200", within=5),)),
    Preset("breakout_20d", "20-day breakout", "The close is above the highest high of the 20 bars before.",
           (_than("close", ">", "high_20d_prior"),)),
    Preset("consolidation", "Consolidation", "Highest high and lowest low of 30 bars lie within 10 %.",
           (_is("range_30d_pct", "<=", 10),), sort_by="range_30d_pct", descending=False),
    Preset("gap_up", "Gap up", "The open is more than 3 % above the close of the bar before.",
           (_is("gap_pct", ">", 3),), sort_by="gap_pct"),
    Preset("gap_down", "Gap down", "The open is more than 3 % below the close of the bar before.",
           (_is("gap_pct", "<", -3),), sort_by="gap_pct", descending=False),
    Preset("momentum", "Momentum", "At least 30 % up over 3 months and 80 % over 6.",
           (_is("perf_3m", ">=", 30), _is("perf_6m", ">=", 80)), sort_by="perf_6m"),
    Preset("trend_template", "Trend template",
           "Close above SMA 50 above SMA 150 above a rising SMA 200, at least 1.3 times the 52-week low and "
           "0.75 of the high. Without the relative-strength rank that the original asks for as well.",
           _TREND_TEMPLATE),
    Preset("nr7", "NR7", "The newest bar is narrower than each of the 6 before.",
           (_is("nr7", "==", True),)),  # noqa: FBT003 - a filter's value
    Preset("strong_buy", "Strong Buy", "The rating's label is STRONG_BUY.",
           (_is("signal", "==", "STRONG_BUY"),)),
    Preset("strong_sell", "Strong Sell", "The rating's label is STRONG_SELL.",
           (_is("signal", "==", "STRONG_SELL"),), sort_by="tech_rating", descending=False),
)  # fmt: skip

PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in _PRESETS}
"""All presets by name."""


def own_definition(preset: Preset | None) -> dict[str, Any] | None:
    """A preset of one's own as JSON values, which `preset_of` reads; None for a built-in one."""
    if preset is None or PRESETS.get(preset.name) == preset:
        return None
    return asdict(preset)


def preset_of(definition: Mapping[str, Any]) -> Preset:
    """A preset from its definition. Raises TypeError, KeyError where it is none."""
    return Preset(**{**definition, "filters": tuple(definition["filters"])})
