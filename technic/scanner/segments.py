"""One file of the panel: the good bars of a group of symbols, immutable, named by its content, memory-mapped.

    prefix    magic, format version, header length, file length, digest of the header
    header    msgpack: which symbols were asked for, which have bars, what was wrong with the rest
    days      int32, rows x columns: days since 1970-01-01
    values    float64, 5 x rows x columns: open, high, low, close, volume

Each column ends with its symbol's last bar: the newest stands in the last row whatever day it was, so the
last n bars of every symbol are one slice. Rows before a symbol's first bar are NO_DAY and 0. Arrays start
at multiples of 64 bytes; everything is little-endian.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import secrets
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

import msgpack
import numpy as np
import numpy.typing as npt

from technic.errors import CacheError, Failure, Unusable
from technic.scanner.bars import GoodBars
from technic.scanner.units import Floats, SegmentRef

SUFFIX = ".segment"
DAMAGED_SUFFIX = ".damaged"
TEMPORARY_SUFFIX = ".tmp"

NO_DAY = np.iinfo(np.int32).min
"""In `Segment.days`: the symbol has no bar in this row."""

_MAGIC = b"TECHNICP"
_FORMAT = 1
_DIGEST_BYTES = 16
_PREFIX = struct.Struct(f"<8sIIQ{_DIGEST_BYTES}s")
_ALIGNMENT = 64


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
class Segment:
    """An open segment; its arrays are read-only maps of the file, good as long as they are referred to.

    Attributes:
        header: What it says of itself.
        counts: int64, n: how many bars each column has.
        days: int32, rows x n.
        values: float64, 5 x rows x n.
    """

    header: SegmentHeader
    counts: npt.NDArray[np.int64]
    days: npt.NDArray[np.int32]
    values: Floats


def write_segment(
    folder: Path, asked: Sequence[str], bars: Sequence[GoodBars], failures: Sequence[Failure]
) -> SegmentRef:
    """Write the bars of a group into a folder that exists; the same bars make the same file.

    The file appears whole or not at all. It is not forced to the disk: what a power failure damages is
    noticed when it is opened, and fetched again.

    Raises:
        Unusable: The folder cannot be written to.
    """
    header = SegmentHeader(
        asked=tuple(asked),
        symbols=tuple(each.symbol for each in bars),
        counts=tuple(len(each.days) for each in bars),
        settled=not any(failure.recoverable for failure in failures),
        warnings={each.symbol: each.warnings for each in bars if each.warnings},
        failures=tuple(failures),
    )
    content = _content(header, *_columns(bars, header.rows))
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for piece in content:
        digest.update(piece)
    path = folder / f"{digest.hexdigest()}{SUFFIX}"
    _put(path, content)
    return SegmentRef(str(path), digest.hexdigest(), header.symbols)


def read_header(path: Path) -> SegmentHeader:
    """What a segment says of itself, checked as `open_segment` does.

    Raises:
        CacheError: The file is damaged, and has been set aside.
    """
    try:
        with path.open("rb") as file:
            return _header_of(file)[0]
    except _Damage as damage:
        raise _set_aside(path, str(damage), ()) from None
    except OSError as error:
        raise CacheError(f"{path} cannot be read: {error.strerror}") from None


def open_segment(ref: SegmentRef) -> Segment:
    """Map a segment into memory, read-only; checks its size, magic and header.

    Raises:
        CacheError: The file is gone or damaged; a damaged one has been set aside as `*.damaged`.
    """
    path = Path(ref.path)
    try:
        with path.open("rb") as file:
            header, header_bytes = _header_of(file, expected=ref.symbols)
            return _mapped(header, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), header_bytes)
    except _Damage as damage:
        raise _set_aside(path, str(damage), ref.symbols) from None
    except OSError as error:
        detail = f"{path} cannot be read: {error.strerror}"
        raise CacheError(detail, affected_symbols=ref.symbols) from None


class _Damage(Exception):
    """A file is not what was once written."""


def _columns(bars: Sequence[GoodBars], rows: int) -> tuple[npt.NDArray[np.int32], Floats]:
    """Days and values side by side, each column ending in the last row."""
    days = np.full((len(bars), rows), NO_DAY, dtype="<i4")
    values = np.zeros((5, len(bars), rows), dtype="<f8")
    for column, each in enumerate(bars):
        days[column, rows - len(each.days) :] = each.days
        values[:, column, rows - len(each.days) :] = each.values
    return np.ascontiguousarray(days.T), np.ascontiguousarray(values.transpose(0, 2, 1))


def _content(header: SegmentHeader, days: npt.NDArray[np.int32], values: Floats) -> list[bytes]:
    """The file, piece by piece."""
    packed: bytes = msgpack.packb(asdict(header))
    start, values_at, size = _places(len(packed), days.shape)
    digest = blake2b(packed, digest_size=_DIGEST_BYTES).digest()
    prefix = _PREFIX.pack(_MAGIC, _FORMAT, len(packed), size, digest)
    head = (prefix + packed).ljust(start, b"\0")
    gap = bytes(values_at - start - days.nbytes)
    return [head, days.tobytes(), gap, values.tobytes()]


def _places(header_bytes: int, shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Where the days start, where the values start, and where the file ends."""
    cells = shape[0] * shape[1]
    start = _aligned(_PREFIX.size + header_bytes)
    values_at = start + _aligned(4 * cells)
    return start, values_at, values_at + 5 * 8 * cells


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGNMENT) * _ALIGNMENT


