"""The one sentence that a snapshot says to the person who watches it."""

from __future__ import annotations

from technic.engine.scan.lifecycle import Phase
from technic.errors import Failure


def narrate(
    phase: Phase,
    *,
    stage: str,
    current: int,
    total: int,
    matches: int,
    queue_position: int | None,
    error: Failure | None,
) -> str:
    """What goes on, in plain words."""
    found = f"{matches:,} {'match' if matches == 1 else 'matches'}"
    match phase:
        case Phase.QUEUED:
            return "Waiting to start" + (f", number {queue_position} in the queue" if queue_position else "")
        case Phase.COMPLETED:
            return f"Completed: {found}"
        case Phase.CANCELLED:
            return f"Cancelled: {found} so far"
        case Phase.FAILED:
            return f"Failed: {error.message if error else 'the scan could not go on.'}"
        case Phase.STOPPING:
            return "Stopping; keeping what was found"
    return {
        "universe_loading": "Loading the universe",
        "data_fetching": f"Fetching bars: {current:,} of {total:,} symbols",
        "symbol_scanning": f"Scanning: {current:,} of {total:,} symbols, {found}",
        "finalization": f"Ranking {found}",
    }[stage]
