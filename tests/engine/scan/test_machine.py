"""What a scan's machine decides."""

from __future__ import annotations

import pytest

from technic.engine.scan import instructions as i
from technic.engine.scan import messages as m
from technic.engine.scan.events import MatchesFound, Status
from technic.engine.scan.lifecycle import LIFECYCLE, Phase
from technic.engine.scan.retry import tried
from technic.errors import InvalidTransition, TimeoutExceeded, UnknownSymbol
from technic.scanner.plan import PlanStep
from tests.engine.scan.conftest import (
    ALONE,
    DIED,
    FETCH,
    RATE,
    WEIGHTS,
    Driver,
    kinds,
    left_behind,
    make_rows,
)

LATE = TimeoutExceeded("the scan was allowed 1 second").failure()
UNKNOWN = UnknownSymbol("no B", affected_symbols=("B",)).failure()

EVERY_MESSAGE = {
    m.Begin: m.Begin(),
    m.Resume: m.Resume(),
    m.Park: m.Park(),
    m.MoveInQueue: m.MoveInQueue(3),
    m.Cancel: m.Cancel("seen enough"),
    m.Fail: m.Fail(LATE),
    m.Wake: m.Wake(),
    m.KeepDue: m.KeepDue(),
    m.PlanOpened: m.PlanOpened(2, WEIGHTS, PlanStep((RATE,), fetched=2)),
    m.OpeningFailed: m.OpeningFailed(UNKNOWN),
    m.UnitAdvanced: m.UnitAdvanced(FETCH, 1),
    m.UnitDone: m.UnitDone(RATE, None, "computed"),  # type: ignore[arg-type]
    m.UnitFailed: m.UnitFailed(RATE, DIED),
    m.UnitsWithdrawn: m.UnitsWithdrawn(()),
    m.ResultAbsorbed: m.ResultAbsorbed(RATE, PlanStep(scanned=2, rated=("A", "B"))),
    m.Finalized: m.Finalized(),
    m.FinalizingFailed: m.FinalizingFailed(UNKNOWN),
}


def reach(phase: Phase) -> Driver:
    """A machine in this phase, by the shortest way."""
    driver = Driver()
    match phase:
        case Phase.QUEUED:
            pass
        case Phase.OPENING:
            driver.begin()
        case Phase.WORKING:
            driver.open(RATE, fetched=2)
        case Phase.FINALIZING:
            driver.rate_everything()
        case Phase.STOPPING:
            driver.open(RATE, fetched=2)
            driver.tell(m.Cancel("seen enough"))
        case Phase.COMPLETED:
            driver.rate_everything()
            driver.tell(m.Finalized())
        case Phase.FAILED:
            driver.tell(m.Fail(LATE))
        case Phase.CANCELLED:
            driver.tell(m.Cancel("seen enough"))
        case Phase.PARKED:
            driver.tell(m.Park())
    assert driver.machine.phase is phase
    return driver


@pytest.mark.parametrize("phase", [phase for phase in Phase if not phase.over])
@pytest.mark.parametrize("kind", EVERY_MESSAGE, ids=lambda kind: kind.__name__)
def test_every_message_in_every_living_phase_leads_where_the_table_says(phase, kind):
    resumed = kind is m.Resume and phase is Phase.QUEUED
    driver = left_behind() if resumed else reach(phase)
    allowed = LIFECYCLE[phase].get(kind)
    if allowed is None:
        with pytest.raises(InvalidTransition, match=kind.__name__):
            driver.tell(EVERY_MESSAGE[kind])
    else:
        driver.tell(EVERY_MESSAGE[kind])
        assert driver.machine.phase in allowed


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase.over])
@pytest.mark.parametrize("kind", EVERY_MESSAGE, ids=lambda kind: kind.__name__)
def test_nothing_changes_a_scan_that_is_over_and_late_messages_are_counted(phase, kind):
    driver = reach(phase)
    last = driver.snapshots[-1]
    assert driver.tell(EVERY_MESSAGE[kind]) == []
    assert driver.machine.phase is phase
    assert driver.machine.late == 1
    assert driver.snapshots[-1] is last


def test_the_table_knows_every_message():
    named = {kind for row in LIFECYCLE.values() for kind in row}
    assert named == set(EVERY_MESSAGE)


def test_an_invalid_transition_tells_the_story_so_far():
    driver = reach(Phase.WORKING)
    with pytest.raises(InvalidTransition, match=r"queued -Begin-> opening; opening -PlanOpened-> working"):
        driver.tell(m.Begin())


