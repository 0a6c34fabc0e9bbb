"""A few go on in each turn of the loop, however many are woken."""

from __future__ import annotations

import asyncio

from technic.engine.turnstile import Turnstile
from tests.support.waiting import GUARD_SECONDS


class Crowd:
    """Those who go through, each with the turn in which it did."""

    def __init__(self, most: int) -> None:
        self.turnstile = Turnstile(most)
        self.turn = 0
        self.through: list[tuple[int, int]] = []

    async def go(self, number: int) -> None:
        await self.turnstile()
        self.through.append((number, self.turn))

    def start(self, *numbers: int) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(self.go(number)) for number in numbers]

    async def watch(self, tasks: list[asyncio.Task[None]]) -> None:
        """Count turns until all have ended."""
        async with asyncio.timeout(GUARD_SECONDS):
            while not all(task.done() for task in tasks):
                await asyncio.sleep(0)
                self.turn += 1

    def at_once(self) -> int:
        """The most that went through in one turn."""
        turns = [turn for _, turn in self.through]
        return max(turns.count(turn) for turn in turns)


async def test_no_more_than_so_many_go_on_in_one_turn_and_in_order():
    crowd = Crowd(8)
    await crowd.watch(crowd.start(*range(100)))
    assert [number for number, _ in crowd.through] == list(range(100))
    assert crowd.at_once() <= 8
    assert crowd.turn <= 2 * 100 / 8 + 5


async def test_one_alone_does_not_wait():
    crowd = Crowd(1)
    for number in range(3):
        await crowd.go(number)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert [number for number, _ in crowd.through] == [0, 1, 2]


async def test_who_gives_up_takes_nobodys_place():
    crowd = Crowd(2)
    tasks = crowd.start(*range(10))
    await asyncio.sleep(0)
    for task in tasks[2:6]:
        task.cancel()
    await crowd.watch(tasks)
    assert [number for number, _ in crowd.through] == [0, 1, 6, 7, 8, 9]
    assert crowd.at_once() <= 2


async def test_who_comes_later_does_not_overtake():
    crowd = Crowd(2)
    first = crowd.start(*range(6))
    await asyncio.sleep(0)
    later = crowd.start(*range(6, 12))
    await crowd.watch(first + later)
    assert [number for number, _ in crowd.through] == list(range(12))
    assert crowd.at_once() <= 2
