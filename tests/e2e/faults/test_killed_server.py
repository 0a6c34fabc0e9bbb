"""A server that is killed in the middle of scans, and the one that is started on its folder."""

import asyncio
import contextlib

import psutil
import pytest

from tests.e2e.faults.conftest import SMALL
from tests.support.poisoned_market import answer_of, undisturbed
from tests.support.poisoned_server import DEADLY_TAG
from tests.support.poisoned_work import begun
from tests.support.server import GUARD_SECONDS
from tests.support.waiting import until
from tests.support.watching import call

pytestmark = pytest.mark.timeout(90)

THREE = [
    {"lookback_bars": 60, "fresh": True},
    {"lookback_bars": 70, "fresh": True, "filters": [{"field": "rsi", "op": "<", "value": 55}]},
    {"lookback_bars": 80, "fresh": True, "sort_by": "symbol"},
]
DEADLY = {"max_symbols": 128, "tags": [DEADLY_TAG], "fresh": True}
MOST_LIVES = 12
"""More than scans that kill the server may take."""


def check_watches(ordeal):
    """What no watcher may ever see, and what all have seen."""
    for watch in ordeal.watches:
        assert watch.complaints == []
        assert watch.gaps == 0
        assert watch.last is not None


async def check_answers(ordeal, scans, right):
    """Each scan has completed, to the same rows as if nothing had happened, and says so to its watchers."""
    for scan, due in zip(scans, right, strict=True):
        answer = await answer_of(ordeal.client, scan)
        assert (answer.status, answer.failures) == ("completed", due.failures)
        assert answer.canonical == due.canonical
        for watch in ordeal.watches_of(scan):
            assert watch.last["status"] == "completed"
            if watch.kind != "poll":
                assert sorted(watch.symbols) == sorted(symbol for symbol, _ in due.rows)


async def test_scans_go_on_where_they_were_and_nothing_that_was_told_is_computed_again(begin, tmp_path):
    right = await undisturbed(tmp_path / "right", THREE, {}, SMALL)
    journal = tmp_path / "journal"
    ordeal = await begin(unit_seconds=0.05, journal=journal)
    scans = [await ordeal.watched(asked, ("ws", "sse", "poll")) for asked in THREE]
    await ordeal.until(lambda: all(watch.symbols for watch in ordeal.watches if watch.kind != "poll"))
    await ordeal.kill_server()
    told = {
        (asked["lookback_bars"], symbol)
        for asked, scan in zip(THREE, scans, strict=True)
        for watch in ordeal.watches_of(scan)
        for symbol in watch.symbols
    }
    before = len(begun(journal))
    await ordeal.start_again()
    await ordeal.ended()
    check_watches(ordeal)
    await check_answers(ordeal, scans, right)
    computed = {(lookback, symbol) for lookback, symbols in begun(journal)[before:] for symbol in symbols}
    assert computed
    assert told
    assert not computed & told
    assert all(watch.connections == 2 for watch in ordeal.watches if watch.kind != "poll")


async def test_the_counts_of_a_scan_that_went_on_are_those_of_all_of_it(begin, tmp_path):
    (right,) = await undisturbed(tmp_path / "right", THREE[1:2], {}, SMALL)
    ordeal = await begin(unit_seconds=0.2)
    scan = await ordeal.watched(THREE[1], ("ws",))
    await ordeal.until(lambda: ordeal.watches[0].symbols)
    await ordeal.kill_server(workers_too=True)
    await ordeal.start_again()
    await ordeal.ended()
    metrics = (await answer_of(ordeal.client, scan)).metrics
    for name in ("symbols_requested", "symbols_scanned", "symbols_returned", "symbols_failed", "scan_stats"):
        assert metrics[name] == right.metrics[name]
    assert ordeal.watches[0].last["matches"] == len(right.rows)


