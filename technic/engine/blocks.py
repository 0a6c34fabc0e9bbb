"""Finished rating blocks, by the content key of their unit."""

from __future__ import annotations

from technic.scanner.bounded import Bounded
from technic.scanner.units import RatedBlock


class BlockCache:
    """Blocks within a bound of bytes; the least recently used goes first.

    Args:
        limit_bytes: Most memory that they may take together; 0 keeps nothing.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._blocks = Bounded[str, RatedBlock](limit_bytes)

    def get(self, key: str) -> RatedBlock | None:
        """A block, which is thereby the most recently used."""
        return self._blocks.get(key)

    def put(self, key: str, block: RatedBlock) -> None:
        """Keep a block, and let the oldest go until all fit."""
        self._blocks.keep(key, block, block.nbytes)

    def stats(self) -> dict[str, int]:
        """Counts for /health."""
        kept = self._blocks
        return {"blocks": len(kept), "bytes": kept.nbytes, "limit_bytes": kept.limit_bytes}
