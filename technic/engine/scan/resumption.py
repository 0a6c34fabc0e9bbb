"""Where an earlier process left a scan: what this one goes on from."""

from __future__ import annotations

from dataclasses import dataclass

from technic.clock import Moment
from technic.engine.scan.events import Snapshot


@dataclass(frozen=True, slots=True)
class Resumption:
    """How a scan stood.

    Attributes:
        snapshot: The newest that was kept.
        seq: Every number below this may have been told.
        percentage: So much progress may have been shown.
        began: When it began, on this process's clocks; None where it had not.
    """

    snapshot: Snapshot
    seq: int
    percentage: float
    began: Moment | None
