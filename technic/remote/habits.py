"""How a client behaves: how long it waits for what, and in which ways it may watch."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum


class Way(Enum):
    """A way to watch a scan, the best first."""

    SOCKET = "websocket"
    EVENTS = "sse"
    POLLING = "polling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a client behaves.

    Attributes:
        patience_seconds: How long a server may be away, or refuse for want of room, before that is an error.
        connect_seconds: How long it may take to take a connection.
        answer_seconds: How long it may be silent before and in an answer.
        greeting_seconds: How long a stream may take to say its first word; one that takes longer lies
            behind something that lets no streams through.
        silence_seconds: How long it may be silent after that. A server pings more often.
        poll_seconds: How often to ask where there is no stream.
        first_pause_seconds: Before the second try of anything; doubled each time, and drawn at random
            below that, so that not all clients of a server that comes back come at once.
        longest_pause_seconds: What that grows to.
        ways: In which ways to watch, in this order; the next where one cannot be had.
    """

    patience_seconds: float = 60.0
    connect_seconds: float = 5.0
    answer_seconds: float = 30.0
    greeting_seconds: float = 10.0
    silence_seconds: float = 60.0
    poll_seconds: float = 1.0
    first_pause_seconds: float = 0.1
    longest_pause_seconds: float = 5.0
    ways: tuple[Way, ...] = tuple(Way)

    def __post_init__(self) -> None:
        if not self.ways:
            raise ValueError("ways: name one way to watch at least.")


class Pauses:
    """The pauses between tries of one thing."""

    def __init__(self, habits: Habits) -> None:
        self._habits = habits
        self._next = habits.first_pause_seconds

    def seconds(self) -> float:
        """How long to wait now; the next time about twice as long."""
        most = min(self._next, self._habits.longest_pause_seconds)
        self._next = 2 * most
        return random.uniform(0, most)  # noqa: S311 - not a secret

    def over(self) -> None:
        """It has worked; the next trouble is another one."""
        self._next = self._habits.first_pause_seconds
