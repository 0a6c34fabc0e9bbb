"""The built-in market: what it promises of its bars."""

import asyncio
from datetime import UTC, date, datetime

import numpy as np
import pytest

from technic.config.settings import SimulatedSettings
from technic.errors import SettingsError
from technic.scanner.sectors import GICS_SECTORS
from technic.scanner.sources.simulated import SimulatedSource, market_of
from technic.scanner.sources.simulated_listings import number_of, symbol_of
from technic.scanner.sources.trading_days import last_trading_day, trading_days
from tests.support.clock import FakeClock

END = date(2026, 6, 30)


def market(**settings):
    return SimulatedSource(SimulatedSettings(**{"end": END, "symbols": 200, **settings}))


def read(source, *symbols):
    return source.read(symbols, lambda: False)


@pytest.fixture(scope="module")
def bars():
    source = market()
    return read(source, *source.universe().symbols)


def same(one, other):
    return np.array_equal(one.dates, other.dates) and np.array_equal(one.values, other.values)


def test_a_symbol_alone_has_the_same_bits_as_among_others(bars):
    for each in bars[::9]:
        assert same(read(market(), each.symbol)[0], each)


def test_bits_do_not_depend_on_the_order_or_on_the_size_of_the_market(bars):
    shuffled = np.random.default_rng(1).permutation(len(bars))[:70]
    again = read(market(symbols=20_000), *(bars[at].symbol for at in shuffled))
    assert all(same(one, bars[at]) for one, at in zip(again, shuffled, strict=True))


def test_more_years_and_another_end_only_add_bars(bars):
    for each, long in zip(bars[:64], read(market(years=10), *(b.symbol for b in bars[:64])), strict=True):
        count = each.values.shape[1]
        assert np.array_equal(long.values[:, -count:], each.values)
    earlier = read(market(end=date(2025, 3, 14)), *(b.symbol for b in bars[:64]))
    for each, short in zip(bars[:64], earlier, strict=True):
        shared = each.dates[each.dates <= np.datetime64("2025-03-14")]
        assert np.array_equal(short.dates[-len(shared) :], shared)
        assert np.array_equal(short.values[:, -len(shared) :], each.values[:, : len(shared)])


def test_another_seed_is_another_market(bars):
    assert not np.array_equal(read(market(seed=8), "SIM0001")[0].values[3], bars[0].values[3])


def test_bars_are_good_as_they_are(bars):
    for each in bars:
        opening, high, low, close, volume = each.values
        assert np.isfinite(each.values).all()
        assert (low > 0).all()
        assert (low <= np.minimum(opening, close)).all()
        assert (high >= np.maximum(opening, close)).all()
        assert (volume >= 1).all()
        assert (np.diff(each.dates).astype(int) > 0).all()


def test_prices_are_in_cents(bars):
    prices = np.concatenate([each.values[:4].ravel() for each in bars])
    large = prices[prices >= 1.0]
    np.testing.assert_allclose(large * 100, np.rint(large * 100), rtol=0, atol=1e-6)


def test_prices_stay_sane_for_any_year_that_can_be_asked_for():
    for end in (date(1981, 2, 3), date(2099, 12, 31)):
        source = market(end=end, years=10)
        closes = np.concatenate([each.values[3] for each in read(source, *source.universe().symbols[:64])])
        assert closes.min() > 0.01
        assert closes.max() < 1e6


def test_returns_have_fat_tails_and_their_size_clusters(bars):
    returns = [np.diff(np.log(each.values[3])) for each in bars if each.values.shape[1] > 1000]
    scaled = np.concatenate([each / each.std() for each in returns])
    assert (scaled**4).mean() > 4.5  # a normal law has 3
    sizes = [np.abs(each) - np.abs(each).mean() for each in returns]
    persistence = np.mean([(size[5:] * size[:-5]).mean() / size.var() for size in sizes])
    assert persistence > 0.04
    assert abs(np.mean([np.corrcoef(each[1:], each[:-1])[0, 1] for each in returns])) < 0.02


def test_symbols_move_together_and_those_of_a_sector_more(bars):
    whole = [each for each in bars if each.values.shape[1] == max(b.values.shape[1] for b in bars)]
    sectors = [market().universe().find(each.symbol).sector for each in whole]
    together = np.corrcoef([np.diff(np.log(each.values[3])) for each in whole])
    same_sector = np.equal.outer(sectors, sectors) & ~np.eye(len(whole), dtype=bool)
    others = ~np.equal.outer(sectors, sectors)
    assert together[others].mean() > 0.1
    assert together[same_sector].mean() > together[others].mean() + 0.03


def test_volume_goes_with_the_size_of_moves_and_opens_differ_from_closes(bars):
    each = max(bars, key=lambda b: b.values.shape[1])
    moves, volume = np.abs(np.diff(np.log(each.values[3]))), np.log(each.values[4][1:])
    assert np.corrcoef(moves, volume)[0, 1] > 0.2
    overnight = np.log(each.values[0][1:] / each.values[3][:-1])
    assert (overnight != 0.0).mean() > 0.9
    assert 0.2 < overnight.std() / np.diff(np.log(each.values[3])).std() < 0.8


