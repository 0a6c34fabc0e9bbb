"""The one sentence that a snapshot says to the person who watches it."""

from __future__ import annotations

from technic.engine.scan.lifecycle import Phase
from technic.engine.scan.tally import Tally


def narrate(phase: Phase, stage: str, counts: tuple[int, int], tally: Tally) -> str:
    """What goes on, in plain words; `counts` are those of the stage: what has ended, and of how much."""
    found = f"{tally.matches:,} {'match' if tally.matches == 1 else 'matches'}"
    position = tally.queue_position
    match phase:
        case Phase.QUEUED:
            return "Waiting to start" + (f", number {position} in the queue" if position else "")
        case Phase.COMPLETED:
            return f"Completed: {found}"
        case Phase.CANCELLED:
            return f"Cancelled: {found} so far"
        case Phase.FAILED:
            return f"Failed: {tally.error.message if tally.error else 'the scan could not go on.'}"
        case Phase.STOPPING:
            return "Stopping; keeping what was found"
    current, total = counts
    return {
        "universe_loading": "Loading the universe",
        "data_fetching": f"Fetching bars: {current:,} of {total:,} symbols",
        "symbol_scanning": f"Scanning: {current:,} of {total:,} symbols, {found}",
        "finalization": f"Ranking {found}",
    }[stage]
