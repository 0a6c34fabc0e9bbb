"""All scans as one stream: one order, the newest of each scan, nothing twice and nothing lost."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from technic.engine import fleet as fleets
from technic.engine.bus import FLEET_SHARE, Bus
from technic.engine.fleet_reader import NUMBERED_A_POLL
from technic.engine.scan.events import MatchesFound, ProgressAdvanced, StateChanged, Status
from technic.errors import SlowConsumer, Stopping
from tests.engine.scan.conftest import Driver, make_rows

BASE = Driver().snapshots[-1]


def snapshot(scan_id: str, seq: int, *, ended: bool = False):
    status = Status.COMPLETED if ended else Status.RUNNING
    return replace(BASE, scan_id=scan_id, seq=seq, status=status)


class Publisher:
    """Publishes in the scans' names, each with numbers of its own."""

    def __init__(self, replay_events: int = 64) -> None:
        self.bus = Bus(replay_events=replay_events)
        self.fleet = self.bus.fleet
        self.first = self.fleet.offset
        self._seqs: dict[str, int] = {}

    def _next(self, scan_id: str) -> int:
        self._seqs[scan_id] = self._seqs.get(scan_id, -1) + 1
        return self._seqs[scan_id]

    def state(self, *scan_ids: str, ended: bool = False) -> None:
        for scan_id in scan_ids:
            seq = self._next(scan_id)
            self.bus.publish(StateChanged(scan_id, seq, snapshot(scan_id, seq, ended=ended)))

    def progress(self, *scan_ids: str) -> None:
        for scan_id in scan_ids:
            seq = self._next(scan_id)
            self.bus.publish(ProgressAdvanced(scan_id, seq, snapshot(scan_id, seq)))

    def match(self, *scan_ids: str) -> None:
        for scan_id in scan_ids:
            self.bus.publish(MatchesFound(scan_id, self._next(scan_id), make_rows(1)))


async def take(reader) -> list[tuple[str, int]]:
    """Scan and seq of each event of one take."""
    async with asyncio.timeout(5):
        return [(numbered.event.scan_id, numbered.event.seq) for numbered in await reader.take()]


@pytest.fixture
def told() -> Publisher:
    return Publisher()


async def test_a_reader_begins_with_the_newest_snapshot_of_every_scan_that_goes_on(told):
    told.state("a", "b", "c")
    told.progress("a")
    told.state("c", ended=True)
    reader = told.bus.subscribe_all()
    assert await take(reader) == [("b", 0), ("a", 1)]


async def test_a_scan_that_comes_later_appears_and_one_that_ends_is_told_once_and_never_again(told):
    reader = told.bus.subscribe_all()
    told.state("a")
    assert await take(reader) == [("a", 0)]
    told.state("a", ended=True)
    told.state("b")
    assert await take(reader) == [("a", 1), ("b", 0)]
    assert await take(told.bus.subscribe_all()) == [("b", 0)]


async def test_a_slow_reader_gets_the_newest_of_each_scan_and_every_state_and_match_in_one_order(told):
    told.state("a", "b")
    reader = told.bus.subscribe_all(matches=True)
    await take(reader)
    told.progress("a", "b", "a")
    told.match("b")
    told.progress("a", "b")
    assert await take(reader) == [("b", 2), ("a", 3), ("b", 3)]


async def test_offsets_rise_by_one_with_each_event_and_are_the_same_for_all(told):
    one, two = told.bus.subscribe_all(matches=True), told.bus.subscribe_all(matches=True)
    told.state("a")
    told.match("a")
    told.progress("a")
    offsets = [numbered.offset for numbered in await one.take()]
    assert offsets == [told.first + 1, told.first + 2, told.first + 3]
    assert [id(numbered) for numbered in await two.take()] != []
    assert told.fleet.offset == offsets[-1]


async def test_matches_go_to_those_who_want_them_and_wake_no_other(told):
    told.state("a")
    reader = told.bus.subscribe_all()
    await take(reader)
    waiting = asyncio.create_task(take(reader))
    await asyncio.sleep(0)
    told.match("a")
    await asyncio.sleep(0)
    assert not waiting.done()
    told.progress("a")
    assert await waiting == [("a", 2)]


