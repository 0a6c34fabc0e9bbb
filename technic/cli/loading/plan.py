"""What a load consists of: how many scans and watchers, and how each watcher behaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import Any

_GOLDEN = 0.6180339887498949
"""Multiples of it, modulo 1, fill the unit interval evenly and keep step with no other count."""


class Way(StrEnum):
    """How a watcher learns of its scan."""

    SOCKET = "ws"
    EVENTS = "sse"
    POLLING = "poll"


class Behaviour(StrEnum):
    """How the reader of a stream behaves; one that polls is always steady."""

    STEADY = "steady"
    SLOW = "slow"
    RECONNECTING = "reconnecting"
    STALLED = "stalled"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """What to drive a server with.

    Attributes:
        url: Where the server listens.
        scans: How many run at a time; one that ends is followed by the next.
        watchers: How many watch each scan, in turn over a WebSocket, Server-Sent Events and by polling.
        stalled_share: Of the streams, those that read nothing at all.
        slow_share: Those that read less quickly than a scan may tell.
        reconnecting_share: Those that leave every few frames and come back to where they stood.
        seconds: For how long new scans are started.
        ramp_seconds: Over which time the first scans are spread.
        request: What each scan asks for, as a ScanRequest in JSON.
        keep: Whether the scans stay in the server's history.
    """

    url: str
    scans: int
    watchers: int
    stalled_share: float
    slow_share: float
    reconnecting_share: float
    seconds: float
    ramp_seconds: float
    request: dict[str, Any]
    keep: bool

    @property
    def streams(self) -> int:
        """The most connections at once: the watchers of one scan may still read when the next runs."""
        return 2 * self.scans * (self.watchers + 1)


@dataclass(frozen=True, slots=True)
class Part:
    """What one watcher is to do."""

    way: Way
    behaviour: Behaviour


def parts(plan: LoadPlan) -> Iterator[Part]:
    """The parts of all watchers, one after the other, for ever; the shares hold over many of them."""
    streams = count()
    for number in count():
        way = tuple(Way)[number % len(Way)]
        polls = way is Way.POLLING
        yield Part(way, Behaviour.STEADY if polls else _behaviour(plan, next(streams) * _GOLDEN % 1))


def _behaviour(plan: LoadPlan, position: float) -> Behaviour:
    """The behaviour at a position in the unit interval, of which each has its share."""
    for behaviour, share in (
        (Behaviour.STALLED, plan.stalled_share),
        (Behaviour.SLOW, plan.slow_share),
        (Behaviour.RECONNECTING, plan.reconnecting_share),
    ):
        if position < share:
            return behaviour
        position -= share
    return Behaviour.STEADY
