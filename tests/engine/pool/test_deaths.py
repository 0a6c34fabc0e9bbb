"""A worker's death fails its own unit and nothing else."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket

import numpy as np
import pytest

from technic.engine.pool.base import Outcome
from tests.support.pools import begin, kill, next_worker, outcome, pids, process_pool, settled


async def test_a_unit_comes_back_with_what_it_returned(pool):
    done = await outcome(pool, "echo", {"a": [1, 2]})
    assert done.result == {"a": [1, 2]}
    assert done.failure is None
    assert done.seconds > 0
    assert done.cpu_seconds > 0


async def test_a_large_array_comes_back_to_the_bit_and_can_be_written_to(pool):
    done = await outcome(pool, "array", 1000, 300)
    assert np.array_equal(done.result, np.arange(300_000.0).reshape(1000, 300))
    done.result[0, 0] = 1


async def test_a_busy_worker_that_is_killed_fails_its_unit_alone(pool, doorbell):
    handle, survivor = begin(pool, "finish_when_told", doorbell.path)
    await doorbell.rung()
    _, victim = begin(pool, "hang", doorbell.path)
    os.kill(await doorbell.rung(), signal.SIGKILL)
    done = await settled(victim)
    assert done.failure.code == "worker_died"
    assert done.failure.recoverable
    assert "SIGKILL" in done.failure.detail
    handle.cancel(20)
    assert (await settled(survivor)).result == "finished"
    assert (await outcome(pool, "echo", 1)).result == 1


async def test_idle_workers_that_are_killed_cost_nobody_anything(pool):
    for pid in await pids(pool):
        kill(pid)
    ended = [begin(pool, "echo", n)[1] for n in range(2)]
    assert [(await settled(one)).result for one in ended] == [0, 1]
    assert pool.stats()["restarts"] == 3


async def test_a_worker_that_died_idle_is_not_kept_for_later(pool):
    kill((await pids(pool)).pop())
    await next_worker(pool)
    assert len(pool._crew._idle) == 3
    assert not any(worker.ended for worker in pool._crew._idle)


@pytest.mark.parametrize(
    ("unit", "says"),
    [
        (("segfault",), "SIGSEGV"),
        (("exit", 3), "exit code 3"),
        (("exit", 0), "exit code 0"),
        (("kill_self",), "SIGKILL"),
    ],
)
async def test_a_unit_that_ends_its_worker_says_how(pool, unit, says):
    done = await outcome(pool, *unit)
    assert done.failure.code == "worker_died"
    assert says in done.failure.detail
    assert (await outcome(pool, "echo", 1)).result == 1


@pytest.mark.parametrize(
    ("unit", "says"),
    [
        (("raise", "no luck"), "ValueError: no luck"),
        (("quit",), "SystemExit"),
        (("unpicklable",), "cannot be pickled"),
        (("large", 65 * 2**20), "at most 67108864"),
        (("nonsense",), "KeyError"),
    ],
)
async def test_a_unit_that_fails_keeps_its_worker(pool, unit, says):
    done = await outcome(pool, *unit)
    assert done.failure.error_type == "system_error"
    assert says in done.failure.detail
    assert "Traceback" not in str(done.failure)
    assert pool.stats()["restarts"] == 0


async def test_an_error_of_ours_travels_as_its_failure(pool):
    done = await outcome(pool, "fail", "SIM0001")
    assert done.failure.code == "insufficient_history"
    assert done.failure.affected_symbols == ("SIM0001",)


async def test_a_result_that_cannot_be_read_here_fails_its_unit(pool):
    done = await outcome(pool, "undecodable")
    assert "cannot be unpickled" in done.failure.detail
    assert (await outcome(pool, "echo", 1)).result == 1


async def test_a_unit_that_cannot_be_sent_fails_later_and_not_inside_start(pool):
    _, ended = begin(pool, lambda: None)
    assert not ended.done()
    assert "cannot be pickled" in (await settled(ended)).failure.detail


async def test_a_worker_killed_amid_its_answer_fails_its_unit(pool):
    """The socket holds a fraction of the answer: the worker is amid its write when it is killed.

    It is dead before more is read: as long as somebody reads, the kernel may let it write to the end first.
    """
    await pids(pool)
    channel_reads = asyncio.Event()
    _, ended = begin(pool, "large", 30 * 2**20)
    (worker,) = pool._running
    read_once = worker._channel._read_once

    def read_once_and_tell() -> bool:
        got = read_once()
        if worker._channel._decoder._body is not None and not channel_reads.is_set():
            channel_reads.set()
            kill(worker.pid)
        return got

    worker._channel._read_once = read_once_and_tell
    done = await settled(ended)
    assert channel_reads.is_set()
    assert done.failure.code == "worker_died"
    assert (await outcome(pool, "large", 10)).result == bytes(10)


async def test_an_answer_that_was_sent_whole_before_the_worker_died_counts(pool, doorbell):
    """The worker is killed after it answered and before the loop has read a byte of it."""
    await pids(pool)
    handle, ended = begin(pool, "finish_when_told", doorbell.path)
    pid = await doorbell.rung()
    (worker,) = pool._running
    asyncio.get_running_loop().remove_reader(worker._child.socket.fileno())  # so that its end is seen first
    handle.cancel(20)
    while not _has_answered(worker):
        pass
    kill(pid)
    assert (await settled(ended)).result == "finished"
    assert (await outcome(pool, "echo", 1)).result == 1


def _has_answered(worker) -> bool:
    try:
        return bool(worker._child.socket.recv(1000, socket.MSG_PEEK))  # so small a frame comes in one piece
    except BlockingIOError:
        return False


async def run_all(pool, units) -> list[Outcome]:
    """Keep all slots busy until every unit has ended; their outcomes in the order of the units."""
    outcomes, done, numbers = {}, asyncio.Event(), iter(range(len(units)))

    def next_unit() -> None:
        number = next(numbers, None)
        if number is not None:
            pool.start(units[number], lambda outcome: ended(number, outcome), limit_seconds=60)

    def ended(number, outcome) -> None:
        assert number not in outcomes
        outcomes[number] = outcome
        next_unit()
        if len(outcomes) == len(units):
            done.set()

    for _ in range(pool.slots):
        next_unit()
    async with asyncio.timeout(60):
        await done.wait()
    return [outcomes[number] for number in range(len(units))]


async def test_many_deaths_among_many_units_fail_as_many_and_hang_none():
    units = [("echo", number) for number in range(600)]
    for number in random.Random(7).sample(range(600), 20):
        units[number] = ("kill_self",)
    async with process_pool() as pool:
        outcomes = await run_all(pool, units)
    for unit, done in zip(units, outcomes, strict=True):
        assert done.failure.code == "worker_died" if unit == ("kill_self",) else done.result == unit[1]


async def test_an_ended_that_raises_does_not_stop_the_pool(pool):
    told = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: told.append(context))

    def ended(_outcome) -> None:
        raise RuntimeError("not my fault")

    pool.start(("echo", 1), ended, limit_seconds=60)
    assert (await outcome(pool, "echo", 2)).result == 2
    while not told:
        await outcome(pool, "echo", 3)
    assert "`ended` raised" in told[0]["message"]
    assert str(told[0]["exception"]) == "not my fault"
