"""What is asked of every rival, and what it notes: the port, a load, and the account of a load.

A scan is the same thing everywhere: the first n symbols of one market are rated by the same 26 votes over
the last so many bars, and the client ends with the best 50, while it is told of the progress.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

Best = list[tuple[str, float]]
"""Symbols with their ratings, the highest first, ties in the universe's order."""

LIMIT = 50
WORKERS = 2
"""Worker processes of everybody who has some; the thread pool of the design in use today has 4 threads."""


@dataclass(frozen=True, slots=True)
class Load:
    """Scans that are asked for at the same moment.

    Attributes:
        scans: How many.
        symbols: How many symbols each rates.
        lookback: Over how many bars. Every load has another one, so that nobody knows its ratings already.
    """

    scans: int
    symbols: int
    lookback: int


@dataclass(slots=True)
class Run:
    """What the clients of one load saw.

    Attributes:
        seconds: From the first scan's start to the last one's rows.
        first_ms: Of each scan: from its start to the first word that a symbol of it has been rated.
        latencies_ms: Of each word of progress: from its publication to its receipt. Complete once the rival
            has stopped.
        best: What the first scan found.
    """

    seconds: float = 0.0
    first_ms: list[float] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    best: Best = field(default_factory=list)


class Rival(Protocol):
    """Somebody who runs scans. Made with a Place."""

    async def start(self) -> None:
        """Start processes; returns when scans can be taken."""

    async def run(self, load: Load) -> Run:
        """Start all scans of a load at once, watch each, and return when all have ended."""

    async def stop(self) -> None:
        """End all processes."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rival finds the market.

    Attributes:
        folder: The data folder, with the bars of the market in its panel.
        symbols: How many symbols the market has.
    """

    folder: Path
    symbols: int


class Watch:
    """One client's clock."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._began = time.monotonic_ns()
        self._is_first = True

    def told(self, received: int | None = None) -> None:
        """The client has heard that a symbol of its scan has been rated, now or at that moment."""
        if self._is_first:
            self._is_first = False
            self._run.first_ms.append(((received or time.monotonic_ns()) - self._began) / 1e6)


async def all_at_once(load: Load, scan: Callable[[Run], Awaitable[Best]]) -> Run:
    """Let every client of a load begin in the same moment, and time them."""
    run = Run()
    began = time.perf_counter()
    found = await asyncio.gather(*(scan(run) for _ in range(load.scans)))
    run.seconds = time.perf_counter() - began
    assert all(best == found[0] for best in found), "scans of one load differ"
    assert len(run.first_ms) == load.scans, "a scan ended without a word of progress"
    run.best = found[0]
    return run
