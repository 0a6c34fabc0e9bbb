"""What a machine wants kept, when, and what it tells only once that is kept."""

from __future__ import annotations

import pytest

from technic.engine.scan import instructions as i
from technic.engine.scan import messages as m
from technic.engine.scan.events import MatchesFound, StateChanged, Status
from technic.engine.scan.harvest import ROW_SECONDS
from technic.errors import UnknownSymbol
from technic.scanner.plan import PlanStep
from tests.engine.scan.conftest import ALONE, FETCH, RATE, WEIGHTS, Driver, kinds, left_behind, make_rows

UNKNOWN = UnknownSymbol("no C", affected_symbols=("C",)).failure()
FOUND = PlanStep(scanned=2, rows=make_rows(1), rated=("A", "B"), rejected={"rsi < 30": 1})


def working(keep_seconds: float) -> Driver:
    driver = Driver(keep_seconds=keep_seconds)
    driver.open(RATE, ALONE, total=3, fetched=3)
    driver.tell(m.UnitDone(RATE, None, "computed"))  # type: ignore[arg-type]
    return driver


def test_rows_are_told_of_under_the_number_that_they_are_kept_with():
    driver = working(0.0)
    keep, announce, *_ = driver.tell(m.ResultAbsorbed(RATE, FOUND))
    assert isinstance(keep, i.Keep)
    assert (keep.checkpoint.rated, keep.checkpoint.rejected) == (("A", "B"), {"rsi < 30": 1})
    assert isinstance(announce, i.Announce)
    assert isinstance(announce.event, MatchesFound)
    assert announce.event.seq == keep.seq


def test_what_ends_within_a_while_is_kept_together_and_no_match_is_told_of_before():
    driver = working(0.5)
    asked = [s for s in driver.tell(m.ResultAbsorbed(RATE, FOUND)) if isinstance(s, i.KeepAfter)]
    assert asked == [i.KeepAfter(0.5)]
    assert driver.machine.snapshot(driver.clock.advance(0)).matches == 0
    driver.tell(m.UnitDone(ALONE, None, "computed"))  # type: ignore[arg-type]
    assert not [s for s in driver.said if isinstance(s, i.Keep)]
    keep, announce = driver.tell(m.KeepDue(), seconds=0.5)
    assert isinstance(keep, i.Keep)
    assert isinstance(announce, i.Announce)
    assert driver.machine.snapshot(driver.clock.advance(0)).matches == 1


def test_a_scan_that_ends_sooner_keeps_nothing_apart_and_tells_of_its_rows_with_its_end():
    driver = Driver(keep_seconds=0.5)
    driver.open(RATE, fetched=2)
    driver.tell(m.UnitDone(RATE, None, "computed"), m.ResultAbsorbed(RATE, FOUND))  # type: ignore[arg-type]
    (end,) = driver.tell(m.Finalized())
    assert isinstance(end, i.Announce)
    assert isinstance(end.event, StateChanged)
    assert end.matches is not None
    assert end.matches.seq == end.event.seq - 1
    assert end.event.snapshot.matches == 1
    assert not [s for s in driver.said if isinstance(s, i.Keep)]
    assert driver.tell(m.KeepDue()) == [], "the timer may still come; there is nothing to keep"


def test_a_scan_that_has_no_result_keeps_what_it_has_before_its_end():
    driver = Driver(keep_seconds=0.5)
    driver.open(RATE, fetched=2)
    driver.tell(m.UnitDone(RATE, None, "computed"), m.ResultAbsorbed(RATE, FOUND))  # type: ignore[arg-type]
    assert kinds(driver.tell(m.FinalizingFailed(UNKNOWN))) == ["Keep", "Announce", "Announce"]


def test_a_parked_scan_keeps_what_has_ended_and_says_no_more():
    driver = working(0.5)
    driver.tell(m.ResultAbsorbed(RATE, FOUND))
    assert kinds(driver.tell(m.Park())) == ["Keep", "Announce"]
    assert driver.machine.phase.over
    assert not driver.machine.phase.ended
    assert driver.tell(m.UnitDone(ALONE, None, "computed")) == []  # type: ignore[arg-type]


def test_a_scan_that_goes_on_tells_behind_what_was_told_and_never_less_of_it():
    driver = left_behind()
    driver.tell(m.Resume())
    first = driver.snapshots[0]
    assert (first.seq, first.status, first.percentage) == (1_000, Status.RUNNING, 30.0)
    done = PlanStep(fetched=2, scanned=1, rated=("A",), rows=make_rows(1))
    driver.tell(m.PlanOpened(3, WEIGHTS, PlanStep((FETCH,)), done), m.Wake(), seconds=1)
    now = driver.machine.snapshot(driver.clock.advance(0))
    assert (now.matches, now.stages[1].current, now.stages[2].current) == (1, 2, 1)
    assert not [s for s in driver.said if isinstance(s, i.Keep)], "it was kept before"
    percentages = [snapshot.percentage for snapshot in driver.snapshots]
    assert percentages == sorted(percentages)


def test_the_time_that_an_earlier_process_took_counts_in_the_rate():
    driver = left_behind()
    driver.tell(m.Resume(), m.PlanOpened(4, WEIGHTS, PlanStep((FETCH,)), PlanStep(fetched=2)), seconds=1)
    now = driver.machine.snapshot(driver.clock.advance(0))
    assert now.stages[1].seconds > 2.0
    assert now.symbols_per_second < 1.0


def test_failures_that_were_kept_count_and_are_expected_in_scanning_no_more():
    driver = left_behind()
    done = PlanStep(fetched=2, scanned=1, rated=("A",), failures=(UNKNOWN,))
    driver.tell(m.Resume(), m.PlanOpened(3, WEIGHTS, PlanStep((FETCH,)), done))
    now = driver.machine.snapshot(driver.clock.advance(0))
    assert (now.failures, now.stages[2].total) == (1, 2)


def test_a_flood_of_rows_waits_longer_so_that_keeping_it_costs_a_small_share_of_the_time():
    driver = working(0.5)
    flood = PlanStep(scanned=2, rows=make_rows(10_000), rated=("A", "B"))
    driver.tell(m.ResultAbsorbed(RATE, flood))
    (again,) = driver.tell(m.KeepDue(), seconds=0.5)
    assert isinstance(again, i.KeepAfter)
    assert 0.5 + again.seconds == pytest.approx(10_000 * ROW_SECONDS)
    assert kinds(driver.tell(m.KeepDue(), seconds=again.seconds + 1e-6)) == ["Keep", "Announce"]


def test_what_is_to_come_is_told_from_what_this_process_has_done():
    driver = left_behind()
    done = PlanStep(fetched=90)
    driver.tell(m.Resume(), m.PlanOpened(100, WEIGHTS, PlanStep((FETCH,)), done), seconds=1)
    assert driver.machine.progress.stage_eta_seconds(driver.clock.advance(5).seconds) is None
    driver.tell(m.UnitAdvanced(FETCH, 2), seconds=0)
    now = driver.clock.advance(0).seconds
    assert driver.machine.progress.stage_eta_seconds(now) == pytest.approx(8 * 5 / 2)
