"""A window of the load: what came of it, how disturbed it was, and what several of them say together."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.streams.lateness import Lateness
from benchmarks.streams.listener import Listener
from benchmarks.streams.served import SCANS, Serving
from benchmarks.streams.ticking import Ticked, parties, tick

SETTLE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Crowd:
    """Readers of one server."""

    server: Serving
    listener: Listener
    group: int
    watchers: int


@dataclass(frozen=True, slots=True)
class Window:
    """What was measured in one.

    Attributes:
        late: The frames that came.
        due: How many readers should have had, had they got every one.
        ticked: How the server was.
        listener_share: What the readers' process had of a processor.
        waited_share: For how much of the time one of the two waited for a processor.
    """

    late: Lateness
    due: int
    ticked: Ticked
    listener_share: float
    waited_share: float


async def watched(
    crowd: Crowd, seconds: float, *, together: bool = False, beside: int | None = None
) -> Window:
    """The load for so long; what came of it once it has settled.

    Args:
        crowd: Whose frames are looked at.
        seconds: After it has settled.
        together: Whether all scans tell at one moment.
        beside: Another group of the same listener, which is read, too.
    """
    begins = 1e3 * (time.time() + SETTLE_SECONDS)
    ends = begins + 1e3 * seconds
    crowd.listener.tell("listen", crowd.group, beside, begins, ends)
    ticked = await tick(crowd.server.tell, parties(SCANS, together=together), begins, ends)
    found = await crowd.listener.answer()
    return Window(
        Lateness(found["late"]),
        ticked.told * crowd.watchers,
        ticked,
        found["cpu_share"],
        ticked.waited_share + found["waited_share"],
    )


def calm(windows: Sequence[Window]) -> list[Window]:
    """The half of them that other programs disturbed least."""
    return sorted(windows, key=lambda window: window.waited_share)[: (len(windows) + 1) // 2]


def summary(windows: Sequence[Window]) -> dict[str, Any]:
    """All windows together, and the calm ones."""
    late = Lateness.of_all(window.late for window in windows)
    return {
        "late_ms": spread(late),
        "frames": len(late),
        "conflated": sum(window.due for window in windows) - len(late),
        "waited_share": share(window.waited_share for window in windows),
        "calm": summary_of_calm(calm(windows)),
    }


def summary_of_calm(windows: Sequence[Window]) -> dict[str, Any]:
    ticked = [window.ticked for window in windows]
    return {
        "late_ms": spread(Lateness.of_all(window.late for window in windows)),
        "loop_lag_ms": {
            "p99": round(1e3 * statistics.median(each.lag.p99 for each in ticked), 2),
            "max": round(1e3 * max(each.lag.longest for each in ticked), 2),
        },
        "cpu_share": share(each.cpu_share for each in ticked),
        "listener_cpu_share": share(window.listener_share for window in windows),
        "waited_share": share(window.waited_share for window in windows),
    }


def spread(late: Lateness) -> dict[str, float]:
    return {f"p{percent}": late.percentile(percent) for percent in (50, 99, 99.9)} | {
        "max": late.percentile(100)
    }


def share(shares: Iterable[float]) -> float:
    return round(statistics.median(shares), 4)


def ratios(over: Sequence[Window], under: Sequence[Window]) -> dict[str, float]:
    """Of the percentiles of windows that stood side by side in a turn: the median over the turns."""

    def median(percent: float) -> float:
        pairs = zip(over, under, strict=True)
        return statistics.median(a.late.percentile(percent) / b.late.percentile(percent) for a, b in pairs)

    return {f"p{percent}": round(median(percent), 3) for percent in (50, 99)}
