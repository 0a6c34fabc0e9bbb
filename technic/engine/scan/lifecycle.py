"""The life of a scan as one table: which phase allows which message, and what the phases mean.

A phase is finer than the status that users see. The rules that govern the table:

1. A scan that is cancelled or fails while it is queued never runs; one whose universe is still being
   loaded ends at once, for there is nothing to keep, and loading may hang on a disk that does not answer.
2. Stopping is a phase of its own: units that run are left to end or are killed, what was found is
   kept, and only then has the scan ended. Its outcome was decided when it began to stop, so the order
   in the mailbox decides every race.
3. A scan that is parked has not ended: its process goes, and the next one resumes it where it was kept.
   One that had been asked to stop before is not resumed but ended as it would have been.
4. Nothing changes an ended scan. What arrives late is counted and dropped.
5. A message that its phase does not allow is a fault of the engine and is raised, never ignored.

docs/state-machine.md is drawn from this table by docs/draw_state_machine.py; a test holds the two together.
"""

from __future__ import annotations

from enum import StrEnum

from technic.engine.scan import messages as m
from technic.engine.scan.events import Status


class Phase(StrEnum):
    """Where a scan stands, as the engine sees it."""

    QUEUED = "queued"
    OPENING = "opening"
    WORKING = "working"
    FINALIZING = "finalizing"
    STOPPING = "stopping"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PARKED = "parked"

    @property
    def status(self) -> Status:
        """What users are told."""
        return _STATUS[self]

    @property
    def ended(self) -> bool:
        """Whether nothing can change it any more."""
        return _STATUS[self].ended

    @property
    def over(self) -> bool:
        """Whether this process has no more to do with it."""
        return self.ended or self is Phase.PARKED


_STATUS = {
    Phase.QUEUED: Status.PENDING,
    Phase.OPENING: Status.RUNNING,
    Phase.WORKING: Status.RUNNING,
    Phase.FINALIZING: Status.RUNNING,
    Phase.STOPPING: Status.RUNNING,
    Phase.COMPLETED: Status.COMPLETED,
    Phase.FAILED: Status.FAILED,
    Phase.CANCELLED: Status.CANCELLED,
    Phase.PARKED: Status.RUNNING,
}

LIFECYCLE: dict[Phase, dict[type[m.Message], tuple[Phase, ...]]] = {
    Phase.QUEUED: {
        m.Begin: (Phase.OPENING,),
        m.Resume: (Phase.OPENING,),
        m.MoveInQueue: (Phase.QUEUED,),
        m.Cancel: (Phase.CANCELLED,),
        m.Fail: (Phase.FAILED,),
        m.Park: (Phase.PARKED,),
    },
    Phase.OPENING: {
        m.PlanOpened: (Phase.WORKING, Phase.FINALIZING, Phase.STOPPING),
        m.OpeningFailed: (Phase.FAILED,),
        m.Wake: (Phase.OPENING,),
        m.Cancel: (Phase.CANCELLED,),
        m.Fail: (Phase.FAILED,),
        m.Park: (Phase.PARKED,),
    },
    Phase.WORKING: {
        m.UnitAdvanced: (Phase.WORKING,),
        m.UnitDone: (Phase.WORKING,),
        m.UnitFailed: (Phase.WORKING,),
        m.ResultAbsorbed: (Phase.WORKING, Phase.FINALIZING, Phase.STOPPING),
        m.Wake: (Phase.WORKING,),
        m.KeepDue: (Phase.WORKING,),
        m.Cancel: (Phase.STOPPING,),
        m.Fail: (Phase.STOPPING,),
        m.Park: (Phase.PARKED,),
    },
    Phase.FINALIZING: {
        m.Finalized: (Phase.COMPLETED,),
        m.FinalizingFailed: (Phase.FAILED,),
        m.Wake: (Phase.FINALIZING,),
        m.KeepDue: (Phase.FINALIZING,),
        m.Cancel: (Phase.STOPPING,),
        m.Fail: (Phase.STOPPING,),
        m.Park: (Phase.PARKED,),
    },
    Phase.STOPPING: {
        m.UnitAdvanced: (Phase.STOPPING,),
        m.UnitDone: (Phase.STOPPING,),
        m.UnitFailed: (Phase.STOPPING,),
        m.UnitsWithdrawn: (Phase.STOPPING,),
        m.ResultAbsorbed: (Phase.STOPPING,),
        m.Finalized: (Phase.CANCELLED, Phase.FAILED),
        m.FinalizingFailed: (Phase.CANCELLED, Phase.FAILED),
        m.Wake: (Phase.STOPPING,),
        m.KeepDue: (Phase.STOPPING,),
        m.Cancel: (Phase.STOPPING,),
        m.Fail: (Phase.STOPPING,),
        m.Park: (Phase.PARKED,),
    },
    Phase.COMPLETED: {},
    Phase.FAILED: {},
    Phase.CANCELLED: {},
    Phase.PARKED: {},
}
"""For each phase the messages that it allows, and the phases that each may lead to."""
