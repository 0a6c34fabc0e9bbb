"""Which scans a reader of all scans wants: all but some, or none but some."""

from __future__ import annotations

from collections.abc import Collection, Iterable


class Selection:
    """A set of scans that may be everything.

    Args:
        scan_ids: The scans wanted; None for all, those to come too.
    """

    def __init__(self, scan_ids: Iterable[str] | None = None) -> None:
        self._all = scan_ids is None
        self._named = set(scan_ids or ())

    def wants(self, scan_id: str) -> bool:
        """Whether a scan belongs to it."""
        return (scan_id in self._named) is not self._all

    def add(self, scan_ids: Iterable[str], *, living: Collection[str]) -> None:
        """Want these too. `living` are the scans that go on: names of others are not kept any longer."""
        self._name(scan_ids, wanted=True, living=living)

    def remove(self, scan_ids: Iterable[str], *, living: Collection[str]) -> None:
        """Want these no more."""
        self._name(scan_ids, wanted=False, living=living)

    def everything(self) -> None:
        """Want all scans, those to come too."""
        self._all, self._named = True, set()

    def nothing(self) -> None:
        """Want no scan."""
        self._all, self._named = False, set()

    def _name(self, scan_ids: Iterable[str], *, wanted: bool, living: Collection[str]) -> None:
        kept = {scan_id for scan_id in self._named if scan_id in living}
        self._named = kept - set(scan_ids) if wanted is self._all else kept | set(scan_ids)
