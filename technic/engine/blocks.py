"""Finished rating blocks, kept within a bound of bytes; the least recently used goes first."""

from __future__ import annotations

from collections import OrderedDict

from technic.scanner.units import RatedBlock


class BlockCache:
    """Blocks by the content key of their unit.

    Args:
        limit_bytes: Most memory that they may take together; 0 keeps nothing.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._blocks: OrderedDict[str, RatedBlock] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> RatedBlock | None:
        """A block, which is thereby the most recently used."""
        block = self._blocks.get(key)
        if block is not None:
            self._blocks.move_to_end(key)
        return block

    def put(self, key: str, block: RatedBlock) -> None:
        """Keep a block, and let the oldest go until all fit."""
        previous = self._blocks.pop(key, None)
        if previous is not None:
            self._bytes -= previous.nbytes
        if block.nbytes > self._limit_bytes:
            return
        self._blocks[key] = block
        self._bytes += block.nbytes
        while self._bytes > self._limit_bytes:
            _, oldest = self._blocks.popitem(last=False)
            self._bytes -= oldest.nbytes

    def stats(self) -> dict[str, int]:
        """Counts for /health."""
        return {"blocks": len(self._blocks), "bytes": self._bytes, "limit_bytes": self._limit_bytes}
