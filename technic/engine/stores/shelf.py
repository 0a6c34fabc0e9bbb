"""Ended scans in memory: bounded by age, count and bytes, the oldest go first."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from technic.config.settings import StoreSettings
from technic.engine.codec.packing import to_json
from technic.engine.codec.requests import encode_request
from technic.engine.stores.ended import EndedScan, ended_scan, failed_symbols
from technic.engine.stores.entries import Entry
from technic.engine.stores.history import HistoryEntry, HistoryQuery


class Shelf:
    """Holds ended scans in the order in which they ended, whatever the clock said then.

    Args:
        settings: How long, how many, how much.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self.nbytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """Newest end first."""
        newest_first = list(self._entries.values())[::-1]
        return iter(sorted(newest_first, key=lambda entry: entry.ended_at, reverse=True))

    def get(self, scan_id: str) -> Entry | None:
        """A scan that is held."""
        return self._entries.get(scan_id)

    def put(self, entry: Entry) -> list[Entry]:
        """Hold a scan; those that had to go for it. The newest stays, however large."""
        scan_id = entry.snapshot.scan_id
        self._entries[scan_id] = entry
        self._sizes[scan_id] = entry.nbytes
        self.nbytes += self._sizes[scan_id]
        gone = []
        while len(self) > 1 and (
            len(self) > self._settings.max_scans or self.nbytes > self._settings.max_bytes
        ):
            gone.append(self._take_oldest())
        return gone

    def take(self, scan_id: str) -> Entry | None:
        """Let go of a scan."""
        entry = self._entries.pop(scan_id, None)
        self.nbytes -= self._sizes.pop(scan_id, 0)
        return entry

    def expire(self, now: datetime) -> list[Entry]:
        """Let go of what is too old; what went. The clock may have gone back: all are looked at."""
        oldest = now - timedelta(days=self._settings.retention_days)
        gone = [entry for entry in self._entries.values() if entry.ended_at < oldest]
        for entry in gone:
            self.take(entry.snapshot.scan_id)
        return gone

    def _take_oldest(self) -> Entry:
        scan_id, entry = self._entries.popitem(last=False)
        self.nbytes -= self._sizes.pop(scan_id)
        return entry


def meant(query: HistoryQuery, entry: Entry) -> bool:
    """Whether a query is for this scan."""
    snapshot = entry.snapshot
    return (
        (not query.statuses or snapshot.status in query.statuses)
        and (query.tag is None or query.tag in snapshot.tags)
        and (query.scan_id is None or snapshot.scan_id.startswith(query.scan_id))
        and (query.preset is None or query.preset == entry.request.preset)
        and (query.since is None or entry.ended_at >= query.since)
        and (query.until is None or entry.ended_at < query.until)
        and (query.text is None or needle(query.text) in encode_request(entry.request).lower())
    )


def needle(text: str) -> str:
    """A text as the JSON of a request would have it, in small letters: a database finds it the same way."""
    return to_json(text)[1:-1].lower()


def history_entry(entry: Entry) -> HistoryEntry:
    """A scan as the history shows it."""
    return HistoryEntry(entry.snapshot, entry.request.as_json(), entry.rows)


def ended_scans(entries: Iterable[Entry]) -> list[EndedScan]:
    """What the figures need of these scans."""
    return [
        ended_scan(entry.snapshot, entry.failures, entry.request.preset, entry.metrics) for entry in entries
    ]


def failed_among(entries: Iterable[Entry]) -> list[tuple[str, str, int]]:
    """Symbol, code, and in how many of these scans it failed so."""
    counts: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        counts.update((symbol, code) for symbol, code, _ in failed_symbols(entry.failures))
    return [(symbol, code, scans) for (symbol, code), scans in counts.items()]
