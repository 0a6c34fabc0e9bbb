"""The rounds by themselves."""

from __future__ import annotations

import asyncio

from technic.http.rounds import Rounds


class Reader:
    """Notes in which turn it was served, and enters again as often as it likes."""

    def __init__(self, rounds: Rounds, served: list[int], number: int, again: int = 0) -> None:
        self.rounds, self.served, self.number, self.again = rounds, served, number, again

    def serve(self, most: int) -> int:
        assert most > 0
        self.served.append(self.number)
        if self.again:
            self.again -= 1
            self.rounds.enter(self)
        return 1


async def turns(served: list[int], count: int) -> list[int]:
    """How many are served in each turn of the loop, until all are."""
    found = []
    async with asyncio.timeout(5):
        while len(served) < count:
            before = len(served)
            await asyncio.sleep(0)
            found.append(len(served) - before)
    return found


async def test_no_more_are_served_in_a_turn_than_may_and_they_keep_their_order() -> None:
    rounds, served = Rounds(3), []
    for number in range(10):
        rounds.enter(Reader(rounds, served, number))
    assert max(await turns(served, 10)) == 3
    assert served == list(range(10))


async def test_one_that_always_has_news_comes_behind_the_others_each_time() -> None:
    rounds, served = Rounds(2), []
    rounds.enter(Reader(rounds, served, 0, again=3))
    for number in (1, 2, 3):
        rounds.enter(Reader(rounds, served, number))
    assert max(await turns(served, 7)) == 2
    assert served == [0, 1, 2, 3, 0, 0, 0]


async def test_they_begin_again_after_a_pause() -> None:
    rounds, served = Rounds(2), []
    for number in (1, 2):
        rounds.enter(Reader(rounds, served, number))
        await turns(served, number)
        await asyncio.sleep(0)
    assert served == [1, 2]
