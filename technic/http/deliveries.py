"""What streams have delivered, and whom they could not deliver to, since the application began."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Deliveries:
    """Counts that only grow; on the event loop only.

    Attributes:
        frames: Frames that were handed to connections of readers, answers to what readers said among them.
        behind: Readers that were closed because what they had not been given is not kept any more.
        stalled: Readers that were cut off because they did not read what was sent.
    """

    frames: int = 0
    behind: int = 0
    stalled: int = 0