async def test_a_reader_of_some_scans_hears_of_no_other_and_does_not_fall_behind_by_them():
    told = Publisher(replay_events=4)
    told.state("a", "b")
    reader = told.bus.subscribe_all(["a"], matches=True)
    assert await take(reader) == [("a", 0)]
    waiting = asyncio.create_task(take(reader))
    await asyncio.sleep(0)
    for _ in range(10 * 4 * FLEET_SHARE):
        told.match("b")
    told.match("a")
    assert await waiting == [("a", 1)]


async def test_to_subscribe_a_scan_shows_how_it_stands_and_then_what_follows(told):
    told.state("a", "b")
    told.match("a")
    reader = told.bus.subscribe_all([], matches=True)
    reader.add(["a"])
    assert await take(reader) == [("a", 0)]
    told.progress("b")
    told.match("a")
    assert await take(reader) == [("a", 2)]
    reader.remove(["a"])
    reader.add_everything()
    assert await take(reader) == [("a", 0), ("b", 1)]


async def test_a_scan_subscribed_by_a_reader_that_is_behind_begins_at_that_moment(told):
    told.state("a", "b")
    reader = told.bus.subscribe_all(["a"], matches=True)
    await take(reader)
    told.match("a", "b")
    told.state("b")
    told.match("a")
    reader.add(["b"])
    told.match("b")
    assert await take(reader) == [("b", 2)]  # its place is still before the matches of a
    assert await take(reader) == [("a", 1), ("a", 2), ("b", 3)]


async def test_to_subscribe_what_one_has_already_shows_nothing_twice(told):
    told.state("a")
    reader = told.bus.subscribe_all()
    await take(reader)
    reader.add(["a"])
    reader.add_everything()
    told.progress("a")
    assert await take(reader) == [("a", 1)]


async def test_of_all_scans_some_can_be_left_out_those_to_come_too(told):
    told.state("a", "b")
    reader = told.bus.subscribe_all()
    reader.remove(["a"])
    told.progress("a", "b")
    assert await take(reader) == [("b", 0)]
    assert await take(reader) == [("b", 1)]
    reader.remove_everything()
    told.state("c")
    reader.add(["c"])
    assert await take(reader) == [("c", 0)]


async def test_names_of_scans_that_ended_are_not_kept(told):
    reader = told.bus.subscribe_all()
    for number in range(100):
        told.state(f"s{number}")
        reader.remove([f"s{number}"])
        told.state(f"s{number}", ended=True)
    assert len(reader._selection._named) == 1


async def test_the_end_of_an_ended_scan_can_be_shown(told):
    told.state("a")
    reader = told.bus.subscribe_all([])
    reader.show(StateChanged("z", 9, snapshot("z", 9, ended=True)))
    reader.add(["a"])
    reader.remove(["a"])
    assert await take(reader) == [("z", 9)]


async def test_one_that_comes_back_gets_exactly_what_it_missed_and_how_the_others_stand(told):
    told.state("a", "b")
    told.match("a")
    place = told.fleet.offset
    told.match("b")
    told.progress("b")
    reader = told.bus.subscribe_all(since=place, matches=True)
    assert reader.recovered
    assert await take(reader) == [("a", 0)]
    assert await take(reader) == [("b", 1), ("b", 2)]


async def test_a_snapshot_that_greets_has_the_readers_place(told):
    """Who leaves in the middle of the greeting and comes back there misses nothing and gets nothing twice."""
    told.state("a", "b")
    place = told.fleet.offset
    told.match("a")
    reader = told.bus.subscribe_all(since=place, matches=True)
    assert [(n.offset, n.own) for n in await reader.take()] == [(place, False), (place, False)]
    assert [(n.offset, n.own) for n in await reader.take()] == [(place + 1, True)]


@pytest.mark.parametrize("away", [-1, 1_000])
async def test_a_place_before_this_process_or_in_the_future_begins_anew(told, away):
    told.state("a")
    reader = told.bus.subscribe_all(since=told.first + away)
    assert not reader.recovered
    assert await take(reader) == [("a", 0)]


async def test_a_gap_is_told_and_one_that_falls_behind_is_a_slow_consumer():
    told = Publisher(replay_events=2)
    told.state("a")
    place = told.fleet.offset
    reader = told.bus.subscribe_all(matches=True)
    await take(reader)
    await asyncio.wait([asyncio.create_task(take(reader))], timeout=0)
    reader._wake()
    told.match(*["a"] * (2 * FLEET_SHARE + 1))
    with pytest.raises(SlowConsumer):
        await take(reader)
    assert not told.bus.subscribe_all(since=place).recovered
    assert told.bus.subscribe_all(since=place + 1).recovered


