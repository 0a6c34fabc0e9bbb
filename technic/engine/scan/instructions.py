"""What a scan's machine wants done: instructions that its actor carries out, in order."""

from __future__ import annotations

from dataclasses import dataclass

from technic.engine.scan.events import MatchesFound, ScanEvent
from technic.errors import Failure
from technic.scanner.checkpoint import Checkpoint
from technic.scanner.units import UnitResult, WorkUnit


@dataclass(frozen=True, slots=True)
class OpenPlan:
    """Load the universe, select, and report PlanOpened or OpeningFailed."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Hand these units to the dispatcher; each is answered by UnitDone, UnitFailed or UnitsWithdrawn."""

    units: tuple[WorkUnit, ...]


@dataclass(frozen=True, slots=True)
class Retry:
    """Hand a unit to the dispatcher again after a wait."""

    unit: WorkUnit
    delay_seconds: float


@dataclass(frozen=True, slots=True)
class Absorb:
    """Let the plan take in how a unit ended, and report ResultAbsorbed.

    Exactly one of `result` and `failure` is set.
    """

    unit: WorkUnit
    result: UnitResult | None
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class WithdrawUnits:
    """Take back every unit that has not ended; report UnitsWithdrawn for those that never will."""


@dataclass(frozen=True, slots=True)
class Finalize:
    """Rank, limit and keep the result, and report Finalized or FinalizingFailed."""


@dataclass(frozen=True, slots=True)
class Announce:
    """Publish an event; a change of state is kept before.

    Attributes:
        event: What to publish.
        matches: To be published just before it and once it is kept: rows that are kept with it.
    """

    event: ScanEvent
    matches: MatchesFound | None = None


@dataclass(frozen=True, slots=True)
class WakeAfter:
    """Report Wake after so many seconds; a later one replaces it."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep what has ended for good, under this number; what follows waits until it is kept."""

    seq: int
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class KeepAfter:
    """Report KeepDue after so many seconds."""

    seconds: float


Instruction = (
    OpenPlan | Dispatch | Retry | Absorb | WithdrawUnits | Finalize | Announce | WakeAfter | Keep | KeepAfter
)