def test_a_scan_completes_through_its_stages_with_a_rising_seq():
    driver = Driver(conflate_seconds=0.0)
    driver.open(FETCH)
    driver.tell(m.UnitDone(FETCH, None, "computed"), seconds=1)  # type: ignore[arg-type]
    driver.tell(m.ResultAbsorbed(FETCH, PlanStep((RATE,), fetched=2)), seconds=1)
    driver.tell(m.UnitDone(RATE, None, "computed"), seconds=1)  # type: ignore[arg-type]
    driver.tell(m.ResultAbsorbed(RATE, PlanStep(scanned=2, rows=make_rows(2), rated=("A", "B"))), seconds=1)
    assert isinstance(driver.said[-1], i.Finalize)
    driver.tell(m.Finalized(), seconds=1)
    last = driver.snapshots[-1]
    assert (last.status, last.percentage, last.stage, last.matches) == (
        Status.COMPLETED,
        100.0,
        "finalization",
        2,
    )
    assert last.eta_seconds == 0.0
    seqs = [s.event.seq for s in driver.said if isinstance(s, i.Announce)]
    assert seqs == sorted(set(seqs))
    shares = [snapshot.percentage for snapshot in driver.snapshots]
    assert shares == sorted(shares)


def test_a_scan_cancelled_while_pending_never_runs():
    driver = Driver()
    followed = driver.tell(m.Cancel("seen enough"))
    assert kinds(followed) == ["Announce"]
    assert driver.snapshots[-1].status is Status.CANCELLED
    assert driver.snapshots[-1].started_at is None


def test_a_cancel_takes_units_back_and_ends_once_all_have_ended():
    driver = Driver()
    driver.open(FETCH, RATE)
    followed = driver.tell(m.Cancel("seen enough"))
    assert kinds(followed) == ["Announce", "WithdrawUnits"]
    assert driver.snapshots[-1].status is Status.RUNNING
    assert driver.snapshots[-1].cancel_requested
    assert driver.tell(m.UnitsWithdrawn((FETCH,))) == []
    assert kinds(driver.tell(m.UnitFailed(RATE, DIED))) == ["Finalize"]
    driver.tell(m.Finalized())
    assert driver.snapshots[-1].status is Status.CANCELLED


def test_a_unit_that_ends_after_the_cancel_still_counts_in_the_partial_result():
    driver = Driver()
    driver.open(RATE, fetched=2)
    driver.tell(m.Cancel("seen enough"), m.UnitDone(RATE, None, "computed"))  # type: ignore[arg-type]
    followed = driver.tell(m.ResultAbsorbed(RATE, PlanStep(scanned=2, rows=make_rows(1), rated=("A", "B"))))
    assert kinds(followed) == ["Keep", "Announce", "Finalize"]
    assert isinstance(followed[1], i.Announce)
    assert isinstance(followed[1].event, MatchesFound)
    assert kinds(driver.tell(m.UnitsWithdrawn(()))) == [], "it is finalized once"


def test_a_cancel_while_the_universe_loads_ends_the_scan_at_once_though_loading_may_hang():
    driver = Driver()
    driver.begin()
    assert kinds(driver.tell(m.Cancel("seen enough"))) == ["Announce"]
    assert driver.snapshots[-1].status is Status.CANCELLED
    assert driver.tell(m.PlanOpened(2, WEIGHTS, PlanStep((RATE,), fetched=2))) == []


def test_a_cancel_during_finalization_wins_over_a_result_that_comes_later():
    driver = Driver()
    driver.rate_everything()
    driver.tell(m.Cancel("seen enough"))
    followed = driver.tell(m.Finalized())
    assert kinds(followed) == ["Announce"]
    assert driver.snapshots[-1].status is Status.CANCELLED
    assert driver.snapshots[-1].percentage < 100


def test_a_second_cancel_changes_nothing():
    driver = reach(Phase.STOPPING)
    assert driver.tell(m.Cancel("again")) == []


def test_a_deadline_ends_a_running_scan_as_failed_with_what_was_found():
    driver = Driver()
    driver.open(RATE, fetched=2)
    assert kinds(driver.tell(m.Fail(LATE))) == ["Announce", "WithdrawUnits"]
    driver.tell(m.UnitsWithdrawn((RATE,)), m.Finalized())
    last = driver.snapshots[-1]
    assert (last.status, last.error) == (Status.FAILED, LATE)


def test_a_recoverable_failure_is_tried_three_times_and_then_given_to_the_plan():
    driver = Driver()
    driver.open(ALONE, total=1, fetched=1)
    for _ in range(2):
        (retry,) = driver.tell(m.UnitFailed(ALONE, DIED))
        assert isinstance(retry, i.Retry)
        assert 0.0 <= retry.delay_seconds <= 0.4
    (absorb,) = driver.tell(m.UnitFailed(ALONE, DIED))
    assert absorb == i.Absorb(ALONE, None, tried(DIED, 3))
    assert driver.machine.tally.retries == 2
    attempts = [(tried["attempt"], tried["code"]) for tried in driver.machine.tally.attempts]
    assert attempts == [(1, "worker_died"), (2, "worker_died"), (3, "worker_died")]


