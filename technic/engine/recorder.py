"""The listener that keeps the read model: what the bus tells of progress, the store remembers.

Changes of state do not come through here: their actor commits them before it announces them.
"""

from __future__ import annotations

from technic.engine.scan.events import MatchesFound, ProgressAdvanced, ScanEvent
from technic.engine.stores.base import ScanStore


class Recorder:
    """Writes progress and matches to a store without waiting.

    Args:
        store: Where to.
    """

    def __init__(self, store: ScanStore) -> None:
        self._store = store

    def __call__(self, event: ScanEvent) -> None:
        """Take one event in; called by the bus."""
        if isinstance(event, ProgressAdvanced):
            self._store.note(event.snapshot)
        elif isinstance(event, MatchesFound):
            self._store.found(event.scan_id, event.rows)
