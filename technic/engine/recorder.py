"""The one writer of the read model: all that a store knows of a scan went through here.

A change of state is written before it is announced: its actor waits for `create` and `commit`. Progress,
matches and failures come over the bus, and nobody waits for them.
"""

from __future__ import annotations

from technic.engine.scan.events import Fact, MatchesFound, ProgressAdvanced, Snapshot, SymbolsFailed
from technic.engine.stores.base import ScanStore
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult


class Recorder:
    """Writes what happens to a store.

    Args:
        store: Where to.
    """

    def __init__(self, store: ScanStore) -> None:
        self._store = store

    async def create(self, request: ScanRequest, snapshot: Snapshot) -> None:
        """A scan exists; kept when this returns."""
        await self._store.create(request, snapshot)

    async def commit(self, snapshot: Snapshot, result: ScanResult | None) -> None:
        """A scan's state has changed; kept when this returns."""
        await self._store.commit(snapshot, result)

    def __call__(self, event: Fact) -> None:
        """Take one event in; called by the bus."""
        match event:
            case ProgressAdvanced():
                self._store.note(event.snapshot)
            case MatchesFound():
                self._store.found(event.scan_id, event.rows)
            case SymbolsFailed():
                self._store.lost(event.scan_id, event.failures)
