"""What an earlier process left of a scan, as what this one needs to go on with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from technic.clock import Moment
from technic.engine.scan import messages as m
from technic.engine.scan.events import MatchesFound, ProgressAdvanced, ScanEvent, StateChanged
from technic.engine.scan.resumption import Resumption
from technic.engine.stores.base import Unfinished
from technic.engine.workshop import Done
from technic.errors import SystemFault

SUSPECTED, BESIDE, LIMIT = 10, 1, 30
"""Points against a scan that runs when a process dies, with no part of it kept since: ten where the process
computed for it in that moment, one where it merely ran. At thirty it is held to be the cause: after three
deaths of the one kind, or thirty of the other."""


class KilledServer(SystemFault):
    """The server died again and again while this scan ran."""

    code = "killed_server"
    message = "This scan was stopped: the scanner died several times while it ran."
    suggestion = "Scan fewer symbols, or others; if it happens again, report it with the scan's id."


def age_seconds(left: Unfinished, now: Moment) -> float:
    """How long ago a scan was created, also while no process was there."""
    return _between(left.snapshot.created_at, now.at)


def created(left: Unfinished, now: Moment) -> Moment:
    """When a scan was created, on a clock that stood still while no process ran it."""
    snapshot = left.snapshot
    passed = age_seconds(left, now)
    if snapshot.started_at is not None:
        passed = snapshot.elapsed_seconds + _between(snapshot.created_at, snapshot.started_at)
    return Moment(snapshot.created_at, now.seconds - passed)


def going_on(left: Unfinished, now: Moment) -> Resumption:
    """Behind everything that may have been told and one number more, with the clocks of this process."""
    snapshot = left.snapshot
    told = [snapshot.seq, *(kept.seq for kept in left.kept), *(state.seq for state in left.states)]
    began = None
    if snapshot.started_at is not None:
        began = Moment(snapshot.started_at, now.seconds - snapshot.elapsed_seconds)
    return Resumption(
        snapshot=snapshot,
        seq=max(left.reserved.seq, max(told) + 1) + 1,
        percentage=max(left.reserved.percentage, snapshot.percentage),
        began=began,
    )


def done_of(left: Unfinished) -> Done | None:
    """What need not be done again; None for nothing."""
    if left.source is None or not left.kept:
        return None
    return Done(left.source, tuple(kept.checkpoint for kept in left.kept))


def events_of(left: Unfinished, resumption: Resumption) -> list[ScanEvent]:
    """What readers were told of a scan, in order, and how it stands, for whoever comes before it goes on."""
    scan_id, seq = left.snapshot.scan_id, resumption.seq - 1
    stands = replace(left.snapshot, seq=seq, percentage=resumption.percentage)
    events: list[ScanEvent] = [StateChanged(scan_id, state.seq, state) for state in left.states]
    events += [
        MatchesFound(scan_id, kept.seq, kept.checkpoint.rows)
        for kept in left.kept
        if kept.checkpoint.rows is not None and kept.checkpoint.matches
    ]
    return [*sorted(events, key=lambda event: event.seq), ProgressAdvanced(scan_id, seq, stands)]


def strikes_of(left: Unfinished, *, suspected: bool) -> int:
    """The points against a scan, with the death of the last process."""
    if not left.begun:
        return left.strikes
    return left.strikes + (SUSPECTED if suspected else BESIDE)


def verdict_on(left: Unfinished, strikes: int) -> m.Cancel | m.Fail | None:
    """What ends a scan that does not go on, with so many points against it; None for one that does."""
    if left.snapshot.cancel_requested:
        return m.Cancel("asked for before the server was restarted")
    if left.snapshot.error is not None:
        return m.Fail(left.snapshot.error)
    if strikes >= LIMIT:
        detail = "the server died again and again while it computed for this scan, and no part of it was kept"
        return m.Fail(KilledServer(detail).failure())
    return None


def _between(earlier: datetime, later: datetime) -> float:
    """Seconds; none where a clock was set back."""
    return max(0.0, (later - earlier).total_seconds())
