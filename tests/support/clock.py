"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

from technic.clock import Moment


class FakeClock:
    """Both clocks of a machine, moved by hand."""

    def __init__(self, at: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)) -> None:
        self._start = at
        self._seconds = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        return 1_000.0 + self._seconds

    def advance(self, seconds: float) -> Moment:
        """Let time pass; the moment after it."""
        self._seconds += seconds
        return Moment(self.now(), self.monotonic())
