"""What every WorkerPool promises, asked of each: real processes, and the manual pool of the actors' tests.

Units are those of `tests.support.poison`; the manual pool runs the same function inline and holds the
units that would not end by themselves.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from technic.config.settings import EngineSettings
from technic.engine.pool.base import Outcome, WorkerPool
from technic.engine.pool.processes import ProcessPool
from technic.errors import Stopping, SystemFault
from tests.support import poison
from tests.support.manual_pool import HELD, ManualPool
from tests.support.pools import GUARD_SECONDS, begin, outcome, settled

SLOTS = 2


def hold_what_would_block(unit, cancelled):
    return HELD if unit[0] in {"hang", "obey"} else poison.perform(unit, cancelled)


@pytest.fixture(params=["processes", "manual"])
def unopened(request, monkeypatch) -> WorkerPool:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))
    if request.param == "manual":
        return ManualPool(SLOTS, inline=hold_what_would_block)
    return ProcessPool(poison.FUNCTION, settings=EngineSettings(workers=SLOTS))


@pytest.fixture
async def pool(unopened):
    await unopened.open()
    yield unopened
    async with asyncio.timeout(GUARD_SECONDS):
        await unopened.close()


async def test_a_unit_gives_what_the_function_returned(pool):
    done = await outcome(pool, "echo", {"n": (1, 2)})
    assert done.result == {"n": (1, 2)}
    assert done.failure is None
    assert done.seconds >= 0
    assert done.cpu_seconds >= 0


async def test_an_error_of_ours_comes_as_its_own_failure(pool):
    done = await outcome(pool, "fail", "SIM0007")
    assert done.failure.code == "insufficient_history"
    assert done.failure.affected_symbols == ("SIM0007",)


async def test_any_other_error_comes_as_a_system_error_with_its_text(pool):
    failure = (await outcome(pool, "raise", "no luck")).failure
    assert failure.error_type == "system_error"
    assert "ValueError: no luck" in failure.detail


async def test_ended_is_never_called_inside_start_and_called_on_the_loop(pool):
    loop, seen, done = asyncio.get_running_loop(), [], asyncio.Event()

    def ended(outcome: Outcome) -> None:
        seen.append((outcome.result, asyncio.get_running_loop() is loop))
        done.set()

    pool.start(("echo", 1), ended, limit_seconds=60)
    assert seen == []
    async with asyncio.timeout(GUARD_SECONDS):
        await done.wait()
    assert seen == [(1, True)]


async def test_the_next_unit_can_be_started_from_inside_ended(pool):
    results, done = [], asyncio.Event()

    def ended(outcome: Outcome) -> None:
        results.append(outcome.result)
        if len(results) < 50:
            pool.start(("echo", len(results)), ended, limit_seconds=60)
        else:
            done.set()

    pool.start(("echo", 0), ended, limit_seconds=60)
    async with asyncio.timeout(GUARD_SECONDS):
        await done.wait()
    assert results == list(range(50))


async def test_no_more_units_run_than_there_are_slots(pool):
    running = [begin(pool, "hang") for _ in range(SLOTS)]
    assert pool.slots == SLOTS
    with pytest.raises(SystemFault, match="slots"):
        begin(pool, "echo", 1)
    for handle, _ in running:
        handle.cancel(0.01)
    for _, ended in running:
        assert (await settled(ended)).failure.code == "unit_cancelled"
    assert (await outcome(pool, "echo", 1)).result == 1


@pytest.mark.parametrize("unit", ["hang", "obey"])
async def test_a_cancelled_unit_ends_once_as_cancelled(pool, unit):
    handle, ended = begin(pool, unit)
    handle.cancel(0.05)
    assert not ended.done()
    handle.cancel(0.05)
    done = await settled(ended)
    assert done.failure.code == "unit_cancelled"
    assert done.failure.error_type == "system_error"
    assert not done.failure.recoverable
    handle.cancel(0)
    assert (await outcome(pool, "echo", 1)).result == 1


async def test_closing_ends_what_runs_and_its_outcome_still_comes(pool):
    running = [begin(pool, "hang")[1] for _ in range(SLOTS)]
    async with asyncio.timeout(GUARD_SECONDS):
        await pool.close()
    assert [ended.result().failure.code for ended in running] == ["unit_cancelled"] * SLOTS
    with pytest.raises(Stopping):
        begin(pool, "echo", 1)
    await pool.close()


async def test_closing_what_was_never_opened_is_harmless(unopened):
    with pytest.raises(SystemFault, match="opened"):
        begin(unopened, "echo", 1)
    await unopened.close()
    with pytest.raises(SystemFault, match="opened once"):
        await unopened.open()


async def test_the_counts_are_those_of_what_happened(pool):
    await outcome(pool, "echo", 1)
    handle, ended = begin(pool, "hang")
    stats = pool.stats()
    assert stats["slots"] == SLOTS
    assert stats["units"] == 1
    assert stats["busy"] + stats["waiting"] == 1
    handle.cancel(0)
    await settled(ended)
    assert pool.stats()["units"] == 2
    assert {"workers", "ready", "restarts", "recycled", "broken", "bytes"} <= stats.keys()
