"""Damage of one scan is that scan's; and the file gives back what it does not need."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from technic.engine.codec.packing import RecordDamaged
from technic.engine.scan.events import Status
from technic.engine.stores import wal
from technic.engine.stores.base import Reservation
from technic.engine.stores.database import FILE, connect
from technic.engine.stores.history import HistoryQuery, StatisticsQuery
from technic.errors import Unusable
from technic.scanner.request import ScanRequest
from tests.support.scans import RESERVED, SOURCE, START, ended, kept, pending, result, running, scanned
from tests.support.waiting import until


def damage(folder, sql, *values):
    other = connect(folder / FILE)
    assert other.execute(sql, values).rowcount > 0
    other.close()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE results SET piece = x'07ff' WHERE number = 1",
        "DELETE FROM results WHERE number = 1 AND place = 1",
        "UPDATE scans SET request = '{' WHERE number = 1",
        "UPDATE scans SET snapshot = x'01c1' WHERE number = 1",
    ],
)
async def test_a_damaged_scan_is_its_own_trouble(tmp_path, opened, sql):
    store = await opened()
    for name in "ab":
        await scanned(store, name)
    await store.close()
    damage(tmp_path / "home", sql)
    store = await opened()
    with pytest.raises(RecordDamaged):
        await store.get("a")
    assert (await store.get("b")).result.total == 1
    page = await store.history(HistoryQuery())
    assert page.entries[0].snapshot.scan_id == "b"
    for query in (HistoryQuery(preset="oversold"), HistoryQuery(text="oversold")):
        assert (await store.history(query)).entries == ()
    assert (await store.statistics(StatisticsQuery())).scans == 2
    assert store.health().trouble is None
    assert await store.forget("a")


async def test_figures_that_are_damaged_are_left_out(tmp_path, opened):
    store = await opened()
    for name in "ab":
        await scanned(store, name)
    damage(tmp_path / "home", "UPDATE scans SET figures = '[]' WHERE number = 1")
    assert (await store.statistics(StatisticsQuery())).scans == 1


async def test_bytes_overwritten_in_the_middle_of_a_result_are_found(tmp_path, opened):
    store = await opened()
    await scanned(store, "a", rows=3_000)
    await scanned(store, "b")
    await store.close()
    file = tmp_path / "home" / FILE
    content = bytearray(file.read_bytes())
    place = content.index(b"S2999")
    content[place - 300 : place] = os.urandom(300)
    file.write_bytes(content)
    store = await opened()
    with pytest.raises(RecordDamaged):
        await store.get("a")
    assert (await store.get("b")).result.total == 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE scans SET request = 'x' WHERE number = 1",
        "UPDATE scans SET snapshot = x'' WHERE number = 1",
        "UPDATE states SET snapshot = x'' WHERE number = 1",
    ],
)
async def test_a_scan_that_cannot_go_on_for_damage_ends_and_says_so(tmp_path, opened, sql):
    store = await opened()
    for name in "ab":
        await store.create(ScanRequest(), pending(name), Reservation(500, 7.0))
        await store.commit(running(name))
    await store.close()
    damage(tmp_path / "home", sql)
    store = await opened()
    assert [left.snapshot.scan_id for left in await store.unfinished()] == ["b"]
    last = await store.snapshot("a")
    assert (last.status, last.seq, last.error.code) == (Status.FAILED, 500, "record_damaged")
    assert (await store.history(HistoryQuery())).total == 1
    await store.close()
    store = await opened()
    assert (await store.snapshot("a")).status is Status.FAILED


async def test_a_damaged_checkpoint_alone_is_done_again(tmp_path, opened, after_crash):
    store = await opened()
    await store.create(ScanRequest(), pending(), RESERVED)
    await store.commit(running())
    for seq in (2, 3, 4):
        await store.keep("a", kept(seq, f"S{seq}"), SOURCE)
    await store.close()
    damage(tmp_path / "home", "UPDATE checkpoints SET checkpoint = x'0100' WHERE seq = 3")
    store = await opened()
    (left,) = await store.unfinished()
    assert [k.seq for k in left.kept] == [2, 4]
    await store.keep("a", kept(1001, "S3"), SOURCE)
    copy, _ = await after_crash()
    assert [k.seq for k in (await copy.unfinished())[0].kept] == [2, 4, 1001]


async def test_what_was_forgotten_gives_its_room_back(tmp_path, opened):
    store = await opened(retention_days=1)
    for n in range(12):
        await scanned(store, f"s{n}", rows=2_000)
    await store.close()
    file = tmp_path / "home" / FILE
    before = file.stat().st_size
    store = await opened(retention_days=1)
    await store.sweep(START + timedelta(days=2))
    await store.close()
    assert file.stat().st_size < before / 2


async def test_the_log_is_brought_home_while_scans_are_written(tmp_path, opened, monkeypatch):
    monkeypatch.setattr(wal, "LARGE_BYTES", 10_000)
    monkeypatch.setattr(wal, "HUGE_BYTES", 20_000)
    monkeypatch.setattr(wal, "_PAUSE_SECONDS", 0)
    store = await opened()
    log = tmp_path / "home" / f"{FILE}-wal"

    async def cut():
        await store.commit(running("a", 1))
        return log.stat().st_size < 20_000

    await store.create(ScanRequest(), pending("a"), RESERVED)
    await scanned(store, "b", rows=2_000)
    await until(cut)
    assert (await store.get("b")).result.total == 2_000
    await store.commit(ended("a"), result())


async def test_the_log_is_gone_when_the_store_is_closed(tmp_path, opened):
    store = await opened()
    await scanned(store)
    await store.close()
    await store.close()
    assert [path.name for path in (tmp_path / "home").iterdir()] == [FILE]


async def test_who_comes_after_the_end_is_not_left_waiting(opened):
    store = await opened()
    await store.create(ScanRequest(), pending(), RESERVED)
    await store.close()
    await store.commit(ended(), result())
    store.note(running("a", 20))
    assert (await store.get("a")).result.total == 1


async def test_a_store_that_was_never_opened_can_be_closed(tmp_path, opened):
    (tmp_path / "home").write_text("I am no folder")
    with pytest.raises(Unusable, match=FILE):
        await opened()
