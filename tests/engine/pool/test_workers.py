"""What a worker process is like, and when it is replaced."""

from __future__ import annotations

import logging
import os
import signal

import pytest

from tests.support.pools import begin, next_worker, outcome, pids, process_pool, settled

FOREIGN = {
    "aiohttp",
    "asyncio",
    "concurrent",
    "multiprocessing",
    "numpy",
    "pandas",
    "pydantic",
    "structlog",
    "typer",
}


async def test_a_worker_has_loaded_next_to_nothing(pool):
    modules = (await outcome(pool, "modules")).result
    assert "technic.engine.pool.worker" not in modules  # it is __main__, and not twice
    assert FOREIGN.isdisjoint(name.partition(".")[0] for name in modules)


async def test_an_outcome_names_its_worker_however_it_came_about(pool, doorbell):
    done = await outcome(pool, "pid")
    assert done.worker == done.result
    _, ended = begin(pool, "hang", doorbell.path)
    pid = await doorbell.rung()
    os.kill(pid, signal.SIGKILL)
    assert (await settled(ended)).worker == pid
    assert (await outcome(pool, lambda: None)).worker is None


async def test_a_worker_holds_no_descriptor_of_ours_but_its_socket(pool):
    read, write = os.pipe()
    os.set_inheritable(read, True)  # noqa: FBT003 - the function's own
    try:
        async with process_pool(workers=1) as other:
            descriptors = (await outcome(other, "descriptors")).result
    finally:
        os.close(read)
        os.close(write)
    # stdin, stdout, stderr, the socket, the mapped flag, /proc/self/statm, and the listing itself
    assert len(descriptors) == 7


async def test_a_worker_has_one_thread_for_linear_algebra(pool):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        assert (await outcome(pool, "environment", name)).result == "1"


async def test_a_worker_steps_back_behind_the_event_loop(pool):
    assert (await outcome(pool, "nice")).result == min(19, os.nice(0) + 10)


async def test_a_worker_shares_our_session_so_that_its_nice_holds_against_us(pool):
    for pid in await pids(pool):
        assert os.getsid(pid) == os.getsid(0)
        assert os.getpgid(pid) == pid


async def test_ctrl_c_is_ignored_and_sigterm_ends_a_worker(pool, doorbell):
    assert (await outcome(pool, "signals")).result == ("SIG_IGN", "SIG_DFL")
    handle, ended = begin(pool, "finish_when_told", doorbell.path)
    os.kill(await doorbell.rung(), signal.SIGINT)
    handle.cancel(20)
    assert (await settled(ended)).result == "finished"
    _, ended = begin(pool, "hang", doorbell.path)
    os.kill(await doorbell.rung(), signal.SIGTERM)
    assert "SIGTERM" in (await settled(ended)).failure.detail


async def test_signals_that_we_block_or_ignore_are_not_inherited(doorbell):
    was = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        async with process_pool(workers=1) as pool:
            _, ended = begin(pool, "hang", doorbell.path)
            os.kill(await doorbell.rung(), signal.SIGTERM)
            assert (await settled(ended)).failure.code == "worker_died"
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        signal.signal(signal.SIGTERM, was)


async def test_what_a_unit_prints_goes_to_the_log_and_not_to_our_output(monkeypatch, capfd, caplog):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    with caplog.at_level(logging.DEBUG, "technic.engine.pool"):
        async with process_pool() as pool:
            await outcome(pool, "print", "a word on the way")
    assert capfd.readouterr().out == ""
    assert "a word on the way" in caplog.text


async def test_a_traceback_goes_to_the_log_at_debug_and_only_for_errors_that_are_not_ours(pool, caplog):
    with caplog.at_level(logging.DEBUG, "technic.engine.pool"):
        await outcome(pool, "fail", "A")
        await outcome(pool, "raise", "no luck")
        await pool.close()
    assert "ValueError: no luck" in caplog.text
    assert "InsufficientHistory" not in caplog.text


async def test_a_worker_that_has_grown_too_large_is_replaced_between_units():
    async with process_pool(workers=1, worker_bytes=1) as pool:
        seen = {(await outcome(pool, "pid")).result for _ in range(3)}
        assert len(seen) == 3
        assert pool.stats()["recycled"] == 3
        assert pool.stats()["restarts"] == 0


async def test_a_worker_that_has_done_its_share_is_replaced_once_the_spare_is_there():
    async with process_pool(workers=1, worker_units=2) as pool:
        await pids(pool)
        first = [(await outcome(pool, "pid")).result for _ in range(2)]
        assert first[0] == first[1]
        assert (await outcome(pool, "pid")).result not in first
        assert pool.stats()["recycled"] == 1


async def test_a_worn_worker_goes_on_while_there_is_no_spare():
    async with process_pool(workers=1, worker_units=1) as pool:
        await pids(pool)
        pool._crew._wanted = 1  # as if the replacement took for ever to start
        await outcome(pool, "kill_self")
        worked = [(await outcome(pool, "pid")).result for _ in range(3)]
        assert len(set(worked)) == 1
        assert pool.stats()["recycled"] == 0


async def test_the_spare_takes_the_next_unit_while_a_dead_worker_is_replaced(pool):
    before = await pids(pool)
    await outcome(pool, "kill_self")
    assert (await outcome(pool, "pid")).result in before
    await next_worker(pool)
    assert len(await pids(pool) - before) == 1


@pytest.mark.parametrize("workers", [1, 3])
async def test_there_are_as_many_workers_as_slots_and_one_spare(workers):
    async with process_pool(workers=workers) as pool:
        assert len(await pids(pool)) == workers + 1
        assert pool.slots == workers
