"""Scans that ended or were asked for lately: bounded by bytes, the least recently used go first."""

from __future__ import annotations

from collections import OrderedDict

from technic.engine.stores.base import Remembered
from technic.engine.stores.entries import remembered_nbytes

_BYTES = 64 << 20


class Recent:
    """Holds what was read from the disk, or has just gone there."""

    def __init__(self) -> None:
        self._scans: OrderedDict[str, tuple[Remembered, int]] = OrderedDict()
        self.nbytes = 0

    def get(self, scan_id: str) -> Remembered | None:
        """A scan that is held."""
        found = self._scans.get(scan_id)
        if found is None:
            return None
        self._scans.move_to_end(scan_id)
        return found[0]

    def put(self, known: Remembered) -> None:
        """Hold a scan, unless it is too large."""
        scan_id = known.snapshot.scan_id
        self.drop(scan_id)
        nbytes = remembered_nbytes(known)
        if nbytes > _BYTES // 2:
            return
        self._scans[scan_id] = (known, nbytes)
        self.nbytes += nbytes
        while self.nbytes > _BYTES:
            self.drop(next(iter(self._scans)))

    def take_all(self) -> list[Remembered]:
        """Let go of all of them."""
        scans, self._scans, self.nbytes = self._scans, OrderedDict(), 0
        return [known for known, _ in scans.values()]

    def drop(self, scan_id: str) -> None:
        """Let go of a scan."""
        _, nbytes = self._scans.pop(scan_id, (None, 0))
        self.nbytes -= nbytes
