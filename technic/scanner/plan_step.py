"""What follows from one call of a plan: what to do now, what to count, and what has ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from technic.errors import Failure
from technic.scanner.checkpoint import Checkpoint
from technic.scanner.rows import Rows
from technic.scanner.units import WorkUnit


@dataclass(frozen=True, slots=True)
class PlanStep:
    """What follows from one call.

    Attributes:
        units: What can be done now, in the order in which it is best done.
        fetched: Wanted symbols whose fetching ended with this step, in whatever way; without those that a
            unit's arrivals counted before it was cut.
        scanned: Wanted symbols whose scanning ended with this step, in whatever way.
        failures: New ones, one a symbol.
        rows: Rows that passed in this step; None for none.
        last_symbol: The last symbol that ended in it.
        rated: Symbols that were rated in this step, whether or not their rows passed.
        rejected: By reason, how many of their rows did not pass.
    """

    units: tuple[WorkUnit, ...] = ()
    fetched: int = 0
    scanned: int = 0
    failures: tuple[Failure, ...] = ()
    rows: Rows | None = None
    last_symbol: str | None = None
    rated: tuple[str, ...] = ()
    rejected: Mapping[str, int] = field(default_factory=dict)

    @property
    def checkpoint(self) -> Checkpoint:
        """What has ended for good with this step."""
        return Checkpoint(self.rated, self.rows, self.rejected, self.failures)


def restored(done: Checkpoint) -> PlanStep:
    """What an earlier plan has done, as a step without units: what failed counts as never to be scanned."""
    last = done.rated[-1:] or tuple(symbol for each in done.failures[-1:] for symbol in each.affected_symbols)
    return PlanStep(
        fetched=len(done.rated) + len(done.failures),
        scanned=len(done.rated),
        failures=done.failures,
        rows=done.rows,
        last_symbol=last[-1] if last else None,
        rated=done.rated,
        rejected=done.rejected,
    )
