"""Files of the panel: each the good bars of a group of symbols, immutable, named by its content.

What is read from one is checked to the last byte first. A worker maps the file (`open_segment`), since it
comes back to it with every scan. A process that must not die reads it (`read_segment`): to touch a map of
a file that was cut short ends a process by SIGBUS.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from technic.config.plain_files import open_plain
from technic.errors import CacheError, Failure, Unusable
from technic.scanner.bars import GoodBars
from technic.scanner.segment_layout import (
    Damage,
    Days,
    Head,
    SegmentHeader,
    arrays_of,
    check_rest,
    content_of,
    read_head,
)
from technic.scanner.units import Floats, SegmentRef

SUFFIX = ".segment"
DAMAGED_SUFFIX = ".damaged"
TEMPORARY_SUFFIX = ".tmp"

Stamp = tuple[int, int, int, int]
"""Which file it is, how long, and when it was last changed."""


class PanelUnwritable(Unusable):
    """Bars cannot be kept where the settings say."""

    message = "The data folder cannot be written."
    suggestion = "Make it writable or make room there, or choose another data_dir."


@dataclass(frozen=True, slots=True)
class Segment:
    """An open segment; its arrays are read-only and good as long as they are referred to.

    Attributes:
        header: What it says of itself.
        counts: int64, n: how many bars each column has.
        days: int32, rows x n.
        values: float64, 5 x rows x n.
        stamp: Of the file when it was opened.
    """

    header: SegmentHeader
    counts: npt.NDArray[np.int64]
    days: Days
    values: Floats
    stamp: Stamp


def write_segment(
    folder: Path, asked: Sequence[str], bars: Sequence[GoodBars], failures: Sequence[Failure]
) -> SegmentRef:
    """Write the bars of a group into a folder; the same bars make the same file.

    The file appears whole or not at all. It is not forced to the disk, which would cost more than fetching:
    after a power failure it may have its name and size but not its bytes. So every process checks the whole
    content when it first opens a file; what is damaged is set aside, and fetched again.

    A folder that is gone is made again, once: somebody may clear the data folder under a running server.

    Raises:
        PanelUnwritable: The folder cannot be made or written to.
    """
    header = SegmentHeader(
        asked=tuple(asked),
        symbols=tuple(each.symbol for each in bars),
        counts=tuple(len(each.days) for each in bars),
        settled=not any(failure.recoverable for failure in failures),
        warnings={each.symbol: each.warnings for each in bars if each.warnings},
        failures=tuple(failures),
    )
    content = content_of(header, bars)
    digest = blake2b(digest_size=16)
    for piece in content:
        digest.update(piece)
    path = folder / f"{digest.hexdigest()}{SUFFIX}"
    _put(path, content)
    return SegmentRef(str(path), digest.hexdigest(), header.symbols)


def read_header(path: Path) -> SegmentHeader:
    """What a segment says of itself; its bars are not looked at.

    Raises:
        CacheError: The file is damaged, and has been set aside.
    """
    with _opened(path, ()) as file:
        return read_head(file).header


def open_segment(ref: SegmentRef) -> Segment:
    """Check a segment's whole content, then map it into memory, read-only.

    Raises:
        CacheError: The file is gone or damaged; a damaged one has been set aside as `*.damaged`.
    """
    with _opened(Path(ref.path), ref.symbols) as file:
        stamp, head = _stamp(os.fstat(file.fileno())), _head(file, ref)
        check_rest(file, head)
        try:
            content = mmap.mmap(file.fileno(), head.size, access=mmap.ACCESS_READ)
        except ValueError as error:  # mmap's word for a file that has become shorter
            raise Damage("it is cut short") from error
        return _segment(head, content, stamp)


def read_segment(ref: SegmentRef) -> Segment:
    """Check a segment's whole content and read it into memory: a copy that nothing on disk can hurt.

    Raises:
        CacheError: As `open_segment`.
    """
    with _opened(Path(ref.path), ref.symbols) as file:
        stamp, head = _stamp(os.fstat(file.fileno())), _head(file, ref)
        file.seek(0)
        content = BytesIO(file.read(head.size))
        content.seek(head.length)
        check_rest(content, head)
        return _segment(head, content.getvalue(), stamp)


def stamp_of(ref: SegmentRef) -> Stamp | None:
    """The present stamp of a segment's file; None where it is gone."""
    try:
        return _stamp(os.stat(ref.path))  # noqa: PTH116 - before each use: pathlib's costs twice as much
    except OSError:
        return None


@contextmanager
def _opened(path: Path, symbols: tuple[str, ...]) -> Iterator[BinaryIO]:
    """An open segment; whatever is wrong with it becomes a CacheError."""
    try:
        with open_plain(path) as file:
            try:
                yield file
            except Damage as damage:
                _set_aside(path, file)
                raise CacheError(f"{path.name} is damaged: {damage}", affected_symbols=symbols) from None
    except OSError as error:
        detail = f"{path.name} cannot be read: {error.strerror}"
        raise CacheError(detail, affected_symbols=symbols) from None


def _head(file: BinaryIO, ref: SegmentRef) -> Head:
    """The head of the segment that a reference means."""
    head = read_head(file)
    if head.header.symbols != ref.symbols:
        raise Damage("it holds other symbols than its reference says")
    return head


def _segment(head: Head, content: bytes | mmap.mmap, stamp: Stamp) -> Segment:
    days, values = arrays_of(head, content)
    return Segment(head.header, np.array(head.header.counts, dtype=np.int64), days, values, stamp)


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _put(path: Path, content: Sequence[bytes]) -> None:
    """Write a file whole or not at all; where its folder is gone make that, once."""
    try:
        try:
            _write(path, content)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, content)
    except OSError as error:
        raise PanelUnwritable(f"bars cannot be kept in the data folder: {error.strerror}") from None


def _write(path: Path, content: Sequence[bytes]) -> None:
    temporary = path.with_name(f"{path.stem}-{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
    try:
        with temporary.open("xb") as file:
            file.writelines(content)
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _set_aside(path: Path, file: BinaryIO) -> None:
    """Rename a damaged file, so that nobody opens it again; not one that has taken its place by now."""
    with contextlib.suppress(OSError):
        if os.path.samestat(os.fstat(file.fileno()), path.stat()):
            path.replace(path.with_name(path.name + DAMAGED_SUFFIX))
