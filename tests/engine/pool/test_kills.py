"""Workers killed (-9) at random while they start, wait and work: every unit has exactly one outcome."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import psutil

from technic.engine.pool.base import Outcome
from technic.engine.pool.processes import ProcessPool
from technic.engine.pool.worker_process import WorkerProcess
from tests.support.pools import GUARD_SECONDS, kill, next_worker, process_pool
from tests.support.waiting import until

KILLS = 100  # on either loop
LIVES = {"starts": 1, "waits": 3, "works": 2}
"""What a worker may be killed at, and how many are ready then at the least."""


def life_of(worker: WorkerProcess) -> str:
    """What a worker does at the moment."""
    if not worker.ready:
        return "starts"
    return "works" if worker.busy else "waits"


class Load:
    """Keeps every slot of a pool busy, one unit after the other, until it is told to end.

    Attributes:
        outcomes: How often each unit has ended, by its number.
        failures: How many failed, by code.
    """

    def __init__(self, pool: ProcessPool) -> None:
        self.outcomes: Counter[int] = Counter()
        self.failures: Counter[str] = Counter()
        self.wrong: list[Outcome] = []
        self._pool = pool
        self._started = 0
        self._ending = False
        self._idle = asyncio.Event()
        for _ in range(pool.slots):
            self._start()

    def _start(self) -> None:
        number, self._started = self._started, self._started + 1
        self._pool.start(("echo_slowly", number), lambda done: self._ended(number, done), limit_seconds=60)

    def _ended(self, number: int, done: Outcome) -> None:
        self.outcomes[number] += 1
        if done.failure is not None:
            self.failures[done.failure.code] += 1
        elif done.result != number:
            self.wrong.append(done)
        if not self._ending:
            self._start()
        elif len(self.outcomes) == self._started:
            self._idle.set()

    async def end(self) -> int:
        """Let the last units end; how many there were."""
        self._ending = True
        async with asyncio.timeout(GUARD_SECONDS):
            await self._idle.wait()
        return self._started


async def kill_at_random(pool: ProcessPool, chance: random.Random, kills: int) -> Counter[str]:
    """Kill so many workers, each some turns of the loop later, in the life that chance names if one is."""
    killed: Counter[str] = Counter()
    dead: set[int] = set()  # the loop may not have heard of it yet
    while killed.total() < kills:
        (life,) = chance.choices(tuple(LIVES), (1, 1, 4))
        while pool.stats()["ready"] < LIVES[life]:
            await next_worker(pool)
        for _ in range(chance.randrange(60)):
            await asyncio.sleep(0)
        found = [w.pid for w in pool._crew.workers if w.pid not in dead and life_of(w) == life]
        if found:
            dead.add(pid := chance.choice(found))
            kill(pid)
            killed[life] += 1
    return killed


async def test_every_unit_has_one_outcome_however_many_workers_are_killed():
    async with process_pool(worker_units=10**9) as pool:
        load = Load(pool)
        async with asyncio.timeout(60):
            killed = await kill_at_random(pool, random.Random(3), KILLS)
        units = await load.end()
        await until(lambda: pool.stats()["restarts"] == KILLS)
    assert set(killed) == set(LIVES)
    assert load.outcomes == Counter(range(units))
    assert load.wrong == []
    assert set(load.failures) <= {"worker_died", "workers_unavailable"}
    assert load.failures["worker_died"] <= killed["works"]
    assert psutil.Process().children() == []
