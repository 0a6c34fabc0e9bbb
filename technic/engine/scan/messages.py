"""What a scan's mailbox may hold: commands in the imperative, reports in the past tense."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from technic.errors import Failure
from technic.scanner.plan import PlanStep
from technic.scanner.units import UnitResult, WorkUnit

Origin = Literal["computed", "shared", "cache"]
"""Where a unit's result came from: a worker, another scan's unit in flight, or a finished block."""


@dataclass(frozen=True, slots=True)
class Begin:
    """A running slot is free: begin."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on where an earlier process left: the scan had begun there."""


@dataclass(frozen=True, slots=True)
class Park:
    """Stop without an end: the process goes, and the scan goes on in the next one."""


@dataclass(frozen=True, slots=True)
class MoveInQueue:
    """The scan now waits at this position; 1 is next."""

    position: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop, and keep what was found."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fail:
    """Stop for this cause (a deadline that passed, say), keep what was found, and end as failed."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Wake:
    """The moment that a WakeAfter named has come."""


@dataclass(frozen=True, slots=True)
class KeepDue:
    """The moment that a KeepAfter named has come."""


@dataclass(frozen=True, slots=True)
class PlanOpened:
    """The universe stage is done: what is to be scanned is known.

    Attributes:
        total: Symbols wanted.
        weights: The stages' shares of the whole, in their order; they sum to 1.
        step: What can be done now.
        restored: What an earlier process has done; it was told of then.
    """

    total: int
    weights: tuple[float, ...]
    step: PlanStep
    restored: PlanStep = field(default_factory=PlanStep)


@dataclass(frozen=True, slots=True)
class OpeningFailed:
    """There is nothing that could be scanned."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class UnitAdvanced:
    """So many of a unit's symbols have arrived by now, in total."""

    unit: WorkUnit
    count: int


@dataclass(frozen=True, slots=True)
class UnitDone:
    """A unit ended well."""

    unit: WorkUnit
    result: UnitResult
    origin: Origin


@dataclass(frozen=True, slots=True)
class UnitFailed:
    """A try of a unit failed, after so many seconds in a worker; None where it came to no worker."""

    unit: WorkUnit
    failure: Failure
    seconds: float = 0.0
    worker: int | None = None


@dataclass(frozen=True, slots=True)
class UnitsWithdrawn:
    """These units were taken back before they ended; nothing more comes of them."""

    units: tuple[WorkUnit, ...]


@dataclass(frozen=True, slots=True)
class ResultAbsorbed:
    """The plan has taken in how a unit ended."""

    unit: WorkUnit
    step: PlanStep


@dataclass(frozen=True, slots=True)
class Finalized:
    """The result is made."""


@dataclass(frozen=True, slots=True)
class FinalizingFailed:
    """The result could not be made."""

    failure: Failure


Message = (
    Begin
    | Resume
    | Park
    | MoveInQueue
    | Cancel
    | Fail
    | Wake
    | KeepDue
    | PlanOpened
    | OpeningFailed
    | UnitAdvanced
    | UnitDone
    | UnitFailed
    | UnitsWithdrawn
    | ResultAbsorbed
    | Finalized
    | FinalizingFailed
)
