"""The bus: nobody is waited for, nobody's updates are another's."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from technic.engine.bus import Bus
from technic.engine.scan.events import MatchesFound, ProgressAdvanced, StateChanged
from technic.engine.scan.messages import Cancel
from technic.engine.topic import EVENTS_A_POLL
from technic.errors import SlowConsumer, Stopping
from tests.engine.scan.conftest import Driver, make_rows


def snapshot(seq: int, *, ended: bool = False):
    driver = Driver()
    if ended:
        driver.tell(Cancel("over"))
    return replace(driver.snapshots[-1], seq=seq)


def state(seq: int, *, ended: bool = False) -> StateChanged:
    return StateChanged("scan-1", seq, snapshot(seq, ended=ended))


def progress(seq: int) -> ProgressAdvanced:
    return ProgressAdvanced("scan-1", seq, snapshot(seq))


def match(seq: int) -> MatchesFound:
    return MatchesFound("scan-1", seq, make_rows(1))


@pytest.fixture
def bus() -> Bus:
    bus = Bus(replay_events=8)
    bus.publish(state(0))
    return bus


async def seqs(subscription) -> list[int]:
    async with asyncio.timeout(5):
        return [event.seq for event in await subscription.take()]


async def test_the_first_take_is_the_present_snapshot_at_once(bus):
    bus.publish(progress(1))
    assert await seqs(bus.subscribe("scan-1")) == [1]


async def test_one_that_comes_anew_is_let_in_though_matches_since_the_snapshot_are_gone(bus):
    for seq in range(1, 12):
        bus.publish(match(seq))
    assert await seqs(bus.subscribe("scan-1", matches=True)) == [0, *range(4, 12)]


async def test_a_slow_reader_gets_the_newest_progress_and_every_state_change_and_match(bus):
    reader = bus.subscribe("scan-1", matches=True)
    await seqs(reader)
    for event in (progress(1), state(2), progress(3), match(4), progress(5), progress(6)):
        bus.publish(event)
    assert await seqs(reader) == [2, 4, 6]


async def test_two_readers_of_one_scan_each_get_everything(bus):
    first, second = bus.subscribe("scan-1"), bus.subscribe("scan-1")
    for event in (state(1), state(2)):
        bus.publish(event)
    assert await seqs(first) == [0, 1, 2]
    assert await seqs(second) == [0, 1, 2]


async def test_take_waits_for_news(bus):
    reader = bus.subscribe("scan-1")
    await seqs(reader)
    waiting = asyncio.create_task(seqs(reader))
    await asyncio.sleep(0)
    assert not waiting.done()
    bus.publish(progress(1))
    assert await waiting == [1]


async def test_after_the_terminal_event_there_is_nothing_for_ever(bus):
    reader = bus.subscribe("scan-1")
    bus.publish(state(1, ended=True))
    assert await seqs(reader) == [0, 1]
    assert await seqs(reader) == []
    assert await seqs(reader) == []


async def test_a_reader_that_comes_back_continues_where_it_stood(bus):
    for event in (match(1), progress(2), state(3), match(4)):
        bus.publish(event)
    reader = bus.subscribe("scan-1", since=1, matches=True)
    assert reader.recovered
    assert await seqs(reader) == [3, 4]


async def test_a_reader_that_has_seen_all_is_greeted_with_the_present_snapshot(bus):
    bus.publish(progress(1))
    reader = bus.subscribe("scan-1", since=1)
    assert await seqs(reader) == [1]


@pytest.mark.parametrize("since", [0, 99])
async def test_a_gap_or_a_number_from_the_future_is_told_and_starts_with_the_snapshot(bus, since):
    for seq in range(1, 12):
        bus.publish(match(seq))
    bus.publish(progress(12))
    reader = bus.subscribe("scan-1", since=since, matches=True)
    assert not reader.recovered
    assert await seqs(reader) == [12]


async def test_one_that_falls_behind_what_is_kept_is_a_slow_consumer(bus):
    reader = bus.subscribe("scan-1", matches=True)
    for seq in range(1, 20):
        bus.publish(match(seq))
    with pytest.raises(SlowConsumer):
        await reader.take()


async def test_a_long_replay_comes_in_portions_without_a_gap():
    bus = Bus(replay_events=200)
    bus.publish(state(0))
    for seq in range(1, 101):
        bus.publish(match(seq))
    reader = bus.subscribe("scan-1", since=-1, matches=True)
    first = await seqs(reader)
    assert len(first) == EVENTS_A_POLL
    rest = [seq for _ in range(3) for seq in await seqs(reader)]
    assert first + rest == list(range(101))


async def test_closing_the_bus_tells_every_reader(bus):
    reader = bus.subscribe("scan-1")
    bus.close()
    with pytest.raises(Stopping):
        await reader.take()


async def test_a_reader_that_left_is_not_kept(bus):
    with bus.subscribe("scan-1"):
        assert bus.readers() == 1
    assert bus.readers() == 0


async def test_what_ended_is_kept_for_those_who_come_back_within_a_bound(monkeypatch):
    monkeypatch.setattr("technic.engine.bus.RETIRED_TOPICS", 3)
    bus = Bus(replay_events=8)
    for n in range(5):
        bus.publish(StateChanged(f"scan-{n}", 0, snapshot(0, ended=True)))
        bus.retire(f"scan-{n}")
    assert bus.subscribe("scan-1") is None
    assert await seqs(bus.subscribe("scan-4")) == [0]


def test_a_scan_that_nobody_knows_has_no_reader(bus):
    assert bus.subscribe("scan-2") is None
