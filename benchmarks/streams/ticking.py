"""Scans that tell their progress ten times a second, and how late the loop was meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from benchmarks.streams.waiting import waited_seconds
from technic.vitals import LoopLag, Vitals

TICK_SECONDS = 0.1
LOOK_SECONDS = 0.01

Tell = Callable[[list[int]], Awaitable[list[float]]]
"""Tells these scans' progress; gives when that was of each, in milliseconds of Unix time."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """What happened in a window.

    Attributes:
        told: How often a scan told something.
        lag: How late the loop was.
        cpu_share: What this process had of a processor.
        waited_share: For how much of the time it waited for one.
    """

    told: int
    lag: LoopLag
    cpu_share: float
    waited_share: float


def parties(scans: int, *, together: bool) -> list[list[int]]:
    """Scans that tell at one moment: all of them, or one after the other, spread over the tick."""
    return [list(range(scans))] if together else [[number] for number in range(scans)]


async def tick(tell: Tell, parties: list[list[int]], begins_ms: float, ends_ms: float) -> Ticked:
    """Have all tell until the end; what happened from the beginning on."""
    moments: list[float] = []
    vitals = Vitals(every_seconds=LOOK_SECONDS)
    watching = asyncio.create_task(vitals.watch())
    begun = time.monotonic()
    ticking = [
        asyncio.create_task(
            _tick(tell, party, begun + TICK_SECONDS * number / len(parties), ends_ms, moments)
        )
        for number, party in enumerate(parties)
    ]
    await asyncio.sleep(begins_ms / 1e3 - time.time())
    cpu, waited, since = time.process_time(), waited_seconds(), time.monotonic()
    await asyncio.gather(*ticking)
    seconds = time.monotonic() - since
    shares = (time.process_time() - cpu) / seconds, (waited_seconds() - waited) / seconds
    watching.cancel()
    lag = vitals.read().loop_lag
    assert lag is not None
    return Ticked(sum(begins_ms <= moment < ends_ms for moment in moments), lag, *shares)


async def _tick(tell: Tell, party: list[int], due: float, ends_ms: float, moments: list[float]) -> None:
    """One party; where it is late it leaves ticks out."""
    while time.time() * 1e3 < ends_ms:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        moments += await tell(party)
        due = max(due + TICK_SECONDS, time.monotonic())
