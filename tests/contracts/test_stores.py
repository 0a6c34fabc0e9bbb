"""What every store promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from technic.config.settings import StoreSettings
from technic.engine.scan.events import Status
from technic.engine.stores.memory import MemoryStore
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from tests.engine.scan.conftest import Driver, make_rows

SNAPSHOT = Driver().snapshots[-1]
STORES = {"memory": MemoryStore}


@pytest.fixture(params=STORES)
async def opened(request):
    """A function that opens a store of these settings."""
    stores = []

    async def open_store(**settings):
        store = STORES[request.param](StoreSettings(**settings))
        await store.open()
        stores.append(store)
        return store

    yield open_store
    for store in stores:
        await store.close()


def snapshot(scan_id: str, seq: int = 0, status: Status = Status.RUNNING, **other):
    ended_at = SNAPSHOT.created_at if status.ended else None
    return replace(SNAPSHOT, scan_id=scan_id, seq=seq, status=status, completed_at=ended_at, **other)


def result(rows: int = 1) -> ScanResult:
    return ScanResult(make_rows(rows), (), (), {})


async def ended(store, scan_id: str, rows: int = 1) -> None:
    await store.create(ScanRequest(), snapshot(scan_id))
    await store.commit(snapshot(scan_id, 1, Status.COMPLETED), result(rows))


async def test_what_was_committed_is_read(opened):
    store = await opened()
    await ended(store, "a")
    known = await store.get("a")
    assert known.snapshot.status is Status.COMPLETED
    assert known.result.total == 1
    assert await store.get("b") is None


async def test_progress_and_rows_are_read_while_a_scan_runs(opened):
    store = await opened()
    await store.create(ScanRequest(), snapshot("a"))
    store.note(snapshot("a", 3, matches=2))
    store.found("a", make_rows(2))
    known = await store.get("a")
    assert (known.snapshot.seq, known.snapshot.matches, len(known.found[0])) == (3, 2, 2)
    assert [s.scan_id for s in await store.active()] == ["a"]


async def test_an_older_snapshot_never_replaces_a_newer_one(opened):
    store = await opened()
    await store.create(ScanRequest(), snapshot("a"))
    store.note(snapshot("a", 5))
    store.note(snapshot("a", 4))
    assert (await store.get("a")).snapshot.seq == 5


async def test_a_terminal_status_is_final(opened):
    store = await opened()
    await ended(store, "a")
    store.note(snapshot("a", 9))
    store.found("a", make_rows(3))
    await store.commit(snapshot("a", 10, Status.CANCELLED), None)
    known = await store.get("a")
    assert (known.snapshot.status, known.snapshot.seq, known.result.total) == (Status.COMPLETED, 1, 1)
    assert known.found == ()
    assert await store.active() == []


async def test_ended_scans_are_forgotten_by_age(opened):
    store = await opened(retention_days=1)
    await ended(store, "a")
    assert await store.sweep(SNAPSHOT.created_at + timedelta(hours=23)) == []
    assert await store.sweep(SNAPSHOT.created_at + timedelta(hours=25)) == ["a"]
    assert await store.get("a") is None


async def test_the_oldest_are_forgotten_when_there_are_too_many(opened):
    store = await opened(max_scans=2)
    for name in "abc":
        await ended(store, name)
    assert await store.sweep(SNAPSHOT.created_at) == ["a"]
    assert await store.get("a") is None
    assert await store.get("c") is not None


async def test_the_oldest_are_forgotten_when_they_are_too_large_and_the_newest_stays(opened):
    store = await opened(max_bytes=100_000)
    for name in "abc":
        await ended(store, name, rows=200)
    assert await store.sweep(SNAPSHOT.created_at) == ["a", "b"]
    assert await store.get("c") is not None


async def test_a_scan_that_runs_is_never_forgotten(opened):
    store = await opened(max_scans=1, retention_days=1)
    await store.create(ScanRequest(), snapshot("a"))
    await ended(store, "b")
    await ended(store, "c")
    await store.sweep(SNAPSHOT.created_at + timedelta(days=9))
    assert await store.get("a") is not None


async def test_two_stores_have_different_epochs(opened):
    assert (await opened()).epoch != (await opened()).epoch
