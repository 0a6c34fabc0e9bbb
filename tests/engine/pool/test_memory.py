"""Workers that leak, and units that ask for memory without end."""

from __future__ import annotations

import os

import pytest

from technic.engine.pool import crew
from tests.support.pools import outcome, pids, process_pool

MIB = 2**20


async def test_a_worker_that_leaks_is_replaced_at_its_bound_of_memory_and_no_unit_notices():
    async with process_pool(workers=1, worker_bytes=64 * MIB) as pool:
        leaked = [(await outcome(pool, "leak", 8 * MIB)).result for _ in range(40)]
        assert max(leaked) <= 64 * MIB
        assert pool.stats()["recycled"] >= 40 * 8 // 64
        assert pool.stats()["restarts"] == 0


async def test_a_worker_that_leaks_slowly_is_replaced_after_so_many_units_and_no_unit_notices():
    async with process_pool(workers=1, worker_units=5) as pool:
        leaked = []
        for _ in range(4):
            await pids(pool)  # the spare is there to step in
            leaked += [(await outcome(pool, "leak", 1)).result for _ in range(5)]
        assert leaked == [1, 2, 3, 4, 5] * 4
        assert pool.stats()["restarts"] == 0


@pytest.mark.parametrize(
    ("unit", "codes"),
    [
        (("allocate_without_end", 4096), {"internal_error", "worker_died"}),
        (("allocate_without_end", 32 * MIB), {"internal_error", "worker_died"}),
        (("swallow_memory_errors",), {"unit_overran", "worker_died"}),
    ],
)
async def test_a_unit_that_allocates_without_end_fails_in_a_way_that_is_cut(monkeypatch, unit, codes):
    monkeypatch.setattr(crew, "LEAST_MEMORY_BYTES", 128 * MIB)
    async with process_pool(worker_bytes=MIB) as pool:
        failure = (await outcome(pool, *unit, limit_seconds=1.0)).failure
        assert failure.code in codes
        assert (await outcome(pool, "echo", 1)).result == 1


async def test_a_unit_that_asks_for_too_much_at_once_is_told_what_to_do(monkeypatch):
    monkeypatch.setattr(crew, "LEAST_MEMORY_BYTES", 128 * MIB)
    async with process_pool(worker_bytes=MIB) as pool:
        failure = (await outcome(pool, "allocate", 2**30)).failure
        assert failure.code == "internal_error"
        assert failure.detail.startswith("the unit asked for more memory than a worker may have; MemoryError")
        assert "engine.worker_bytes" in failure.suggestion


async def test_a_worker_goes_before_the_engine_where_the_machine_runs_out_of_memory(pool):
    assert (await outcome(pool, "oom_score")).result == 500


@pytest.mark.parametrize(
    ("worker_bytes", "machine_bytes", "bound"),
    [(1024 * MIB, 2**36, 2048 * MIB), (4096 * MIB, 2**32, 2048 * MIB), (64 * MIB, 2**36, 512 * MIB)],
)
def test_no_worker_may_have_more_than_half_of_the_machine(monkeypatch, worker_bytes, machine_bytes, bound):
    figures = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": machine_bytes // 4096}
    monkeypatch.setattr(os, "sysconf", figures.__getitem__)
    assert crew.memory_bound(worker_bytes) == bound
