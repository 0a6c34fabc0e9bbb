"""The bars of many symbols side by side: segments opened once a process, columns aligned for a rating."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from technic.errors import UnknownSymbol
from technic.scanner.aligned import AlignedBars, Counts
from technic.scanner.segments import Segment, open_segment, read_segment, stamp_of
from technic.scanner.units import Floats, SegmentRef

_EPOCH = date(1970, 1, 1).toordinal()


class OpenSegments:
    """Segments that this process has mapped; of more than `most` the least recently used go. Thread-safe.

    Args:
        most: How many stay open, each with a file descriptor of its own: those of 32,768 symbols.
    """

    def __init__(self, most: int = 512) -> None:
        self._most = most
        self._open: OrderedDict[SegmentRef, Segment] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def get(self, ref: SegmentRef) -> Segment:
        """A segment, opened and checked if it is not, or if its file has changed since.

        Whoever uses its arrays later relies on the file's staying as it is meanwhile.

        Raises:
            CacheError: It is damaged or gone.
        """
        with self._lock:
            known = self._open.get(ref)
            if known is not None and known.stamp == stamp_of(ref):
                self._open.move_to_end(ref)
                return known
            self._open.pop(ref, None)
        segment = open_segment(ref)
        with self._lock:
            self._open[ref] = segment
            while len(self._open) > self._most:
                self._open.popitem(last=False)
        return segment


_open_segments = OpenSegments()


def opened(ref: SegmentRef) -> Segment:
    """A segment, mapped once a process: for workers, and for `run_scan`, which has none.

    Its file is looked at before each use. What remains: a file that somebody cuts short while a unit reads
    its map, within milliseconds, ends the process (SIGBUS). A worker is replaced then, and the unit tried
    again; a program that calls `run_scan` dies. So a process that serves calls `read_bars` instead.

    Raises:
        CacheError: It is damaged or gone.
    """
    return _open_segments.get(ref)


def columns_of(segments: Sequence[Segment], first: int, stop: int) -> list[Segment]:
    """Of all columns of some segments those from `first` up to `stop`; no bars are touched."""
    found: list[Segment] = []
    at = 0
    for segment in segments:
        inside = slice(max(first - at, 0), max(stop - at, 0))
        found.append(
            replace(
                segment,
                counts=segment.counts[inside],
                days=segment.days[:, inside],
                values=segment.values[:, :, inside],
            )
        )
        at += len(segment.counts)
    return found


@dataclass(frozen=True, slots=True)
class Alignment:
    """Columns side by side.

    Attributes:
        bars: Those that have enough bars, in order; see `align` for how long they hold.
        counts: int64, a value for every column asked for: how many bars it has up to the day, in all.
    """

    bars: AlignedBars
    counts: Counts


def align(segments: Sequence[Segment], end: date | None, lookback: int, *, least: int = 1) -> Alignment:
    """All columns of some segments side by side, each up to its last bar on or before a day.

    The arrays are scratch memory of the calling thread: they hold until it calls this again.

    Args:
        segments: Whose columns, in order.
        end: Last day to look at; None for all there are.
        lookback: How many of each symbol's last bars to use; 0 for all.
        least: Columns with fewer bars than this, at least 1, are left out.
    """
    later = [_bars_after(segment, end) for segment in segments]
    counts = np.concatenate([np.empty(0, dtype=np.int64), *(segment.counts for segment in segments)])
    counts -= np.concatenate([np.empty(0, dtype=np.int64), *later])
    enough = counts >= least
    longest = int(counts.max(initial=0))
    rows = min(lookback, longest) if lookback else longest
    values = _scratch(rows, int(enough.sum()))
    last_days = np.zeros(values.shape[2], dtype=np.int64)
    seen = at = 0
    for segment, after in zip(segments, later, strict=True):
        chosen = enough[seen : seen + len(after)]
        columns = slice(at, at + int(chosen.sum()))
        _fill(values[:, :, columns], last_days[columns], segment, after, chosen)
        seen, at = seen + len(after), columns.stop
    opening, high, low, close, volume = values
    used = np.minimum(counts[enough], rows)
    return Alignment(AlignedBars(opening, high, low, close, volume, used, last_days), counts)


def read_bars(ref: SegmentRef, symbol: str, end: date | None, lookback: int) -> tuple[Counts, Floats]:
    """The bars of one symbol as copies: T days since 1970-01-01, and 5 x T open, high, low, close, volume.

    Reads and checks the whole file each time, about a millisecond: for a thread of the server, which must
    not touch a map of it.

    Args:
        ref: Where they lie.
        symbol: Whose; one of the segment's own.
        end: Last day to look at; None for all there are.
        lookback: How many of the last bars; 0 for all.

    Raises:
        UnknownSymbol: The segment has no such column.
        CacheError: The segment is damaged or gone.
    """
    if symbol not in ref.symbols:
        raise UnknownSymbol(f"no bars of {symbol!r} are stored here", affected_symbols=(symbol,))
    segment = read_segment(ref)
    column = ref.symbols.index(symbol)
    stop = segment.header.rows - int(_bars_after(segment, end)[column])
    first = segment.header.rows - int(segment.counts[column])
    start = max(first, stop - lookback) if lookback else first
    return segment.days[start:stop, column].astype(np.int64), segment.values[:, start:stop, column].copy()


def _bars_after(segment: Segment, end: date | None) -> Counts:
    """How many bars of each column lie after a day."""
    if end is None:
        return np.zeros(len(segment.counts), dtype=np.int64)
    after: Counts = np.count_nonzero(segment.days > end.toordinal() - _EPOCH, axis=0).astype(np.int64)
    return after


def _fill(
    into: Floats, last_days: Counts, segment: Segment, after: Counts, chosen: npt.NDArray[np.bool_]
) -> None:
    """Copy a segment's chosen columns: all that end in the same row at once, the few others one by one."""
    alone = chosen
    if len(after) and chosen.all():
        common = int(np.bincount(after).argmax())
        _copy(into, last_days, segment, slice(None), common)
        alone = after != common
    places = np.cumsum(chosen) - 1
    for column in np.flatnonzero(alone).tolist():
        place = slice(places[column], places[column] + 1)
        _copy(into[:, :, place], last_days[place], segment, slice(column, column + 1), int(after[column]))


def _copy(into: Floats, last_days: Counts, segment: Segment, columns: slice, after: int) -> None:
    """Copy the last rows of some columns, without the `after` newest; 0 where they do not reach."""
    stop = segment.header.rows - after
    kept = min(into.shape[1], stop)
    into[:, into.shape[1] - kept :] = segment.values[:, stop - kept : stop, columns]
    into[:, : into.shape[1] - kept] = 0.0
    if stop > 0:
        last_days[:] = segment.days[stop - 1, columns]


class _Scratch(threading.local):
    """Memory that a thread uses again and again: fresh pages cost more than the copying."""

    cells = np.empty(0)


_MOST_CELLS = 16 * 2**20
_scratch_of_thread = _Scratch()


def _scratch(rows: int, columns: int) -> Floats:
    """5 x rows x columns; not kept where it is larger than 128 MiB."""
    wanted = 5 * rows * columns
    cells = _scratch_of_thread.cells
    if len(cells) < wanted:
        cells = np.empty(wanted)
        if wanted <= _MOST_CELLS:
            _scratch_of_thread.cells = cells
    return cells[:wanted].reshape(5, rows, columns)
