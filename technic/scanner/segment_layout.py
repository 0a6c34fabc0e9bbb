"""How a segment lies in its bytes: the good bars of a group of symbols, column by column.

    prefix    magic, format version, header length, file length, digest of the header, checksum of the rest
    header    msgpack: which symbols were asked for, which have bars, what was wrong with the rest
    days      int32, rows x columns: days since 1970-01-01
    values    float64, 5 x rows x columns: open, high, low, close, volume

Each column ends with its symbol's last bar: the newest stands in the last row whatever day it was, so the
last n bars of every symbol are one slice. Rows before a symbol's first bar are NO_DAY and 0. Arrays start
at multiples of 64 bytes; everything is little-endian.

The checksum is a CRC-32: it is to find what a disk or a power failure did, at a fifth of a digest's cost.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from mmap import mmap
from typing import BinaryIO
from zlib import crc32

import msgpack
import numpy as np
import numpy.typing as npt

from technic.errors import Failure
from technic.scanner.bars import GoodBars
from technic.scanner.units import Floats

NO_DAY = np.iinfo(np.int32).min
"""In `Segment.days`: the symbol has no bar in this row."""

_MAGIC = b"TECHNICP"
_FORMAT = 2
_DIGEST_BYTES = 16
_PREFIX = struct.Struct(f"<8sIIQ{_DIGEST_BYTES}sI")
_ALIGNMENT = 64
_CHUNK_BYTES = 2**18  # stays in the processor's cache

Days = npt.NDArray[np.int32]


class Damage(Exception):
    """A file is not what was once written."""


@dataclass(frozen=True, slots=True)
class SegmentHeader:
    """What a segment says of itself.

    Attributes:
        asked: The symbols of its group, in the universe's order.
        symbols: Those with bars: its columns, in order.
        counts: How many bars each column has.
        settled: Whether its failures would come again; if not, the group is fetched anew after a restart.
        warnings: What was dropped or mended in the bars of a symbol.
        failures: One for each symbol of `asked` that is not in `symbols`.
    """

    asked: tuple[str, ...]
    symbols: tuple[str, ...]
    counts: tuple[int, ...]
    settled: bool
    warnings: Mapping[str, tuple[str, ...]]
    failures: tuple[Failure, ...]

    @property
    def rows(self) -> int:
        """How long the longest column is."""
        return max(self.counts, default=0)


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a segment, checked.

    Attributes:
        header: What it says of itself.
        length: Bytes up to the end of the header.
        size: Bytes of the whole.
        checksum: Of all that follows the header.
    """

    header: SegmentHeader
    length: int
    size: int
    checksum: int


def content_of(header: SegmentHeader, bars: Sequence[GoodBars]) -> list[bytes]:
    """A segment's bytes, piece by piece; the bars are those of the header's columns, in order."""
    packed: bytes = msgpack.packb(asdict(header))
    days, values = _columns(bars, header.rows)
    length = _PREFIX.size + len(packed)
    start, values_at, size = _places(length, days.shape)
    gap = bytes(values_at - start - days.nbytes)
    rest = [bytes(start - length), days.tobytes(), gap, values.tobytes()]
    checksum = 0
    for piece in rest:
        checksum = crc32(piece, checksum)
    digest = blake2b(packed, digest_size=_DIGEST_BYTES).digest()
    return [_PREFIX.pack(_MAGIC, _FORMAT, len(packed), size, digest, checksum) + packed, *rest]


def read_head(file: BinaryIO) -> Head:
    """Read the beginning of an open file, and leave it there where the header ends.

    Raises:
        Damage: It is not that of a segment of this format, or does not fit the file's size.
    """
    prefix = file.read(_PREFIX.size)
    if len(prefix) < _PREFIX.size:
        raise Damage("it is cut short")
    magic, version, packed_bytes, size, digest, checksum = _PREFIX.unpack(prefix)
    if magic != _MAGIC or version != _FORMAT:
        raise Damage("it does not begin as a segment of this version does")
    if size != os.fstat(file.fileno()).st_size:
        raise Damage("it does not have its size")
    packed = file.read(min(packed_bytes, size))
    if blake2b(packed, digest_size=_DIGEST_BYTES).digest() != digest:
        raise Damage("its header is not what was written")
    head = Head(_unpacked(packed), _PREFIX.size + len(packed), size, checksum)
    if _places(head.length, (head.header.rows, len(head.header.symbols)))[2] != size:
        raise Damage("its header does not fit its size")
    return head


def check_rest(file: BinaryIO, head: Head) -> None:
    """Read on from the end of the header to the end of the file, in little memory, and compare.

    Raises:
        Damage: It is not what was written.
    """
    checksum, left = 0, head.size - head.length
    chunk = memoryview(bytearray(_CHUNK_BYTES))
    while left > 0:
        count = file.readinto(chunk[: min(left, _CHUNK_BYTES)])  # type: ignore[attr-defined] # an opened file's
        if not count:
            raise Damage("it is cut short")
        checksum = crc32(chunk[:count], checksum)
        left -= count
    if checksum != head.checksum:
        raise Damage("its bars are not what was written")


def arrays_of(head: Head, content: bytes | mmap) -> tuple[Days, Floats]:
    """Days, rows x n, and values, 5 x rows x n: views of the whole file's bytes, read-only."""
    rows, columns = head.header.rows, len(head.header.symbols)
    start, values_at, _ = _places(head.length, (rows, columns))
    days: Days = np.ndarray((rows, columns), dtype="<i4", buffer=content, offset=start)
    values: Floats = np.ndarray((5, rows, columns), dtype="<f8", buffer=content, offset=values_at)
    return days, values


def _columns(bars: Sequence[GoodBars], rows: int) -> tuple[Days, Floats]:
    """Days and values side by side, each column ending in the last row."""
    days = np.full((len(bars), rows), NO_DAY, dtype="<i4")
    values = np.zeros((5, len(bars), rows), dtype="<f8")
    for column, each in enumerate(bars):
        days[column, rows - len(each.days) :] = each.days
        values[:, column, rows - len(each.days) :] = each.values
    return np.ascontiguousarray(days.T), np.ascontiguousarray(values.transpose(0, 2, 1))


def _places(length: int, shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Where the days start, where the values start, and where the file ends."""
    cells = shape[0] * shape[1]
    start = _aligned(length)
    values_at = start + _aligned(4 * cells)
    return start, values_at, values_at + 5 * 8 * cells


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGNMENT) * _ALIGNMENT


def _unpacked(packed: bytes) -> SegmentHeader:
    """The header from its bytes, whose digest was right."""
    fields = msgpack.unpackb(packed, use_list=False)
    fields["failures"] = tuple(Failure(**failure) for failure in fields["failures"])
    return SegmentHeader(**fields)