async def test_scans_that_waited_wait_again_and_are_run(begin, tmp_path):
    right = await undisturbed(tmp_path / "right", THREE, {}, SMALL)
    ordeal = await begin(engine__max_running_scans=1)
    scans = [await ordeal.watched(asked, ("ws", "poll")) for asked in THREE]
    await ordeal.until(lambda: ordeal.watches[0].symbols)
    statuses = [(await call(ordeal.client, "GET", scan["progress_url"]))[1]["status"] for scan in scans]
    assert statuses == ["running", "pending", "pending"]
    await ordeal.kill_server()
    await ordeal.start_again()
    await ordeal.ended()
    check_watches(ordeal)
    await check_answers(ordeal, scans, right)
    began = [watch.last["started_at"] for watch in ordeal.watches[::2]]
    assert began == sorted(began)


async def test_told_to_stop_it_leaves_its_scans_to_the_next_one(begin, tmp_path):
    right = await undisturbed(tmp_path / "right", THREE, {}, SMALL)
    ordeal = await begin(unit_seconds=0.2)
    scans = [await ordeal.watched(asked, ("ws", "sse")) for asked in THREE]
    await ordeal.until(lambda: all(watch.symbols for watch in ordeal.watches))
    await ordeal.stop()
    assert ordeal.happened.said == []
    assert ordeal.orphans() == []
    assert all(watch.last is None for watch in ordeal.watches)
    await ordeal.start_again()
    await ordeal.ended()
    check_watches(ordeal)
    await check_answers(ordeal, scans, right)


async def test_its_workers_end_with_it_the_stopped_one_too(begin):
    ordeal = await begin(unit_seconds=60, engine__unit_seconds=100)
    await ordeal.watched({}, ("poll",))
    workers = ordeal.server.workers()
    await until(lambda: _busy(ordeal.client))
    workers = ordeal.server.workers()
    workers[0].suspend()
    await ordeal.kill_server()
    _, alive = psutil.wait_procs(workers, timeout=GUARD_SECONDS)
    assert workers
    assert alive == []


async def _busy(client):
    return (await call(client, "GET", "/health"))[1]["workers"]["busy"]


async def test_a_scan_that_kills_it_again_and_again_is_failed_and_keeps_what_it_had(begin):
    ordeal = await begin()
    deadly = await ordeal.watched(DEADLY, ("ws", "sse", "poll"))
    await _live_on(ordeal)
    check_watches(ordeal)
    answer = await answer_of(ordeal.client, deadly)
    assert (answer.status, answer.error["code"]) == ("failed", "killed_server")
    assert 0 < len(answer.rows) <= 64
    assert [watch.last["status"] for watch in ordeal.watches] == ["failed"] * 3


async def test_a_scan_beside_one_that_kills_it_again_and_again_survives(begin, tmp_path):
    (right,) = await undisturbed(tmp_path / "right", THREE[:1], {}, SMALL)
    ordeal = await begin()
    await ordeal.watched(DEADLY, ("ws",))
    beside = await ordeal.watched(THREE[0], ("ws", "sse"))
    await _live_on(ordeal)
    check_watches(ordeal)
    await check_answers(ordeal, [beside], [right])


async def _live_on(ordeal):
    """Start the server again whenever it dies, until all scans have ended."""
    for _ in range(MOST_LIVES):
        if await _dies_or_all_end(ordeal):
            break
    await ordeal.ended()


async def _dies_or_all_end(ordeal):
    """Wait for the server's own death and start it again; True where all scans have ended instead."""
    ended = asyncio.ensure_future(ordeal.ended())
    died = asyncio.ensure_future(asyncio.to_thread(ordeal.server.process.wait))
    await asyncio.wait([ended, died], return_when=asyncio.FIRST_COMPLETED)
    if ended.done():
        return True
    ended.cancel()
    ordeal.up.clear()
    with contextlib.suppress(AssertionError):  # it may die before it listens
        await ordeal.start_again()
    return False
