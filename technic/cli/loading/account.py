"""What a load has seen in all: counts and durations, and nothing that grows with its length."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from technic.cli.loading.histogram import Histogram

_MOST_CODES = 64


@dataclass(slots=True)
class Account:
    """The figures of a load; filled on the event loop.

    Attributes:
        begun: When it began (monotonic seconds).
        running: Scans that run now.
        readers: Watchers that are there now.
        ended: Scans that ended, by status.
        symbols: Symbols that they scanned.
        frames: Frames that came, by way.
        lost: Frames (a state, a match, or a scan's end) that did not reach a reader to whom they were due.
        doubled: Frames, or rows in matches, that came twice.
        out_of_order: Frames that came after a later one.
        gaps: How often the server said that it could not replay all that a reader had missed.
        cut_off: Stalled readers that the server cut off.
        stalled: Stalled readers that there were.
        reconnections: How often readers came back.
        refused: Starts that were put off: the server had as many scans as it takes.
        unfinished: Scans that were not seen to their end.
        errors: What went wrong, by code.
        start: From sending a start to its answer.
        opening: From opening a stream to its first frame.
        poll: From asking for progress to the answer.
        health: The same of the server's health.
        delivery: From the moment at which a frame was told, as it says, to its receipt.
        spread: From the first receipt of a frame to those of the other readers.
        stall: How long stalled readers were there before they were cut off.
        own_lag: How late the event loop of this program was.
    """

    begun: float = field(default_factory=time.monotonic)
    running: int = 0
    readers: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    symbols: int = 0
    frames: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    gaps: int = 0
    cut_off: int = 0
    stalled: int = 0
    reconnections: int = 0
    refused: int = 0
    unfinished: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    start: Histogram = field(default_factory=Histogram)
    opening: Histogram = field(default_factory=Histogram)
    poll: Histogram = field(default_factory=Histogram)
    health: Histogram = field(default_factory=Histogram)
    delivery: Histogram = field(default_factory=Histogram)
    spread: Histogram = field(default_factory=Histogram)
    stall: Histogram = field(default_factory=Histogram)
    own_lag: Histogram = field(default_factory=Histogram)

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return time.monotonic() - self.begun

    def err(self, code: str) -> None:
        """Count an error; codes beyond a good many are counted together."""
        known = code in self.errors or len(self.errors) < _MOST_CODES
        self.errors[code if known else "others"] += 1
