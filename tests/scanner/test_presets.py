"""The named filters: each reads, and means what the specification says."""

from __future__ import annotations

import pytest

from technic.scanner.filter_parsing import parse_filters
from technic.scanner.presets import PRESETS
from technic.scanner.request import ScanRequest

MEANT = {
    "top_gainers": ([], ("change_pct", True), 50),
    "top_losers": ([], ("change_pct", False), 50),
    "most_active": ([], ("volume", True), 50),
    "most_volatile": ([], ("volatility", True), 50),
    "unusual_volume": (["relative_volume > 2"], ("relative_volume", True), None),
    "new_high_52w": (["new_high_52w == true"], ("tech_rating", True), None),
    "new_low_52w": (["new_low_52w == true"], ("tech_rating", True), None),
    "oversold": (["rsi < 30"], ("rsi", False), None),
    "overbought": (["rsi > 70"], ("rsi", True), None),
    "golden_cross": (["sma50 crosses_above sma200 within 5"], ("tech_rating", True), None),
    "death_cross": (["sma50 crosses_below sma200 within 5"], ("tech_rating", True), None),
    "breakout_20d": (["close > high_20d_prior"], ("tech_rating", True), None),
    "consolidation": (["range_30d_pct <= 10"], ("range_30d_pct", False), None),
    "gap_up": (["gap_pct > 3"], ("gap_pct", True), None),
    "gap_down": (["gap_pct < -3"], ("gap_pct", False), None),
    "momentum": (["perf_3m >= 30", "perf_6m >= 80"], ("perf_6m", True), None),
    "trend_template": (
        [
            "close > sma50", "sma50 > sma150", "sma150 > sma200", "sma200_change_1m_pct > 0",
            "low_52w_distance_pct >= 30", "high_52w_distance_pct >= -25",
        ],
        ("tech_rating", True), None,
    ),
    "nr7": (["nr7 == true"], ("tech_rating", True), None),
    "strong_buy": (["signal == STRONG_BUY"], ("tech_rating", True), None),
    "strong_sell": (["signal == STRONG_SELL"], ("tech_rating", False), None),
}  # fmt: skip


def test_the_presets_are_those_of_the_specification():
    assert list(PRESETS) == list(MEANT)


@pytest.mark.parametrize("name", MEANT)
def test_a_preset_means_what_the_specification_says(name):
    filters, order, limit = MEANT[name]
    asked = ScanRequest(preset=name)
    assert [str(condition) for condition in asked.conditions] == filters
    assert (asked.order, asked.row_limit) == (order, limit)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_reads_without_a_fault_and_says_what_it_is(preset):
    assert parse_filters(preset.filters)[1] == ()
    assert preset.title
    assert preset.description.endswith(".")


def test_the_trend_template_says_what_it_lacks():
    assert "relative-strength rank" in PRESETS["trend_template"].description
