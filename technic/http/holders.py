"""Who holds a scan that a waiting call has begun: it is cancelled when the last of them has left.

Calls with one Idempotency-Key share one scan. One that waits holds it as long as it waits. One that does
not wait holds it for good, and so does whoever began it before any call that is here now.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from technic.engine.admission import Submission
from technic.engine.engine import Engine

_REASON = "its client left"


class Hold:
    """A scan as the calls see it that are here with its key now."""

    def __init__(self) -> None:
        self.calls = 0
        self._begun: str | None = None
        self._kept = False
        self._left = False

    def waits(self, submission: Submission) -> None:
        """A call waits for what it has submitted."""
        if not submission.joined:
            self._begun = submission.snapshot.scan_id

    def leaves(self, submission: Submission) -> None:
        """The client of a call that waited has left."""
        self.waits(submission)
        self._left = True

    def keep(self) -> None:
        """Somebody wants the scan who is not here."""
        self._kept = True

    @property
    def abandoned(self) -> str | None:
        """The scan that nobody holds any more, None where somebody does."""
        gone = self.calls == 0 and self._left and not self._kept
        return self._begun if gone else None


class Holders:
    """All calls that start scans, by their key; used on the event loop only.

    Args:
        engine: Whose scans.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._holds: dict[str, Hold] = {}

    def __len__(self) -> int:
        """How many keys are in use by calls that are here."""
        return len(self._holds)

    @asynccontextmanager
    async def call(self, key: str | None) -> AsyncIterator[Hold]:
        """Hold a scan for the length of a call; the last one that leaves a scan to nobody cancels it."""
        hold = Hold() if key is None else self._holds.setdefault(key, Hold())
        hold.calls += 1
        try:
            yield hold
        finally:
            hold.calls -= 1
            if key is not None and hold.calls == 0:
                del self._holds[key]
            if hold.abandoned is not None:
                await self._engine.cancel(hold.abandoned, reason=_REASON)
