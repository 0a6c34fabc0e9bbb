"""Units that are cancelled or run too long."""

from __future__ import annotations

import pytest

from technic.engine.pool import crew
from tests.support.pools import begin, kill, outcome, pids, settled, stop


async def test_a_unit_that_looks_at_the_flag_stops_and_keeps_its_worker(pool, doorbell):
    handle, ended = begin(pool, "obey", doorbell.path)
    await doorbell.rung()
    handle.cancel(20)
    assert (await settled(ended)).failure.code == "unit_cancelled"
    assert pool.stats()["restarts"] == 0


@pytest.mark.parametrize("unit", ["hang", "spin"])
async def test_a_unit_that_does_not_is_killed_after_the_grace(pool, doorbell, unit):
    handle, ended = begin(pool, unit, doorbell.path)
    await doorbell.rung()
    handle.cancel(0.02)
    done = await settled(ended)
    assert done.failure.code == "unit_cancelled"
    assert not done.failure.recoverable
    assert done.seconds > 0
    assert (await outcome(pool, "echo", 1)).result == 1


async def test_cancelling_twice_gives_one_outcome_and_the_sooner_grace(pool, doorbell):
    handle, ended = begin(pool, "hang", doorbell.path)
    await doorbell.rung()
    handle.cancel(1000)
    handle.cancel(0.01)
    handle.cancel(1000)
    assert (await settled(ended)).failure.code == "unit_cancelled"
    handle.cancel(0)


async def test_a_unit_whose_worker_dies_within_the_grace_was_cancelled(pool, doorbell):
    handle, ended = begin(pool, "hang", doorbell.path)
    pid = await doorbell.rung()
    handle.cancel(1000)
    kill(pid)
    assert (await settled(ended)).failure.code == "unit_cancelled"


async def test_a_unit_that_finishes_though_it_was_told_gives_its_result(pool, doorbell):
    handle, ended = begin(pool, "finish_when_told", doorbell.path)
    await doorbell.rung()
    handle.cancel(20)
    assert (await settled(ended)).result == "finished"


async def test_a_cancel_after_the_end_touches_no_later_unit(pool):
    for _ in range(3):
        handle, ended = begin(pool, "echo", 1)
        await settled(ended)
        handle.cancel(0)
        assert (await outcome(pool, "echo", 2)).result == 2
    assert pool.stats()["restarts"] == 0


async def test_a_cancelled_unit_leaves_no_flag_behind_for_the_next(pool, doorbell):
    handle, ended = begin(pool, "obey", doorbell.path)
    await doorbell.rung()
    handle.cancel(20)
    await settled(ended)
    later, ended = begin(pool, "obey", doorbell.path)
    await doorbell.rung()
    assert not ended.done()
    later.cancel(20)
    assert (await settled(ended)).failure.code == "unit_cancelled"


async def test_an_own_error_of_a_unit_that_never_looked_is_told_as_such(pool, doorbell):
    handle, ended = begin(pool, "raise", "of my own")
    handle.cancel(20)
    assert "of my own" in (await settled(ended)).failure.detail


async def test_a_unit_that_overruns_is_killed_and_named_so(pool):
    done = await outcome(pool, "hang", limit_seconds=0.05)
    assert done.failure.error_type == "timeout_error"
    assert done.failure.code == "unit_overran"
    assert (await outcome(pool, "echo", 1)).result == 1


async def test_a_large_unit_for_a_stopped_worker_does_not_hold_the_loop(pool, monkeypatch):
    """The socket's buffer is full long before the unit is sent; the send waits and the loop goes on."""
    monkeypatch.setattr(crew, "is_stopped", lambda _pid: False)  # they were stopped a moment later
    for pid in await pids(pool):
        stop(pid)
    _, first = begin(pool, "echo", bytes(20 * 2**20), limit_seconds=0.1)
    handle, second = begin(pool, "echo", bytes(20 * 2**20))
    handle.cancel(0.05)
    assert (await settled(first)).failure.code == "unit_overran"
    assert (await settled(second)).failure.code == "unit_cancelled"


async def test_a_large_unit_arrives_whole(pool):
    sent = bytes(range(256)) * 40_000
    assert (await outcome(pool, "echo", sent)).result == sent


async def test_a_unit_that_waits_for_a_worker_can_be_cancelled(pool):
    for pid in await pids(pool):
        kill(pid)
    handle, ended = begin(pool, "hang")
    assert pool.stats()["busy"] + pool.stats()["waiting"] == 1
    handle.cancel(0)
    assert not ended.done()
    assert (await settled(ended)).failure.code == "unit_cancelled"
