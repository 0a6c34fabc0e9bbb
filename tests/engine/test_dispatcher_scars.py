"""Units that end their worker: the next scan that wants one loses no worker, and the sound ones run."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from technic.engine.pool import endings
from technic.engine.scan.messages import UnitDone, UnitFailed
from technic.engine.scars import FADES_SECONDS, SCANS, Scars
from technic.engine.unit_times import UnitTimes
from technic.errors import SystemFault
from tests.support.clock import FakeClock
from tests.support.desk import Arrivals, block, fetch, opened_desk, rate
from tests.support.manual_pool import ManualUnit


@pytest.fixture
async def desk():
    return await opened_desk()


async def told(desk, flow: str):
    """What a flow was told last, once the loop has turned."""
    await asyncio.sleep(0)
    return desk.told[flow][-1]


def die(unit: ManualUnit) -> None:
    unit.die()


def overrun(unit: ManualUnit) -> None:
    unit.overrun()


@pytest.mark.parametrize("ends", [die, overrun])
@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("unit", [rate("a"), fetch("f")])
async def test_a_unit_of_many_that_ended_its_worker_is_answered_without_being_run(desk, unit, ends, fresh):
    desk.ask("one", unit)
    ends(desk.pool.running[0])
    desk.ask("two", unit, fresh=fresh)
    assert desk.told["two"] == [], "never inside submit"
    first, second = desk.told["one"][-1], await told(desk, "two")
    assert second == UnitFailed(unit, first.failure)
    assert len(desk.pool.started) == 1
    assert desk.dispatcher.withdraw("two") == ()


async def test_bars_that_ended_their_worker_are_not_waited_for_again():
    desk = await opened_desk(source=Arrivals(connections=1))
    desk.source.released.set()
    desk.ask("one", fetch("f"))
    (await desk.pool.has_started(1))[0].die()
    desk.ask("two", fetch("f"))
    assert desk.dispatcher.stats()["arriving"] == 0
    assert (await told(desk, "two")).failure.code == "worker_died"


async def test_one_that_waits_when_its_like_dies_is_not_run_either_and_its_slot_goes_on(desk):
    """Two fresh scans ask for the same unit: they do not share it, and the second one waits."""
    desk.ask("one", rate("a"), fresh=True)
    desk.ask("two", rate("a"), rate("b"), fresh=True)
    desk.pool.running[0].die()
    assert (await told(desk, "two")).failure.code == "worker_died"
    assert [r.unit for r in desk.pool.running] == [rate("b")]
    assert desk.dispatcher.stats()["running"] == 1


async def test_one_that_is_taken_back_before_it_is_answered_is_answered_by_that_alone(desk):
    desk.ask("one", rate("a"), fresh=True)
    desk.ask("two", rate("a"), fresh=True)
    desk.pool.running[0].die()
    assert desk.dispatcher.withdraw("two") == (rate("a"),)
    await asyncio.sleep(0)
    assert desk.told["two"] == []
    assert desk.dispatcher.stats()["running"] == 0


async def test_a_symbol_alone_runs_until_it_has_died_as_often_as_three_scans_try(desk):
    unit = rate("a", columns=1)
    for _ in range(3 * SCANS):
        desk.ask("one", unit)
        desk.pool.running[0].die()
    assert all(report.failure.recoverable for report in desk.told["one"])
    desk.ask("two", unit)
    answered = (await told(desk, "two")).failure
    assert (answered.code, answered.recoverable) == ("worker_died", False)
    assert len(desk.pool.started) == 3 * SCANS


async def test_whoever_was_told_and_asks_again_insists_and_a_good_end_heals(desk):
    desk.ask("one", rate("a"))
    desk.pool.running[0].die()
    desk.ask("one", rate("a"))
    desk.ask("two", rate("a"))  # joins
    desk.end(rate("a"), block(rate("a")))
    assert isinstance(desk.told["one"][-1], UnitDone)
    assert isinstance(desk.told["two"][-1], UnitDone)
    desk.ask("three", rate("a"), fresh=True)
    assert len(desk.pool.running) == 1
    assert desk.dispatcher.stats()["scars"] == 0


async def test_whoever_was_answered_by_a_scar_may_insist_too_also_where_its_unit_has_to_wait(desk):
    desk.ask("one", fetch("f"))
    desk.pool.running[0].die()
    desk.ask("two", fetch("f"))
    await told(desk, "two")
    desk.ask("busy", rate("b"))
    desk.ask("two", fetch("f"))
    desk.end(rate("b"), block(rate("b")))
    await asyncio.sleep(0)
    assert [r.unit for r in desk.pool.running] == [fetch("f")]


async def test_a_flow_that_has_ended_is_forgotten(desk):
    desk.ask("one", rate("a"))
    desk.pool.running[0].die()
    desk.dispatcher.leave("one")
    desk.ask("one", rate("a"))
    assert (await told(desk, "one")).failure.code == "worker_died"
    assert len(desk.pool.started) == 1


async def test_a_scar_fades(desk):
    desk.ask("one", rate("a"))
    desk.pool.running[0].die()
    desk.clock.advance(FADES_SECONDS)
    desk.ask("two", rate("a"))
    assert len(desk.pool.running) == 1


@pytest.mark.parametrize(
    "failure",
    [
        endings.cancelled(),
        endings.unavailable("no module named numpy"),
        endings.unreturned("too large"),
        SystemFault("something of ours").failure(),
    ],
    ids=lambda failure: failure.code,
)
async def test_what_does_not_end_a_worker_leaves_no_scar(desk, failure):
    desk.ask("one", rate("a"))
    desk.pool.running[0].fail(failure)
    desk.ask("two", rate("a"))
    assert len(desk.pool.running) == 1


async def test_a_unit_that_is_cancelled_amid_its_work_leaves_no_scar(desk):
    desk.ask("one", rate("a"))
    desk.dispatcher.withdraw("one")
    await asyncio.sleep(0)
    desk.ask("two", rate("a"))
    assert len(desk.pool.running) == 1


async def test_a_pool_that_closes_leaves_no_scar(desk):
    desk.ask("one", rate("a"))
    await desk.pool.close()
    assert desk.dispatcher.stats()["scars"] == 0


def test_scars_are_bounded_and_the_one_asked_for_longest_ago_goes_first():
    scars = Scars(3, FakeClock(), most=2)
    for name in "ab":
        scars.add(rate(name), endings.died(1, "by signal SIGKILL"))
    scars.answer(rate("a"), insisting=False)
    scars.add(rate("c"), endings.died(1, "by signal SIGKILL"))
    assert [scars.answer(rate(n), insisting=False) is not None for n in "abc"] == [True, False, True]
    assert len(scars) == 2


@dataclass(frozen=True)
class Cut:
    """A unit as `UnitTimes` sees it."""

    cuts: int
    symbols: tuple[str, ...] = field(default=("A", "B"))


def test_a_unit_that_was_cut_may_run_half_as_long_down_to_a_floor():
    times = UnitTimes(64.0)
    allowed = [times.allowed(Cut(cuts)) for cuts in range(10)]  # type: ignore[arg-type]
    assert allowed == [64, 32, 16, 8, 4, 4, 4, 4, 4, 4]
    assert sum(allowed) + 2 * allowed[-1] < 3 * 64, "a symbol among 512 that hangs, tried three times"


@pytest.mark.parametrize(("unit_seconds", "floor"), [(16.0, 1.0), (4.0, 1.0), (0.5, 0.5), (160.0, 10.0)])
def test_the_floor_makes_sense_for_every_setting(unit_seconds, floor):
    assert UnitTimes(unit_seconds).allowed(Cut(9)) == floor  # type: ignore[arg-type]
    assert UnitTimes(unit_seconds).allowed(Cut(0)) == unit_seconds  # type: ignore[arg-type]


async def test_the_pool_is_told_how_long_a_unit_may_run(desk):
    desk.ask("one", rate("a"))
    assert desk.pool.running[0].limit_seconds == 60
