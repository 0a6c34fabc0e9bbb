"""The Clock port: whoever needs the time is handed a clock, so that a test can hold it still."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, Protocol


class Clock(Protocol):
    """Tells the time of day and measures durations."""

    def now(self) -> datetime:
        """The present time of day, aware, UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """The present time of day, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        return time.monotonic()


@lru_cache(maxsize=4096)
def rfc3339(moment: datetime) -> str:
    """A moment as RFC 3339 in UTC with milliseconds and Z: 2018-02-07T21:00:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Moment(NamedTuple):
    """One reading of both clocks: `at` to show to people, `seconds` to measure with."""

    at: datetime
    seconds: float


def moment(clock: Clock) -> Moment:
    """What a clock reads now."""
    return Moment(clock.now(), clock.monotonic())
