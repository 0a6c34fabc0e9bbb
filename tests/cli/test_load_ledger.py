"""What counts as lost, doubled and out of order, from frames laid down by hand."""

from __future__ import annotations

import random

import pytest

from technic.cli.loading.account import Account
from technic.cli.loading.histogram import Histogram
from technic.cli.loading.ledger import Ledger
from technic.cli.loading.plan import Behaviour, LoadPlan, Way, parts

HELLO = {"type": "hello", "epoch": "e", "seq": -1, "recovered": True}


def snapshot(seq, kind="progress", status="running", matches=2):
    return {"type": kind, "seq": seq, "status": status, "matches": matches, "started_at": None}


def match(seq, *symbols):
    return {"type": "match", "seq": seq, "rows": [{"symbol": symbol} for symbol in symbols]}


BEGUN, ENDED = snapshot(1, "state"), snapshot(9, "state", "completed")
WHOLE = [HELLO, BEGUN, match(3, "A"), snapshot(4), match(6, "B"), snapshot(7), ENDED]


@pytest.fixture
def ledger():
    return Ledger(Account(), timed=False)


def tell(view, frames):
    view.connect()
    for frame in frames:
        view.take(frame)


def judged(ledger, *readers):
    """What is found when each reader was told its frames: lost, doubled, out of order, gaps."""
    for frames in readers:
        tell(ledger.open(), frames)
    ledger.close()
    account = ledger.account
    return account.lost, account.doubled, account.out_of_order, account.gaps


def without(*seqs):
    return [frame for frame in WHOLE if frame["seq"] not in seqs]


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (WHOLE, (0, 0, 0, 0)),
        (without(4, 7), (0, 0, 0, 0)),  # progress is conflated
        (without(3), (1, 0, 0, 0)),
        (without(1, 6), (2, 0, 0, 0)),
        ([*WHOLE[:3], WHOLE[2], *WHOLE[3:]], (0, 1, 0, 0)),
        ([*WHOLE[:4], WHOLE[3], *WHOLE[4:]], (0, 1, 0, 0)),
        ([HELLO, BEGUN, match(6, "B"), match(3, "A"), ENDED], (0, 0, 1, 0)),
        ([HELLO, BEGUN, match(3), match(6, "B"), ENDED], (1, 0, 0, 0)),
        (WHOLE[:4], (0, 0, 0, 0)),  # one that has left is owed nothing
    ],
)
def test_readers_of_one_scan_are_held_against_each_other(ledger, other, found):
    assert judged(ledger, WHOLE, other) == found


def test_what_no_reader_was_told_is_missed_in_the_last_count(ledger):
    assert judged(ledger, without(6), without(6)) == (1, 0, 0, 0)


def test_a_row_in_two_matches_is_doubled(ledger):
    told = [HELLO, BEGUN, match(3, "A"), match(6, "A"), ENDED]
    assert judged(ledger, told, told) == (0, 1, 0, 0)


def test_a_reader_that_was_told_of_a_gap_is_not_judged_by_it(ledger):
    told = [HELLO | {"recovered": False}, snapshot(7), ENDED]
    assert judged(ledger, WHOLE, told) == (0, 0, 0, 1)


def test_a_reader_that_comes_back_is_greeted_with_what_it_knows_and_that_is_no_fault(ledger):
    view = ledger.open()
    tell(view, WHOLE[:4])
    assert view.place == "e-4"
    tell(view, [HELLO | {"seq": 4}, snapshot(4), match(6, "B"), ENDED])
    assert judged(ledger, WHOLE) == (0, 0, 0, 0)
    assert view.whole


def test_a_snapshot_that_is_asked_for_may_stand_still_but_not_go_back(ledger):
    view = ledger.open()
    for seq in (4, 4, 7, 4):
        view.poll(snapshot(seq))
    assert ledger.account.out_of_order == 1


def test_only_what_came_after_a_reader_is_timed(ledger):
    first, late = ledger.open(), ledger.open()
    tell(first, WHOLE[:4])
    tell(late, WHOLE[:4])
    assert ledger.account.spread.count == 0
    first.take(match(6, "B"))
    late.take(match(6, "B"))
    assert ledger.account.spread.count == 1


def test_percentiles_are_at_most_a_fortieth_too_large():
    source = random.Random(7)
    values = sorted(source.lognormvariate(-5, 2) for _ in range(5000))
    found = Histogram()
    for value in values:
        found.add(value)
    for percent in (50, 95, 99):
        exact = values[len(values) * percent // 100 - 1]
        assert exact <= found.percentile(percent) <= exact * 1.025
    assert found.longest == values[-1]
    assert Histogram().milliseconds() is None


def test_a_histogram_stays_small_whatever_it_is_given():
    found = Histogram()
    for number in range(100_000):
        found.add(number * 7e-7)
    found.add(-1.0)
    found.add(1e30)
    assert len(found._buckets) < 1300
    assert found.count == 100_002


def test_shares_hold_over_many_readers_of_either_stream():
    plan = LoadPlan(
        url="", scans=1, watchers=1, stalled_share=0.25, slow_share=0.1, reconnecting_share=0.15,
        seconds=1, ramp_seconds=0, request={}, keep=False,
    )  # fmt: skip
    drawn = parts(plan)
    cast = [next(drawn) for _ in range(6000)]
    for way in (Way.SOCKET, Way.EVENTS):
        behaviours = [part.behaviour for part in cast if part.way is way]
        shares = {behaviour: behaviours.count(behaviour) / 2000 for behaviour in Behaviour}
        assert shares == pytest.approx(
            {"stalled": 0.25, "slow": 0.1, "reconnecting": 0.15, "steady": 0.5}, abs=0.02
        )
    assert {part.behaviour for part in cast if part.way is Way.POLLING} == {Behaviour.STEADY}
