"""What every store promises of the life of a scan."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from technic.engine.scan.events import Status
from technic.engine.stores.base import Claim
from technic.scanner.request import ScanRequest
from tests.support.scans import (
    RESERVED,
    SOURCE,
    ended,
    failure,
    kept,
    pending,
    result,
    running,
    scanned,
)


async def begun(store, scan_id="a", **request):
    await store.create(ScanRequest(**request), pending(scan_id), RESERVED)
    await store.commit(running(scan_id))


async def test_what_was_created_is_read(opened):
    store = await opened()
    await store.create(ScanRequest(max_symbols=7), pending(), RESERVED)
    known = await store.get("a")
    assert (known.request, known.snapshot, known.found, known.result) == (
        ScanRequest(max_symbols=7), pending(), (), None,
    )  # fmt: skip
    assert known.warning is None
    assert await store.snapshot("a") == pending()


async def test_of_an_unknown_scan_nothing_is_known(opened):
    store = await opened()
    assert await store.get("b") is None
    assert await store.snapshot("b") is None
    await store.commit(ended("b"), result())
    await store.keep("b", kept(1, "A"), SOURCE)
    await store.reserve("b", RESERVED)
    await store.discard("b")
    store.note(running("b", 5))
    assert await store.get("b") is None


async def test_what_was_committed_is_read(opened):
    store = await opened()
    await scanned(store, rows=3, failed=("X",))
    known = await store.get("a")
    assert known.snapshot == await store.snapshot("a") == ended()
    assert known.result.total == 3
    assert known.result.failures == (failure("X"),)
    assert known.result.warnings == ("Mind.",)


async def test_progress_and_rows_are_read_while_a_scan_runs(opened):
    store = await opened()
    await begun(store)
    store.note(running(seq=3, matches=2))
    await store.keep("a", kept(2, "A", "B", failed=("X",)), SOURCE)
    known = await store.get("a")
    assert (known.snapshot.seq, known.snapshot.matches) == (3, 2)
    assert [rows.symbols for rows in known.found] == [["A", "B"]]
    assert known.lost == (failure("X"),)


async def test_the_active_scans_are_listed_oldest_first(opened):
    store = await opened()
    for name in "cab":
        await begun(store, name)
    await store.commit(ended("a"), result())
    store.note(running("b", 7))
    assert [(s.scan_id, s.seq) for s in await store.active()] == [("c", 1), ("b", 7)]


async def test_an_older_snapshot_never_replaces_a_newer_one(opened):
    store = await opened()
    await begun(store)
    store.note(running(seq=5))
    store.note(running(seq=4))
    assert (await store.get("a")).snapshot.seq == 5


async def test_a_terminal_status_is_final(opened):
    store = await opened()
    await scanned(store)
    store.note(running(seq=20))
    await store.keep("a", kept(21, "Z"), SOURCE)
    await store.discard("a")
    await store.commit(ended(seq=22, status=Status.CANCELLED), None)
    known = await store.get("a")
    assert (known.snapshot, known.result.total, known.found) == (ended(), 1, ())
    assert await store.active() == []


async def test_of_cancel_and_complete_at_once_the_first_one_stands(opened):
    store = await opened()
    await begun(store)
    await asyncio.gather(
        store.commit(ended(seq=5), result(2)), store.commit(ended(seq=6, status=Status.CANCELLED), None)
    )
    known = await store.get("a")
    assert (known.snapshot.status, known.result.total) == (Status.COMPLETED, 2)


async def test_a_scan_that_ends_with_a_result_needs_no_checkpoints_any_more(opened):
    store = await opened()
    await begun(store)
    await store.keep("a", kept(2, "A", failed=("X",)), SOURCE)
    await store.commit(ended(status=Status.CANCELLED), result(1))
    known = await store.get("a")
    assert (known.found, known.lost, known.result.total) == ((), (), 1)


async def test_a_scan_that_ends_without_a_result_keeps_its_checkpoints(opened):
    store = await opened()
    await begun(store)
    await store.keep("a", kept(2, "A", failed=("X",)), SOURCE)
    await store.commit(ended(status=Status.FAILED, error=failure("Y", n=1)))
    known = await store.get("a")
    assert [rows.symbols for rows in known.found] == [["A"]]
    assert (known.lost, known.result) == ((failure("X"),), None)
    assert known.snapshot.error == failure("Y", n=1)


async def test_discarded_checkpoints_are_gone_and_later_ones_are_not(opened):
    store = await opened()
    await begun(store)
    await store.keep("a", kept(2, "A"), SOURCE)
    await store.discard("a")
    assert (await store.get("a")).found == ()
    await store.keep("a", kept(3, "B"), SOURCE)
    assert [rows.symbols for rows in (await store.get("a")).found] == [["B"]]


async def test_a_scan_that_was_forgotten_is_not_known(opened):
    store = await opened()
    await scanned(store)
    assert await store.forget("a")
    assert await store.get("a") is None
    assert await store.snapshot("a") is None
    assert not await store.forget("a")
    assert await store.sweep(pending().created_at) == ["a"]


async def test_only_what_has_ended_can_be_forgotten(opened):
    store = await opened()
    await begun(store)
    assert not await store.forget("a")
    assert not await store.forget("b")
    assert (await store.get("a")).snapshot == running()


async def test_a_key_is_its_scans_for_as_long_as_that_is_kept(opened):
    store = await opened()
    claim = Claim("my key", "request", "a")
    await store.create(ScanRequest(), pending(), RESERVED, claim)
    assert await store.claim("my key") == claim
    assert await store.claim("other") is None
    await store.commit(ended(), result())
    assert await store.claim("my key") == claim
    await store.forget("a")
    assert await store.claim("my key") is None


async def test_a_key_stays_with_the_scan_that_had_it_first(opened):
    store = await opened()
    await store.create(ScanRequest(), pending(), RESERVED, Claim("k", "r", "a"))
    await store.commit(ended(), result())
    await store.create(ScanRequest(), pending("b"), RESERVED, Claim("k", "r", "b"))
    await store.commit(ended("b"), result())
    assert (await store.claim("k")).scan_id == "a"
    assert await store.get("b") is not None


async def test_a_hundred_scans_at_once_lose_nothing(opened):
    store = await opened()
    names = [f"s{n}" for n in range(100)]

    async def life(name):
        await begun(store, name)
        store.note(replace(running(name, 2), percentage=50.0))
        await store.keep(name, kept(3, "A"), SOURCE)
        await store.commit(ended(name), result(5))

    await asyncio.gather(*map(life, names))
    assert await store.active() == []
    assert store.health().scans == 100
    assert store.health().trouble is None
    for name in names:
        known = await store.get(name)
        assert (known.snapshot, known.result.total) == (ended(name), 5)


async def test_a_caller_that_leaves_amid_a_write_harms_nothing(opened):
    store = await opened()
    await begun(store)
    leaving = asyncio.create_task(store.commit(ended(), result(2)))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    await scanned(store, "b")
    assert (await store.get("a")).result.total == 2


async def test_two_stores_have_different_epochs(opened):
    assert (await opened()).epoch != (await opened()).epoch
