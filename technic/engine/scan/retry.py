"""Whether a unit that failed is tried again, and when: exponential back-off with full jitter.

Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from technic.errors import Failure
from technic.scanner.cutting import is_cut
from technic.scanner.units import WorkUnit


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a unit is tried, and the bounds of the wait between two tries, in seconds."""

    attempts: int = 3
    base_seconds: float = 0.2
    cap_seconds: float = 10.0

    def delay(self, unit: WorkUnit, failure: Failure, attempts_made: int, random: Random) -> float | None:
        """Seconds to wait before the next try of a unit as it is; None where there is to be none.

        A failure that names a time (`retry_after`) is never tried before it. A unit that its plan cuts is
        not tried again whole.
        """
        if is_cut(unit, failure):
            return None
        if not failure.recoverable or attempts_made >= self.attempts:
            return None
        ceiling = min(self.cap_seconds, self.base_seconds * 2.0 ** (attempts_made - 1))
        return max(failure.retry_after or 0.0, random.uniform(0.0, ceiling))


def tried(failure: Failure, tries: int) -> Failure:
    """A failure that says how often it was tried, where that was more than once."""
    return failure if tries <= 1 else replace(failure, metadata={**failure.metadata, "attempts": tries})
