"""In what scans in memory and scans.db differ: what the disk is to get, cannot get, or is to forget."""

from __future__ import annotations

import structlog

from technic.engine.stores.changes import Draft
from technic.errors import told

_log = structlog.get_logger(__name__)
_NAMED = 50


class Arrears:
    """What a writer owes its database.

    Attributes:
        behind: Scans to be written as a whole once that works again, by id.
        doomed: Ids of scans that are forgotten, but may still be in the database; never more than it holds.
    """

    def __init__(self) -> None:
        self.behind: dict[str, Draft] = {}
        self.doomed: dict[str, None] = {}
        self._spoiled: dict[str, Draft] = {}

    def __bool__(self) -> bool:
        """Whether there is anything that can be made up for."""
        return bool(self.behind or self.doomed)

    def owe(self, draft: Draft) -> None:
        """All of a scan is to be written, unless it cannot be or was forgotten meanwhile."""
        scan_id = draft.entry.snapshot.scan_id
        if draft.spoiled is None and scan_id not in self.doomed:
            self.behind[scan_id] = draft

    def spoil(self, draft: Draft, error: BaseException) -> None:
        """Something in this scan cannot be written, whatever the database does: it is not tried again."""
        scan_id = draft.entry.snapshot.scan_id
        _log.error("a scan cannot be written", scan_id=scan_id, exc_info=error)
        draft.spoiled = f"This scan is kept in memory only, for it cannot be written: {told(error)}"
        if scan_id not in self.doomed:
            self._spoiled[scan_id] = draft

    def doom(self, scan_id: str) -> None:
        """Forget a scan, also in the database unless that surely never had it."""
        draft = self.behind.pop(scan_id, None) or self._spoiled.pop(scan_id, None)
        if draft is None or draft.stored:
            self.doomed[scan_id] = None

    def spare(self, draft: Draft) -> None:
        """A scan was not written; if it was forgotten meanwhile, there may be nothing to delete."""
        if not draft.stored:
            self.doomed.pop(draft.entry.snapshot.scan_id, None)

    def smallest_first(self) -> None:
        """Put what is behind in the order in which most of it gets to a disk that is nearly full."""
        self.behind = dict(sorted(self.behind.items(), key=lambda item: item[1].entry.nbytes))

    def tell_of_loss(self, trouble: str | None) -> None:
        """Name what is lost with this process, and what is there again though it was forgotten."""
        lost = [scan_id for scan_id, draft in self.behind.items() if not draft.stored]
        late = [scan_id for scan_id, draft in self.behind.items() if draft.stored]
        for event, scan_ids in (
            ("scans that were never written are lost", lost),
            ("what happened to scans last is lost, for it was not written", late),
            ("scans that were forgotten will be there again", [*self.doomed]),
        ):
            if scan_ids:
                _log.warning(event, count=len(scan_ids), scan_ids=scan_ids[:_NAMED], reason=trouble)

    def warning(self, scan_id: str, trouble: str | None) -> str | None:
        """Why a scan is not in the database."""
        if scan_id in self._spoiled:
            return self._spoiled[scan_id].spoiled
        if scan_id in self.behind and trouble is not None:
            return f"This scan is kept in memory only, for now: {trouble}"
        return None
