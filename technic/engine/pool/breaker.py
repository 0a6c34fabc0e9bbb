"""When to try again after workers ended before they were ready, and when to say that it is no use. Pure."""

from __future__ import annotations

from dataclasses import dataclass

TRIES = 5
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


@dataclass(slots=True)
class StartBreaker:
    """Counts failed starts in a row.

    Attributes:
        failures: How many starts have failed since one succeeded.
        last_words: What the last of them left behind.
    """

    failures: int = 0
    last_words: str = ""

    def failed(self, last_words: str) -> None:
        """A worker ended before it was ready."""
        self.failures += 1
        self.last_words = last_words

    def succeeded(self) -> None:
        """A worker got ready: all is forgotten."""
        self.failures = 0

    @property
    def is_open(self) -> bool:
        """Whether units should fail at once instead of waiting for a worker that does not come."""
        return self.failures >= TRIES

    @property
    def pause_seconds(self) -> float:
        """How long to wait before the next start; doubles with each failure."""
        if not self.failures:
            return 0.0
        return float(min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (min(self.failures, 20) - 1)))
