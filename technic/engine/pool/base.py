"""The port of worker pools: where units run, one in flight a worker.

A pool promises: every unit that `start` accepted ends in exactly one outcome; a worker's death fails the
unit that it ran and no other; `start`, `cancel` and the callback run on the event loop and never block it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from technic.errors import Failure


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a unit ended.

    Attributes:
        result: What it returned; meaningless where `failure` is set.
        failure: Why it returned nothing. A unit that was cancelled has the code `unit_cancelled`.
        seconds: How long it ran in its worker.
        cpu_seconds: How much of a processor it took.
        worker: Process id of its worker; None where it did not come to one.
    """

    result: Any
    failure: Failure | None
    seconds: float
    cpu_seconds: float
    worker: int | None = None


class UnitHandle(Protocol):
    """A unit that runs."""

    def cancel(self, grace_seconds: float) -> None:
        """Ask it to stop; kill its worker if it has not by then. Idempotent; its outcome still comes."""


class WorkerPool(Protocol):
    """Where units run."""

    @property
    def slots(self) -> int:
        """How many units may be in flight."""

    async def open(self) -> None:
        """Start the workers. Raises SystemFault where none can be started."""

    async def close(self) -> None:
        """End the workers and whatever they run; idempotent. Outcomes of running units still come."""

    def start(self, unit: Any, ended: Callable[[Outcome], None], *, limit_seconds: float) -> UnitHandle:
        """Run a unit; at most `slots` at once, the caller counts.

        Args:
            unit: What the workers' function is called with; picklable.
            ended: Called once, on the event loop, with how it ended. Never called inside `start`.
            limit_seconds: A unit that overruns this is killed and fails with `unit_overran` (timeout_error).
        """

    def stats(self) -> dict[str, Any]:
        """Counts for /health: workers, busy, restarts, units."""
