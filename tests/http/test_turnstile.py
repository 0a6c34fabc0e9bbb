"""The turnstile and the guest list by themselves."""

from __future__ import annotations

import asyncio

from technic.http.turnstile import Turnstile


async def test_no_more_pass_in_a_turn_than_may_and_they_keep_their_order() -> None:
    turnstile = Turnstile(3)
    passed: list[int] = []
    turns: list[int] = []

    async def reader(number: int) -> None:
        await turnstile.enter()
        passed.append(number)

    tasks = [asyncio.ensure_future(reader(number)) for number in range(10)]
    while len(passed) < len(tasks):
        before = len(passed)
        await asyncio.sleep(0)
        turns.append(len(passed) - before)
    assert passed == list(range(10))
    assert max(turns) == 3
    await asyncio.gather(*tasks)


async def test_who_gives_up_waiting_does_not_hold_the_others_up() -> None:
    turnstile = Turnstile(1)
    tasks = [asyncio.ensure_future(turnstile.enter()) for _ in range(5)]
    await asyncio.sleep(0)
    for task in tasks[1:4]:
        task.cancel()
    await asyncio.wait(tasks)
    assert [task.cancelled() for task in tasks] == [False, True, True, True, False]


async def test_it_opens_again_after_a_pause() -> None:
    turnstile = Turnstile(1)
    for _ in range(3):
        await turnstile.enter()
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        passed = await asyncio.gather(*(turnstile.enter() for _ in range(3)))
    assert len(passed) == 3