def test_a_unit_of_several_symbols_that_ends_its_worker_goes_to_the_plan_at_once_to_be_cut():
    driver = Driver()
    driver.open(RATE, fetched=2)
    assert driver.tell(m.UnitFailed(RATE, DIED)) == [i.Absorb(RATE, None, DIED)]
    (attempt,) = driver.machine.tally.attempts
    assert (attempt["symbols"], attempt["retry_after_seconds"]) == (2, None)


def test_a_failure_that_cannot_be_mended_is_not_tried_again():
    driver = Driver()
    driver.open(RATE, fetched=2)
    assert driver.tell(m.UnitFailed(RATE, UNKNOWN)) == [i.Absorb(RATE, None, UNKNOWN)]


def test_a_scan_of_which_nothing_could_be_rated_fails_and_keeps_its_failures():
    driver = Driver()
    driver.open(RATE, total=1, fetched=1)
    driver.tell(m.UnitFailed(RATE, UNKNOWN))
    followed = driver.tell(m.ResultAbsorbed(RATE, PlanStep(scanned=1, failures=(UNKNOWN,))))
    assert kinds(followed)[-1] == "Finalize"
    driver.tell(m.Finalized())
    last = driver.snapshots[-1]
    assert (last.status, last.failures) == (Status.FAILED, 1)
    assert last.error is not None
    assert "failures[]" in last.error.suggestion


def test_a_symbol_without_bars_ends_fetching_and_is_not_expected_in_scanning():
    driver = Driver()
    driver.open(FETCH, RATE, total=3, fetched=1)
    driver.tell(m.UnitDone(FETCH, None, "computed"))  # type: ignore[arg-type]
    driver.tell(m.ResultAbsorbed(FETCH, PlanStep(fetched=2, failures=(UNKNOWN,))))
    snapshot = driver.machine.snapshot(driver.clock.advance(0))
    fetching, scanning = snapshot.stages[1], snapshot.stages[2]
    assert (fetching.current, fetching.total) == (3, 3)
    assert scanning.total == 2


def test_arrivals_count_once_also_when_the_unit_ends():
    driver = Driver(conflate_seconds=0.0)
    driver.open(FETCH)
    driver.tell(m.UnitAdvanced(FETCH, 1))
    assert driver.snapshots[-1].current == 1
    driver.tell(m.UnitAdvanced(FETCH, 1))
    driver.tell(m.UnitDone(FETCH, None, "computed"))  # type: ignore[arg-type]
    driver.tell(m.ResultAbsorbed(FETCH, PlanStep((RATE,), fetched=2)))
    assert driver.machine.progress.stages[1].current == 2


def test_progress_is_told_at_its_own_ticks_and_all_that_came_meanwhile_with_it():
    driver = Driver(conflate_seconds=10.0)
    driver.open(FETCH, total=100)
    driver.tell(m.Wake(), seconds=10)
    shown = len(driver.snapshots)
    followed = driver.tell(m.UnitAdvanced(FETCH, 1), m.UnitAdvanced(FETCH, 2), seconds=1)
    assert kinds(followed) == ["WakeAfter"]
    assert len(driver.snapshots) == shown
    assert isinstance(followed[0], i.WakeAfter)
    assert 0.0 < followed[0].seconds <= 15.0
    driver.tell(m.Wake(), seconds=followed[0].seconds)
    assert driver.snapshots[-1].current == 2
    assert driver.tell(m.Wake()) == [], "there is no news"


def test_a_change_of_stage_is_told_at_a_finer_tick():
    driver = Driver(conflate_seconds=10.0)
    driver.open(FETCH)
    driver.tell(m.Wake(), seconds=10)
    shown = len(driver.snapshots)
    followed = driver.tell(m.UnitAdvanced(FETCH, 2))
    assert isinstance(followed[0], i.WakeAfter)
    assert followed[0].seconds <= 3.0
    driver.tell(m.Wake(), seconds=followed[0].seconds)
    assert [s.stage for s in driver.snapshots[shown:]] == ["symbol_scanning"]


def test_a_waiting_scan_tells_its_position_and_loses_it_when_it_begins():
    driver = Driver()
    driver.tell(m.MoveInQueue(3))
    assert driver.snapshots[-1].queue_position == 3
    assert "number 3" in driver.snapshots[-1].message
    driver.begin()
    assert driver.snapshots[-1].queue_position is None
    assert driver.snapshots[-1].stage == "universe_loading"


def test_an_abort_ends_any_living_scan_as_failed_and_no_ended_one():
    driver = reach(Phase.WORKING)
    assert kinds(driver.machine.abort(DIED, driver.clock.advance(0))) == ["Announce"]
    assert driver.machine.phase is Phase.FAILED
    assert driver.machine.abort(DIED, driver.clock.advance(0)) == []
