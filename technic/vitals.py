"""How this process is: how late its event loop, how large, how many of everything it holds.

Cheap enough to be asked as often as anybody likes: what has to be counted is counted twice a second at most.
It belongs to the event loop's thread, and is open for as long as somebody runs `watch`.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import deque
from dataclasses import dataclass
from math import ceil

_EVERY_SECONDS = 0.1
_SAMPLES = 600
"""A minute of them."""
_FRESH_SECONDS = 0.5
_SIZES, _DESCRIPTORS = "/proc/self/statm", "/proc/self/fd"


@dataclass(frozen=True, slots=True)
class LoopLag:
    """How late an event loop was, in seconds, over the last minute.

    Attributes:
        p50: Half of the time it was no later than this.
        p99: 99 of 100 times.
        longest: It was never later.
    """

    p50: float
    p99: float
    longest: float


@dataclass(frozen=True, slots=True)
class Reading:
    """How a process is in one moment.

    Attributes:
        loop_lag: How late its event loop was; None before the first look.
        memory_bytes: What it has in memory; None where the system does not tell.
        descriptors: Files and sockets that it has open; None where the system does not tell.
        tasks: Tasks of its event loop.
        threads: Python threads.
        cpu_seconds: What it has had of the processors.
        uptime_seconds: How long it has served.
    """

    loop_lag: LoopLag | None
    memory_bytes: int | None
    descriptors: int | None
    tasks: int
    threads: int
    cpu_seconds: float
    uptime_seconds: float


class Vitals:
    """The vitals of this process.

    Args:
        every_seconds: How often to look how late the loop is.

    Attributes:
        started_at: When it began, in seconds since 1970.
    """

    def __init__(self, *, every_seconds: float = _EVERY_SECONDS) -> None:
        self.started_at = time.time()
        self._every_seconds = every_seconds
        self._began = time.monotonic()
        self._late: deque[float] = deque(maxlen=_SAMPLES)
        self._last: Reading | None = None

    async def watch(self) -> None:
        """See how late the loop is, again and again; runs until cancelled.

        The loop's own clock stands still while it is busy, so it is not asked.
        """
        while True:
            due = time.monotonic() + self._every_seconds
            await asyncio.sleep(self._every_seconds)
            self._late.append(max(0.0, time.monotonic() - due))

    def read(self) -> Reading:
        """How it is now, or was half a second ago."""
        last, uptime = self._last, time.monotonic() - self._began
        if last is None or uptime - last.uptime_seconds >= _FRESH_SECONDS:
            last = self._last = Reading(
                loop_lag=_lag_of(sorted(self._late)),
                memory_bytes=_memory_bytes(),
                descriptors=_descriptors(),
                tasks=len(asyncio.all_tasks()),
                threads=threading.active_count(),
                cpu_seconds=time.process_time(),
                uptime_seconds=uptime,
            )
        return last


def _lag_of(late: list[float]) -> LoopLag | None:
    """By nearest rank, of sorted samples."""
    if not late:
        return None
    p50, p99 = (late[ceil(share * len(late)) - 1] for share in (0.5, 0.99))
    return LoopLag(p50, p99, late[-1])


def _memory_bytes() -> int | None:
    """Resident memory, which Linux tells in pages."""
    try:
        with open(_SIZES, "rb") as sizes:  # noqa: PTH123 - no disk is touched
            return int(sizes.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def _descriptors() -> int | None:
    """What is open. Linux tells the number from 6.2 on; before, they are listed, the listing among them."""
    try:
        return os.stat(_DESCRIPTORS).st_size or len(os.listdir(_DESCRIPTORS)) - 1  # noqa: PTH116, PTH208 - quicker
    except OSError:
        return None
