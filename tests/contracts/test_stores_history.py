"""What every store tells of ended scans, and how much of them it keeps."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from technic.engine.scan.events import Status
from technic.engine.stores.history import (
    Caching,
    FailingSymbol,
    FrequentFailure,
    HistoryQuery,
    PresetUse,
    Quantiles,
    Rejection,
    Statistics,
    StatisticsQuery,
)
from technic.scanner.request import ScanRequest
from tests.support.scans import RESERVED, START, ended, kept, pending, running, scanned


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


@pytest.fixture
async def five(opened):
    """Five scans, one minute after the other, and one that runs."""
    store = await opened()
    for minute, name in enumerate(["ab1", "ab2", "b%", "b_", "B1"]):
        tags = ("even",) if minute % 2 == 0 else ("odd", "x\x00y")
        status = Status.CANCELLED if name == "b_" else Status.COMPLETED
        await scanned(store, name, rows=minute, status=status, completed_at=at(minute), tags=tags)
    await store.create(ScanRequest(), pending("ab9"), RESERVED)
    await store.commit(running("ab9"))
    return store


async def ids(store, **query):
    page = await store.history(HistoryQuery(**query))
    return [entry.snapshot.scan_id for entry in page.entries], page.total


async def test_the_newest_end_comes_first(five):
    assert await ids(five) == (["B1", "b_", "b%", "ab2", "ab1"], 5)


async def test_the_history_is_paged(five):
    assert await ids(five, offset=1, limit=2) == (["b_", "b%"], 5)
    assert await ids(five, offset=4, limit=2) == (["ab1"], 5)
    assert await ids(five, offset=9, limit=2) == ([], 5)


async def test_an_entry_tells_of_its_scan(five):
    entry = (await five.history(HistoryQuery(limit=1))).entries[0]
    assert entry.snapshot == ended("B1", completed_at=at(4), tags=("even",))
    assert (dict(entry.request), entry.rows) == (ScanRequest().as_json(), 4)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"statuses": (Status.CANCELLED,)}, ["b_"]),
        ({"statuses": (Status.CANCELLED, Status.COMPLETED)}, ["B1", "b_", "b%", "ab2", "ab1"]),
        ({"statuses": (Status.RUNNING,)}, []),
        ({"tag": "even"}, ["B1", "b%", "ab1"]),
        ({"tag": "eve"}, []),
        ({"tag": "x\x00y"}, ["b_", "ab2"]),
        ({"tag": "x"}, []),
        ({"scan_id": "ab"}, ["ab2", "ab1"]),
        ({"scan_id": "b"}, ["b_", "b%"]),
        ({"scan_id": "b%"}, ["b%"]),
        ({"scan_id": "b_"}, ["b_"]),
        ({"scan_id": ""}, ["B1", "b_", "b%", "ab2", "ab1"]),
        ({"scan_id": "\ud800"}, []),
        ({"scan_id": "' OR 1=1 --"}, []),
        ({"scan_id": "\x00"}, []),
        ({"tag": "\udfff"}, []),
        ({"since": at(3)}, ["B1", "b_"]),
        ({"until": at(1)}, ["ab1"]),
        ({"since": at(1), "until": at(3)}, ["b%", "ab2"]),
        ({"since": at(1), "tag": "odd", "statuses": (Status.COMPLETED,)}, ["ab2"]),
    ],
)
async def test_the_history_is_filtered(five, query, found):
    assert await ids(five, **query) == (found, len(found))


RSI = {"field": "rsi", "op": "<", "value": 40}
SECTOR = {"field": "sector", "op": "in", "value": ["Énergie", "Gas \\ Oil"]}
ASKED = {
    "a": ScanRequest(preset="oversold", symbols=("AAPL", "MSFT")),
    "b": ScanRequest(preset="breakout_20d", filters=[RSI, SECTOR]),
    "c": ScanRequest(tags=("oversold", "x\x00y")),
}


@pytest.fixture
async def asked(opened):
    """Three scans that were asked for in their own ways, one minute after the other."""
    store = await opened()
    for minute, (name, request) in enumerate(ASKED.items()):
        await scanned(store, name, request=request, completed_at=at(minute))
    return store


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"preset": "oversold"}, ["a"]),
        ({"preset": "Oversold"}, []),
        ({"preset": ""}, []),
        ({"preset": "\ud800"}, []),
        ({"text": "aapl"}, ["a"]),
        ({"text": "OVERSOLD"}, ["c", "a"]),
        ({"text": "rsi"}, ["b"]),
        ({"text": "Énergie"}, ["b"]),
        ({"text": "énergie"}, []),
        ({"text": "gas \\ oil"}, ["b"]),
        ({"text": "x\x00y"}, ["c"]),
        ({"text": "\ud800"}, []),
        ({"text": "%"}, []),
        ({"text": '"'}, []),
        ({"text": "oversold", "preset": "oversold"}, ["a"]),
        ({"text": "o", "limit": 1, "offset": 1}, ["b"]),
    ],
)
async def test_a_scan_is_found_by_what_was_asked_for(asked, query, found):
    page = await asked.history(HistoryQuery(**query))
    assert [entry.snapshot.scan_id for entry in page.entries] == found


async def test_a_moment_of_another_zone_is_the_same_moment(five):
    zone = datetime.fromisoformat("2026-03-01T14:03:00+02:00")
    assert await ids(five, since=zone) == (["B1", "b_"], 2)


async def test_of_nothing_there_are_no_figures(opened):
    store = await opened()
    assert await store.statistics(StatisticsQuery()) == Statistics()
    assert await ids(store) == ([], 0)


async def test_the_figures(five):
    figures = await five.statistics(StatisticsQuery(bucket_seconds=120))
    assert (figures.scans, figures.by_status) == (5, {"completed": 4, "cancelled": 1})
    assert figures.seconds == {"1-100": Quantiles(60, 240, 4), "all": Quantiles(60, 240, 4)}
    assert list(figures.stage_seconds) == [
        "queued", "universe_loading", "data_fetching", "symbol_scanning", "finalization",
    ]  # fmt: skip
    assert figures.stage_seconds["symbol_scanning"] == Quantiles(1.5, 1.5, 4)
    spans = [(span.up_to, span.scans) for span in figures.durations]
    assert (spans[0], spans[-3:]) == ((0.01, 1), [(100, 1), (200, 1), (500, 1)])
    assert sum(scans for _, scans in spans) == 4
    assert [(step.at, step.scans, step.symbols) for step in figures.throughput] == [
        (at(0), 2, 4), (at(2), 2, 4), (at(4), 1, 2),
    ]  # fmt: skip
    assert figures.throughput[1].by_status == {"completed": 1, "cancelled": 1}
    assert [step.symbols_per_second for step in figures.throughput] == [2 / 60, 2 / 120, 2 / 240]
    assert figures.throughput[0].at.tzinfo is UTC
    some = await five.statistics(StatisticsQuery(since=at(1), until=at(3)))
    assert some.scans == 2


async def test_figures_tell_what_was_asked_for_what_caches_held_and_what_kept_rows_out(opened):
    store = await opened()
    oversold = ScanRequest(preset="oversold")
    for minute, (name, request, hits, rejected) in enumerate(
        [
            ("a", oversold, 0, {"rsi < 30": 400, "min_tech_rating": 7}),
            ("b", oversold, 3, {"rsi < 30": 100}),
            ("c", ScanRequest(), 1, {}),
        ]
    ):
        metrics = {"cache": {"hits": hits, "misses": 2, "shared": 1}, "scan_stats": {"rejected": rejected}}
        await scanned(
            store, name, request=request, metrics=metrics, matches=10 + minute, completed_at=at(minute)
        )
    await store.create(oversold, pending("d"), RESERVED)
    await store.commit(ended("d", status=Status.CANCELLED, started_at=None, completed_at=at(3)))
    figures = await store.statistics(StatisticsQuery(bucket_seconds=120))
    assert figures.presets == (PresetUse("oversold", 3, 21), PresetUse(None, 1, 12))
    assert figures.rejected == (Rejection("rsi < 30", 500, 2), Rejection("min_tech_rating", 7, 1))
    assert [step.cache for step in figures.throughput] == [Caching(3, 4, 2), Caching(1, 2, 1)]
    few = await store.statistics(StatisticsQuery(most=1))
    assert (len(few.presets), len(few.rejected)) == (1, 1)


async def test_the_failures_that_are_most_frequent_come_first(opened):
    store = await opened()
    await scanned(store, "a", failed=("X", "Y\ud800\x00", "Z"))
    await scanned(store, "b", failed=("X",))
    await store.create(ScanRequest(), pending("c"), RESERVED)
    await store.commit(running("c"))
    await store.keep("c", kept(2, failed=("X", "Z")), None)
    await store.commit(ended("c", status=Status.FAILED))
    figures = await store.statistics(StatisticsQuery(most=2))
    assert figures.failures == (FrequentFailure("unknown_symbol", "data_error", 6, 3),)
    assert figures.symbols == (
        FailingSymbol("X", 3, "unknown_symbol"),
        FailingSymbol("Z", 2, "unknown_symbol"),
    )


async def test_of_very_many_failures_all_are_counted_and_some_are_named(opened):
    store = await opened()
    await scanned(store, "a", failed=tuple(f"X{n:05}" for n in range(1_500)))
    figures = await store.statistics(StatisticsQuery(most=10_000))
    assert figures.failures[0].symbols == 1_500
    assert len(figures.symbols) == 1_000


async def test_ended_scans_are_forgotten_by_age(opened):
    store = await opened(retention_days=1)
    await scanned(store, completed_at=START)
    assert await store.sweep(START + timedelta(hours=23)) == []
    assert await store.sweep(START + timedelta(hours=25)) == ["a"]
    assert await store.get("a") is None
    assert await store.sweep(START + timedelta(hours=25)) == []
    assert (store.health().scans, store.health().bytes) == (0, 0)


async def test_the_oldest_are_forgotten_when_there_are_too_many(opened):
    store = await opened(max_scans=2)
    for minute, name in enumerate("abc"):
        await scanned(store, name, completed_at=at(minute))
    assert await store.sweep(START) == ["a"]
    assert await store.get("a") is None
    assert await store.get("c") is not None
    assert await ids(store) == (["c", "b"], 2)


async def test_the_first_to_end_are_forgotten_when_there_are_too_many_though_the_clock_went_back(opened):
    store = await opened(max_scans=2)
    for hours, name in ((0, "a"), (0.1, "b"), (-3, "c"), (-2.9, "d")):
        await scanned(store, name, completed_at=at(hours * 60))
    assert await store.sweep(at(0)) == ["a", "b"]
    assert await ids(store) == (["d", "c"], 2)


async def test_by_age_go_those_alone_that_are_old_though_the_clock_went_back(opened):
    store = await opened(retention_days=1)
    for hours, name in ((0, "a"), (-3, "b"), (1, "c"), (-2, "d")):
        await scanned(store, name, completed_at=at(hours * 60))
    assert sorted(await store.sweep(at(0) + timedelta(hours=23))) == ["b", "d"]
    assert await ids(store) == (["c", "a"], 2)


async def test_the_oldest_are_forgotten_when_they_are_too_large_and_the_newest_stays(opened):
    store = await opened(max_bytes=100_000)
    for minute, name in enumerate("abc"):
        await scanned(store, name, rows=400, completed_at=at(minute))
    assert await store.sweep(START) == ["a", "b"]
    assert await store.get("c") is not None
    assert store.health().scans == 1


async def test_many_are_forgotten_at_once(opened):
    store = await opened()
    for n in range(200):
        await scanned(store, f"s{n}", completed_at=at(n))
    gone = await store.sweep(at(150.5) + timedelta(days=7))
    assert gone == [f"s{n}" for n in range(151)]
    assert store.health().scans == 49


async def test_a_scan_that_runs_is_never_forgotten(opened):
    store = await opened(max_scans=1, retention_days=1)
    await store.create(ScanRequest(), pending("a"), RESERVED)
    await scanned(store, "b", completed_at=at(1))
    await scanned(store, "c", completed_at=at(2))
    await store.sweep(START + timedelta(days=9))
    assert await store.get("a") is not None


async def test_health_counts_what_is_kept(opened):
    store = await opened()
    assert (store.health().scans, store.health().bytes) == (0, 0)
    await scanned(store, "a", rows=500)
    health = store.health()
    assert (health.scans, health.trouble) == (1, None)
    assert health.bytes > 100_000
    await store.forget("a")
    assert (store.health().scans, store.health().bytes) == (0, 0)


async def test_of_many_who_forget_a_scan_at_once_one_has_done_it(opened):
    store = await opened()
    for n in range(20):
        await scanned(store, f"s{n}", completed_at=at(n))
    for n in range(20):
        done = await asyncio.gather(*(store.forget(f"s{n}") for _ in range(10)))
        assert sum(done) == 1
    assert (store.health().scans, store.health().bytes) == (0, 0)
    assert sorted(await store.sweep(at(0))) == sorted(f"s{n}" for n in range(20))
