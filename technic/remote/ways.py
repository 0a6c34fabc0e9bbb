"""What the ways of watching have in common: how one of them ends before the scan does."""

from __future__ import annotations

TOO_MANY = 429
UNAVAILABLE = frozenset({502, 503, 504})
"""What a server that stops says, or a proxy while there is no server."""


class Barred(Exception):
    """The scan cannot be watched in this way: try the next one."""


class Closed(ConnectionError):
    """The other end has ended the stream, and the scan has not ended."""


class TurnedAway(Exception):
    """Not now.

    Args:
        why: What the server said.
        seconds: After how long to come back, where it says so.
        crowded: Whether it has no room for a stream; then another way may be better than to wait.
    """

    def __init__(self, why: str, seconds: float | None = None, *, crowded: bool = False) -> None:
        super().__init__(why)
        self.seconds = seconds
        self.crowded = crowded
