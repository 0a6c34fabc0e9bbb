"""Whether a unit that failed is tried again, and when: exponential back-off with full jitter.

Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from technic.errors import Failure


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a unit is tried, and the bounds of the wait between two tries, in seconds."""

    attempts: int = 3
    base_seconds: float = 0.2
    cap_seconds: float = 10.0

    def delay(self, failure: Failure, attempts_made: int, random: Random) -> float | None:
        """Seconds to wait before the next try; None where there is to be none.

        A failure that names a time (`retry_after`) is never tried before it.
        """
        if not failure.recoverable or attempts_made >= self.attempts:
            return None
        ceiling = min(self.cap_seconds, self.base_seconds * 2.0 ** (attempts_made - 1))
        return max(failure.retry_after or 0.0, random.uniform(0.0, ceiling))
