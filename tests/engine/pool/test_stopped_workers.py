"""Workers that are stopped (SIGSTOP): they cost a unit at most, and neither its whole time nor a close."""

from __future__ import annotations

import os
import signal

import psutil
import pytest

from technic.engine.pool import crew, stops
from tests.support.pools import begin, outcome, pids, process_pool, settled, stop


@pytest.fixture
def often(monkeypatch):
    """Looks are frequent, so that nobody waits for them."""
    monkeypatch.setattr(stops, "LOOK_SECONDS", 0.01)


@pytest.fixture
def by_hand(monkeypatch):
    """Looks are the test's own."""
    monkeypatch.setattr(stops, "LOOK_SECONDS", 1000.0)


async def test_idle_ones_are_passed_over_and_replaced(pool):
    before = await pids(pool)
    for pid in before:
        stop(pid)
    assert (await outcome(pool, "echo", 1)).result == 1
    assert not before & await pids(pool)


async def test_a_busy_one_is_given_up_long_before_its_unit_has_had_its_time(often, pool, doorbell):
    _, ended = begin(pool, "hang", doorbell.path, limit_seconds=600)
    stop(await doorbell.rung())
    done = await settled(ended)
    assert done.failure.code == "worker_died"
    assert "stopped" in done.failure.detail
    assert (await outcome(pool, "echo", 1)).result == 1


async def test_one_that_goes_on_in_time_ends_its_unit_well(by_hand, pool, doorbell):
    handle, ended = begin(pool, "finish_when_told", doorbell.path)
    pid = await doorbell.rung()
    for _ in range(3):
        stop(pid)
        pool._crew._stops._look()
        os.kill(pid, signal.SIGCONT)
        pool._crew._stops._look()
    handle.cancel(20)
    assert (await settled(ended)).result == "finished"


async def test_two_looks_in_a_row_are_enough(by_hand, pool, doorbell):
    _, ended = begin(pool, "hang", doorbell.path)
    stop(await doorbell.rung())
    pool._crew._stops._look()
    assert not ended.done()
    pool._crew._stops._look()
    assert (await settled(ended)).failure.code == "worker_died"


async def test_where_the_system_cannot_tell_its_time_ends_it(monkeypatch, pool, doorbell):
    monkeypatch.delattr(stops.os, "waitid")
    _, ended = begin(pool, "hang", doorbell.path, limit_seconds=0.3)
    os.kill(await doorbell.rung(), signal.SIGSTOP)
    assert (await settled(ended)).failure.code == "unit_overran"


async def test_one_that_was_asked_to_stop_its_unit_was_cancelled(often, pool, doorbell):
    handle, ended = begin(pool, "hang", doorbell.path)
    stop(await doorbell.rung())
    handle.cancel(1000)
    assert (await settled(ended)).failure.code == "unit_cancelled"


async def test_one_that_is_stopped_before_it_is_ready_is_replaced(often, monkeypatch):
    launch, launched = crew.launch, []

    def stopped_at_first(*args, **kwargs):
        child = launch(*args, **kwargs)
        launched.append(child.pid)
        if len(launched) == 1:
            stop(child.pid)
        return child

    monkeypatch.setattr(crew, "launch", stopped_at_first)
    async with process_pool(workers=1) as pool:
        assert (await outcome(pool, "pid")).result == launched[1]


async def test_none_holds_up_a_close(pool, doorbell):
    await pids(pool)
    _, ended = begin(pool, "hang", doorbell.path, limit_seconds=600)
    await doorbell.rung()
    for pid in await pids(pool):
        stop(pid)
    await pool.close()
    assert ended.result().failure.code == "unit_cancelled"
    assert psutil.Process().children() == []


async def test_nobody_looks_while_nothing_is_to_be_done(by_hand, pool, doorbell):
    watch = pool._crew._stops
    await pids(pool)
    handle, ended = begin(pool, "obey", doorbell.path)
    await doorbell.rung()
    watch._look()
    assert watch._timer is not None
    handle.cancel(20)
    await settled(ended)
    watch._look()
    assert watch._timer is None
    await outcome(pool, "echo", 1)
    assert watch._timer is not None