def test_some_symbols_lack_some_days_and_some_were_listed_late(bars):
    most = max(each.values.shape[1] for each in bars)
    lengths = [each.values.shape[1] for each in bars]
    assert sum(most - 40 < length < most for length in lengths) >= 10
    assert 1 <= sum(length < most - 40 for length in lengths) <= 20


def _days(each):
    return each.dates.astype(np.int64)


def test_about_one_in_ten_was_listed_in_the_last_fifteen_years_and_none_is_young_in_2026():
    source = market(symbols=2000, years=10, end=date(2026, 1, 2))
    all_bars = read(source, *source.universe().symbols)
    assert min(each.values.shape[1] for each in all_bars) >= 60
    first = trading_days(2016)[1] + 30
    late = sum(_days(each)[0] > first for each in all_bars)
    assert 0.04 < late / len(all_bars) < 0.10  # ten of the fifteen years


def test_the_market_is_closed_at_weekends_and_on_holidays():
    days = trading_days(2026).astype("datetime64[D]")
    assert (((days.astype(int) + 3) % 7) < 5).all()
    closed = ["2026-01-01", "2026-05-25", "2026-09-07", "2026-11-26", "2026-12-25"]
    assert not np.isin(np.array(closed, dtype="datetime64[D]"), days).any()
    assert len(days) in range(250, 258)
    assert last_trading_day(date(2026, 1, 2)) == date(2025, 12, 31)
    assert last_trading_day(date(2026, 11, 23)) == date(2026, 11, 20)


def test_the_last_day_is_the_business_day_before_today_and_the_version_follows_it():
    clock = FakeClock(datetime(2026, 11, 23, 23, 59, tzinfo=UTC))
    source = SimulatedSource(SimulatedSettings(symbols=3), clock)
    before = source.spec
    assert market_of(before).last_day == date(2026, 11, 20)
    clock.advance(120.0)
    assert market_of(source.spec).last_day == date(2026, 11, 23)
    assert source.spec.version != before.version


def test_the_version_leaves_out_what_changes_no_bar():
    version = market().spec.version
    assert market(symbols=7).spec.version == version
    assert market(latency_seconds=0.5).spec.version == version
    changed = [market(seed=9), market(years=4), market(end=date(2026, 6, 29))]
    assert len({source.spec.version for source in changed} | {version}) == 4


def test_the_universe_is_of_invented_companies_in_all_sectors():
    listings = market(symbols=20_000).universe().listings
    assert len(listings) == 20_000
    assert {listing.sector for listing in listings} == set(GICS_SECTORS)
    assert all(listing.name and listing.industry for listing in listings)
    assert listings[:500] == market(symbols=500).universe().listings
    assert [listing.symbol for listing in listings[9998:10_000]] == ["SIM9999", "SIM10000"]


@pytest.mark.parametrize(
    "symbol", ["SIM0000", "SIM1", "SIM00001", "sim0001", "SIM0201", "SIM²²²²", "SIM", "A", ""]
)
def test_a_symbol_that_is_not_of_this_market_is_a_failure_of_its_own(symbol):
    good, bad = read(market(), "SIM0200", symbol)
    assert good.symbol == "SIM0200"
    assert (bad.code, bad.affected_symbols) == ("unknown_symbol", (symbol,))


def test_symbols_and_numbers_are_one_to_one():
    assert all(number_of(symbol_of(number)) == number for number in range(1, 20_001))


@pytest.mark.parametrize("end", [date(1969, 12, 31), date(1975, 1, 1), date(2100, 1, 1)])
def test_an_end_that_cannot_be_made_is_refused_with_what_can(end):
    with pytest.raises(SettingsError, match=r"1970\.\.2099"):
        market(end=end)


def test_the_29th_of_february_has_years_before_it():
    assert read(market(end=date(2024, 2, 29)), "SIM0001")[0].dates[-1] == np.datetime64("2024-02-29")


async def test_symbols_of_a_slow_market_are_counted_without_a_gap_in_whatever_order_they_come():
    source = market(latency_seconds=0.001)
    counts = []
    async with asyncio.timeout(10):
        await source.arrive(tuple(f"SIM{n:04}" for n in range(1, 41)), counts.append)
    assert counts == sorted(set(counts))
    assert counts[-1] == 40


async def test_no_more_symbols_arrive_at_once_than_there_are_connections(monkeypatch):
    source = market(latency_seconds=0.001, connections=3)
    under_way, most = set(), []
    sleep = asyncio.sleep

    async def watched(seconds):
        under_way.add(asyncio.current_task())
        most.append(len(under_way))
        await sleep(seconds)
        under_way.discard(asyncio.current_task())

    monkeypatch.setattr(asyncio, "sleep", watched)
    names = [f"SIM{n:04}" for n in range(1, 21)]
    async with asyncio.timeout(10):
        await asyncio.gather(source.arrive(names[:10], id), source.arrive(names[10:], id))
    assert max(most) == 3


async def test_symbols_of_a_slow_market_have_connections():
    source = market(latency_seconds=0.001)
    assert source.connections == 16
    assert market().connections == 0
