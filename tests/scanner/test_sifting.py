"""Rows that several scans need are made once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from technic.scanner.plan import ScanPlan, open_plan
from technic.scanner.request import ScanRequest
from technic.scanner.rows import Rows
from technic.scanner.sieve import Sieve
from technic.scanner.sifting import SharedRows
from technic.scanner.terms import Terms
from technic.scanner.units import RatedBlock, RateUnit
from tests.support.blocks import FakeView, make_block, make_listings

MEGABYTE = 1 << 20
ASKED = ScanRequest(min_tech_rating=2)


class Market:
    """Eight symbols in two blocks, and what scans of them share."""

    def __init__(self, limit_bytes: int = MEGABYTE) -> None:
        self.view = FakeView(make_listings(8), there=[0, 1, 2, 3])
        self.terms = Terms(block_symbols=4, shared=SharedRows(limit_bytes))
        self.blocks: dict[str, RatedBlock] = {}

    def plan(self, request: ScanRequest = ASKED) -> ScanPlan:
        return open_plan(request, self.view, self.terms)

    def block(self, unit: RateUnit) -> RatedBlock:
        ratings = [float(symbol[1:]) for symbol in unit.symbols]
        return self.blocks.setdefault(unit.key, make_block(unit.symbols, {"tech_rating": ratings}))

    def rows(self, request: ScanRequest = ASKED) -> list[Rows | None]:
        """The rows that a scan found, by block."""
        plan = self.plan(request)
        return [plan.rated(unit, self.block(unit)).rows for unit in plan.start().units]


@pytest.fixture
def sifted(monkeypatch) -> list[Sieve]:
    """Who sifted."""
    seen: list[Sieve] = []
    pick = Sieve.pick

    def noted(self, *args):
        seen.append(self)
        return pick(self, *args)

    monkeypatch.setattr(Sieve, "pick", noted)
    return seen


def test_scans_that_ask_for_the_same_rows_have_the_very_same(sifted):
    market = Market()
    first, second = market.rows(), market.rows(ASKED.model_copy(update={"tags": ("another",)}))
    assert [a is b for a, b in zip(first, second, strict=True)] == [True, True]
    assert len(sifted) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"min_tech_rating": 3},
        {"filters": [{"field": "tech_rating", "op": "<", "value": 8}]},
        {"preset": "strong_buy"},
        {"account_size": 5_000},
        {"target_rr": 3},
        {"allow_shorts": True},
        {"symbols": ["S1", "S3", "S5", "S7"]},
        {"fresh": True},
    ],
    ids=lambda other: next(iter(other)),
)
def test_scans_that_ask_for_other_rows_have_their_own(sifted, other):
    market = Market()
    shared = market.rows()
    own = market.rows(ScanRequest.model_validate({"min_tech_rating": 2} | other))
    assert not set(shared) & set(own) - {None}
    assert len(sifted) == 4


def tables_of(market: Market, *requests: ScanRequest, monkeypatch) -> int:
    """How many tables are made for some scans."""
    made = []
    table = Sieve.table

    def noted(self, *args):
        made.append(self)
        return table(self, *args)

    monkeypatch.setattr(Sieve, "table", noted)
    for request in requests:
        market.rows(request)
    return len(made)


def test_scans_with_other_filters_share_what_they_filter(monkeypatch):
    market = Market()
    requests = [ScanRequest(min_tech_rating=least) for least in range(5)]
    assert tables_of(market, *requests, monkeypatch=monkeypatch) == 2
    assert [rows.symbols for rows in market.rows(requests[4]) if rows] == [["S4"], ["S5", "S6", "S7", "S8"]]


def test_scans_with_other_stakes_have_tables_of_their_own(monkeypatch):
    requests = [ScanRequest(account_size=size) for size in (1_000, 2_000)]
    assert tables_of(Market(), *requests, monkeypatch=monkeypatch) == 4


def test_symbols_that_have_another_name_by_now_have_rows_of_their_own():
    market = Market()
    before = market.rows()
    listings = [replace(listing, name="Renamed") for listing in market.view.universe.listings]
    market.view = FakeView(listings, there=[0, 1, 2, 3])
    after = market.rows()
    assert after[1].columns["name"].tolist() == ["Renamed"] * 4
    assert before[1].columns["name"].tolist() != after[1].columns["name"].tolist()


def test_what_another_scan_has_sifted_is_told_without_computing(sifted):
    market = Market()
    first, second = market.plan(), market.plan()
    unit = first.start().units[0]
    block = market.block(unit)
    wanted = second.wanted_in(unit, block)
    assert second.rated_before(unit, block, wanted) is None
    told = first.rated(unit, block)
    again = second.rated_before(unit, block, wanted)
    assert (again.rows, again.rated, again.scanned) == (told.rows, told.rated, told.scanned)
    assert len(sifted) == 1
    assert second.wanted_in(unit, block).symbols == ()


def test_a_symbol_that_has_ended_before_is_not_among_the_shared_rows_of_its_block():
    market = Market()
    whole = market.rows(ScanRequest())
    done = open_plan(ScanRequest(symbols=["S2"]), market.view, Terms(block_symbols=4))
    unit = done.start().units[0]
    checkpoint = done.rated(unit, market.block(unit)).checkpoint
    plan = open_plan(ScanRequest(), market.view, market.terms, done=[checkpoint])
    unit = plan.start().units[0]
    assert plan.rated(unit, market.block(unit)).rows.symbols == ["S1", "S3", "S4"]
    assert whole[0].symbols == ["S1", "S2", "S3", "S4"]


def result_of(market: Market, request: ScanRequest) -> Rows:
    plan = market.plan(request)
    for unit in reversed(plan.start().units):
        plan.rated(unit, market.block(unit))
    return plan.result().rows


def test_scans_that_found_the_same_rows_and_want_them_in_the_same_order_have_the_same_result():
    market = Market()
    best = ScanRequest(limit=3)
    assert result_of(market, best) is result_of(market, best)
    assert result_of(market, best).symbols == ["S8", "S7", "S6"]
    assert result_of(market, ScanRequest(limit=2)).symbols == ["S8", "S7"]
    assert result_of(market, ScanRequest(limit=3, descending=False)).symbols == ["S1", "S2", "S3"]
    assert result_of(market, ScanRequest(limit=3, fresh=True)).symbols == ["S8", "S7", "S6"]
    assert result_of(market, ScanRequest(limit=3, fresh=True)) is not result_of(market, best)


def test_shared_rows_are_kept_within_their_bytes(sifted):
    market = Market(limit_bytes=1)
    market.rows()
    market.rows()
    assert len(sifted) == 4
    shared = market.terms.shared
    assert (len(shared.tables), len(shared.sifted), len(shared.ranked)) == (0, 0, 0)
