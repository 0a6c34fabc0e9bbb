"""How the process is: of its own loop, from its own system."""

from __future__ import annotations

import asyncio
import os
import time

import pytest

from technic import vitals
from technic.vitals import Vitals
from tests.support.waiting import until


@pytest.fixture
async def watched():
    """Vitals that look often, for the length of a test."""
    made = Vitals(every_seconds=0.001)
    watching = asyncio.create_task(made.watch())
    yield made
    watching.cancel()
    await asyncio.wait([watching])


async def test_a_loop_that_stood_still_was_late_by_as_much(watched, monkeypatch):
    monkeypatch.setattr(vitals, "_FRESH_SECONDS", 0.0)
    await until(lambda: watched.read().loop_lag)
    begun = time.monotonic()
    time.sleep(0.05)  # noqa: ASYNC251 - a loop that stands still is what is to be seen
    stood = time.monotonic() - begun
    lag = await until(lambda: found if (found := watched.read().loop_lag).longest > 0.02 else None)
    assert lag.p50 <= lag.p99 <= lag.longest <= stood + 1.0


async def test_the_last_minute_is_all_that_it_keeps(watched):
    for number in range(5_000):
        watched._late.append(number)
    assert len(watched._late) == 600


async def test_nothing_is_said_of_a_loop_that_nobody_has_looked_at():
    assert Vitals().read().loop_lag is None


async def test_it_counts_what_is_open_and_what_runs(monkeypatch):
    monkeypatch.setattr(vitals, "_FRESH_SECONDS", 0.0)
    made = Vitals()
    before = made.read()
    assert before.memory_bytes > 1_000_000
    pipe = os.pipe()
    task = asyncio.create_task(asyncio.Event().wait())
    after = made.read()
    for end in pipe:
        os.close(end)
    task.cancel()
    assert (after.descriptors - before.descriptors, after.tasks - before.tasks) == (2, 1)
    assert made.read().descriptors == before.descriptors
    assert after.uptime_seconds > before.uptime_seconds
    assert after.cpu_seconds >= before.cpu_seconds


async def test_asked_often_it_counts_once():
    made = Vitals()
    assert made.read() is made.read()


async def test_where_the_system_does_not_tell_it_says_so(monkeypatch):
    monkeypatch.setattr(vitals, "_SIZES", "/nowhere/statm")
    monkeypatch.setattr(vitals, "_DESCRIPTORS", "/nowhere/fd")
    told = Vitals().read()
    assert (told.memory_bytes, told.descriptors) == (None, None)
    assert told.tasks >= 1


async def test_an_older_system_has_its_descriptors_listed(monkeypatch, tmp_path):
    for name in ("0", "1", "2", "3"):
        (tmp_path / name).touch()
    monkeypatch.setattr(vitals, "_DESCRIPTORS", str(tmp_path))
    monkeypatch.setattr(vitals.os, "stat", lambda _: os.stat_result((0,) * 10))
    assert Vitals().read().descriptors == 3