def _put(path: Path, content: Sequence[bytes]) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f"{path.stem}-{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
    try:
        with temporary.open("xb") as file:
            file.writelines(content)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise Unusable(
            f"bars cannot be written to {path.parent}: {error.strerror}",
            suggestion="Make room there or make it writable, or choose another data_dir.",
        ) from None


def _header_of(file: BinaryIO, expected: tuple[str, ...] | None = None) -> tuple[SegmentHeader, int]:
    """The header of an open file, and its length."""
    prefix = file.read(_PREFIX.size)
    if len(prefix) < _PREFIX.size:
        raise _Damage("it is cut short")
    magic, version, length, size, digest = _PREFIX.unpack(prefix)
    if magic != _MAGIC or version != _FORMAT:
        raise _Damage("it does not begin as a segment of this version does")
    if size != os.fstat(file.fileno()).st_size:
        raise _Damage("it does not have its size")
    packed = file.read(min(length, size))
    if blake2b(packed, digest_size=_DIGEST_BYTES).digest() != digest:
        raise _Damage("its header is not what was written")
    header = _unpacked(packed)
    if _places(length, (header.rows, len(header.symbols)))[2] != size:
        raise _Damage("its header does not fit its size")
    if expected not in {None, header.symbols}:
        raise _Damage("it holds other symbols than its reference says")
    return header, length


def _unpacked(packed: bytes) -> SegmentHeader:
    """The header from its bytes, whose digest was right."""
    fields = msgpack.unpackb(packed, use_list=False)
    fields["failures"] = tuple(Failure(**failure) for failure in fields["failures"])
    return SegmentHeader(**fields)


def _mapped(header: SegmentHeader, content: mmap.mmap, header_bytes: int) -> Segment:
    """The arrays over a mapped file."""
    rows, columns = header.rows, len(header.symbols)
    start, values_at, _ = _places(header_bytes, (rows, columns))
    return Segment(
        header=header,
        counts=np.array(header.counts, dtype=np.int64),
        days=np.ndarray((rows, columns), dtype="<i4", buffer=content, offset=start),
        values=np.ndarray((5, rows, columns), dtype="<f8", buffer=content, offset=values_at),
    )


def _set_aside(path: Path, why: str, symbols: tuple[str, ...]) -> CacheError:
    """Rename a damaged file, so that nobody opens it again; and the error that tells of it."""
    with contextlib.suppress(OSError):
        path.replace(path.with_name(path.name + DAMAGED_SUFFIX))
    return CacheError(f"{path} is damaged: {why}", affected_symbols=symbols)