async def test_the_ring_is_bounded_by_rows_too(told, monkeypatch):
    monkeypatch.setattr(fleets, "RING_ROWS", 3)
    place = told.fleet.offset
    told.state("a")
    told.match("a", "a", "a")
    assert told.bus.subscribe_all(since=place).recovered
    told.match("a")
    assert not told.bus.subscribe_all(since=place).recovered
    assert told.fleet._ring_rows == 3


async def test_every_process_has_an_epoch_of_its_own_and_higher_offsets(told):
    told.state("a")
    later = Publisher()
    assert later.fleet.epoch != told.fleet.epoch
    assert later.fleet.offset >= told.first


async def test_what_an_earlier_process_left_is_shown_and_not_replayed(told):
    told.bus.restore([StateChanged("a", 7, snapshot("a", 7)), MatchesFound("a", 8, make_rows(1))])
    told.state("b")
    assert await take(told.bus.subscribe_all(matches=True)) == [("a", 7), ("b", 0)]


async def test_a_thousand_scans_come_in_portions_each_once(told):
    names = [f"s{number}" for number in range(1000)]
    told.state(*names)
    reader = told.bus.subscribe_all()
    seen = []
    while len(seen) < 1000:
        portion = await take(reader)
        assert len(portion) <= NUMBERED_A_POLL
        seen += portion
    assert seen == [(name, 0) for name in names]
    told.progress(*names)
    portions = [await take(reader) for _ in range(16)]
    assert [len(portion) for portion in portions] == [64] * 15 + [40]
    assert [one for portion in portions for one in portion] == [(name, 1) for name in names]


async def test_closing_the_bus_tells_every_reader_and_lets_none_in(told):
    reader = told.bus.subscribe_all()
    told.bus.close()
    with pytest.raises(Stopping):
        await take(reader)
    with pytest.raises(Stopping):
        told.bus.subscribe_all()


async def test_a_reader_that_left_is_not_kept(told):
    with told.bus.subscribe_all():
        assert told.bus.readers() == 1
    assert told.bus.readers() == 0


class Wanderer:
    """A reader that now and then stops in the middle, and comes back at the last offset that it got."""

    def __init__(self, told: Publisher, chance: random.Random) -> None:
        self.told = told
        self.chance = chance
        self.place = told.fleet.offset
        self.seen: list[tuple[str, int, bool]] = []
        self.reader = told.bus.subscribe_all(matches=True)

    def come_back(self) -> None:
        self.reader.close()
        self.reader = self.told.bus.subscribe_all(since=self.place, matches=True)
        assert self.reader.recovered

    async def read(self, share: float = 1.0) -> None:
        portion = await self.reader.take()
        for offset, event, own in portion[: round(share * len(portion))]:
            assert offset >= self.place
            self.place = offset
            if own:
                self.seen.append((event.scan_id, event.seq, isinstance(event, ProgressAdvanced)))
        if share < 1:
            self.come_back()


def happen(told: Publisher, chance: random.Random, alive: set[str]) -> tuple[str, int] | None:
    """Something happens to some scan; its number, unless it is progress, of which some is left out."""
    name, dice = f"s{chance.randrange(6)}", chance.random()
    if name not in alive or dice < 0.05:
        told.state(name, ended=name in alive)
        alive ^= {name}
    elif dice < 0.4:
        told.match(name)
    else:
        told.progress(name)
        return None
    return name, told._seqs[name]


@pytest.mark.parametrize("seed", range(40))
async def test_whoever_stops_anywhere_and_comes_back_gets_every_state_and_match_once(seed):
    chance = random.Random(seed)
    told, alive = Publisher(replay_events=1_000), set()
    wanderer, wanted = Wanderer(told, chance), []
    async with asyncio.timeout(20):
        for _ in range(400):
            wanted.append(happen(told, chance, alive))
            if chance.random() < 0.2:
                await wanderer.read(chance.choice((0.0, 0.3, 0.7, 1.0)))
        while wanderer.place < told.fleet.offset:
            await wanderer.read()
    assert [(name, seq) for name, seq, progress in wanderer.seen if not progress] == list(
        filter(None, wanted)
    )
    for scan_id in {name for name, _, _ in wanderer.seen}:
        seqs = [seq for name, seq, _ in wanderer.seen if name == scan_id]
        assert seqs == sorted(set(seqs))
