"""Scans that ended or were asked for lately: bounded by bytes, the least recently used go first."""

from __future__ import annotations

from collections import OrderedDict

from technic.engine.stores.base import Remembered

_BYTES = 64 << 20
_SCAN_BYTES = 4_096
_FAILURE_BYTES = 1_200


class Recent:
    """Holds what was read from the disk, or has just gone there."""

    def __init__(self) -> None:
        self._scans: OrderedDict[str, tuple[Remembered, int]] = OrderedDict()
        self._nbytes = 0

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
        tables = [*known.found, *([known.result.rows] if known.result else [])]
        failures = len(known.lost) + len(known.result.failures if known.result else ())
        nbytes = _SCAN_BYTES + sum(rows.nbytes for rows in tables) + _FAILURE_BYTES * failures
        if nbytes > _BYTES // 2:
            return
        self._scans[scan_id] = (known, nbytes)
        self._nbytes += nbytes
        while self._nbytes > _BYTES:
            self.drop(next(iter(self._scans)))

    def take_all(self) -> list[Remembered]:
        """Let go of all of them."""
        scans, self._scans, self._nbytes = self._scans, OrderedDict(), 0
        return [known for known, _ in scans.values()]

    def drop(self, scan_id: str) -> None:
        """Let go of a scan."""
        _, nbytes = self._scans.pop(scan_id, (None, 0))
        self._nbytes -= nbytes
