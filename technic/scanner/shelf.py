"""The panel's folders on disk: which segments are there when a process starts, and which folders may go."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path

from technic.errors import CacheError
from technic.scanner.segment_layout import SegmentHeader
from technic.scanner.segments import SUFFIX, TEMPORARY_SUFFIX, PanelUnwritable, read_header
from technic.scanner.units import FetchResult, SegmentRef

VERSIONS_KEPT = 3
"""How many folders of a source are kept: the present one and the last before it."""

_ABANDONED_NANOSECONDS = 3600 * 10**9  # no segment takes an hour to write


def opened(folder: Path, groups: Sequence[tuple[str, ...]]) -> dict[int, FetchResult]:
    """Make one version's folder, and find which groups are in it already.

    A segment of other groups, or with failures that may not come again, is left alone and not counted.

    Raises:
        PanelUnwritable: The folder cannot be made or written to.
    """
    _make(folder)
    group_of = {symbols: group for group, symbols in enumerate(groups)}
    found: dict[int, FetchResult] = {}
    for path in _segments_by_age(folder):
        with contextlib.suppress(CacheError):  # it has been set aside; its group will be fetched again
            header = read_header(path)
            if header.settled and header.asked in group_of:
                found[group_of[header.asked]] = _result(path, header)
    return found


def remove_old(panel: Path, source: str, in_use: Collection[Path]) -> None:
    """Remove the folders of a source's old versions, but for the newest few and those in use."""
    ours = re.compile(rf"{re.escape(source)}-[0-9a-f]{{32}}")
    folders = [folder for folder in panel.iterdir() if ours.fullmatch(folder.name) and folder.is_dir()]
    folders.sort(key=_used_at, reverse=True)
    for folder in folders[VERSIONS_KEPT:]:
        if folder not in in_use:
            shutil.rmtree(folder, ignore_errors=True)


def _make(folder: Path) -> None:
    """Make a folder that can be written to, mark it as used now, and clear what a killed process left."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f"probe-{os.getpid()}{TEMPORARY_SUFFIX}"
        probe.touch()
        left_before = probe.stat().st_mtime_ns - _ABANDONED_NANOSECONDS
        probe.unlink(missing_ok=True)
        os.utime(folder)
    except OSError as error:
        raise PanelUnwritable(f"bars cannot be kept in {folder}: {error.strerror}") from None
    for path in folder.glob(f"*{TEMPORARY_SUFFIX}"):
        if _used_at(path) < left_before:
            with contextlib.suppress(OSError):
                path.unlink()


def _segments_by_age(folder: Path) -> list[Path]:
    """The segments of a folder, the oldest first, so that of two for one group the newer counts."""
    return sorted(folder.glob(f"*{SUFFIX}"), key=_used_at)


def _used_at(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime_ns
    return 0


def _result(path: Path, header: SegmentHeader) -> FetchResult:
    """What the unit that wrote a segment returned."""
    return FetchResult(SegmentRef(str(path), path.stem, header.symbols), header.failures)
