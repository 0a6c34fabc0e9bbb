"""What several need at once is made by one of them."""

from __future__ import annotations

import asyncio

import pytest

from technic.engine.offload import Offload
from technic.engine.once import OnceForAll
from technic.engine.turnstile import Turnstile
from tests.support.waiting import GUARD_SECONDS


class HeldOffload(Offload):
    """Calls that the test lets go one by one."""

    def __init__(self) -> None:
        self.held: list[asyncio.Future[None]] = []

    async def __call__(self, function, *args, **kwargs):
        gate = asyncio.get_running_loop().create_future()
        self.held.append(gate)
        await gate
        return function(*args, **kwargs)


class Bench:
    """Something that is made, and found again where it is kept."""

    def __init__(self, *, keeps: bool = True) -> None:
        self.offload = HeldOffload()
        self.once = OnceForAll(self.offload, Turnstile(100))
        self.keeps = keeps
        self.kept: dict[object, str] = {}
        self.made = 0
        self.error: Exception | None = None

    def make(self, key: object) -> str:
        self.made += 1
        if self.error is not None:
            raise self.error
        if self.keeps:
            self.kept[key] = f"{key} {self.made}"
        return f"{key} {self.made}"

    def ask(self, key: object) -> asyncio.Task[str]:
        return asyncio.create_task(self.once(key, lambda: self.kept.get(key), lambda: self.make(key)))

    async def turn(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def let_go(self) -> None:
        for gate in self.offload.held:
            if not gate.done():
                gate.set_result(None)
        await self.turn()


async def test_the_first_makes_it_and_the_others_find_it():
    bench = Bench()
    asked = [bench.ask("a") for _ in range(3)]
    await bench.turn()
    assert len(bench.offload.held) == 1
    await bench.let_go()
    assert [task.result() for task in asked] == ["a 1"] * 3
    assert await bench.ask("a") == "a 1"
    assert bench.made == 1


async def test_different_things_do_not_wait_for_each_other():
    bench = Bench()
    asked = [bench.ask("a"), bench.ask("b"), bench.ask(None), bench.ask(None)]
    await bench.turn()
    assert len(bench.offload.held) == 4
    await bench.let_go()
    assert all(task.done() for task in asked)


async def test_where_the_first_leaves_the_next_makes_it():
    bench = Bench()
    first, second = bench.ask("a"), bench.ask("a")
    await bench.turn()
    first.cancel()
    await bench.turn()
    assert len(bench.offload.held) == 2
    await bench.let_go()
    assert second.result() == "a 1"


async def test_where_making_fails_each_fails_for_itself():
    bench = Bench()
    bench.error = ValueError("broken")
    asked = [bench.ask("a") for _ in range(2)]
    await bench.turn()
    await bench.let_go()
    await bench.let_go()
    for task in asked:
        with pytest.raises(ValueError, match="broken"):
            await task


async def test_where_nothing_is_kept_nobody_waits_twice():
    bench = Bench(keeps=False)
    asked = [bench.ask("a") for _ in range(5)]
    await bench.turn()
    await bench.let_go()
    assert len(bench.offload.held) == 5
    async with asyncio.timeout(GUARD_SECONDS):
        await bench.let_go()
        await asyncio.gather(*asked)
    assert bench.made == 5
