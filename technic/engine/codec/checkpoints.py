"""Checkpoints <-> bytes: an entry, and the pieces of its rows, which it names by their digests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from technic.engine.codec.failures import plain_failure, rich_failure
from technic.engine.codec.packing import pack, unpack
from technic.engine.codec.rows import Piece, decode_rows, encode_rows
from technic.scanner.checkpoint import Checkpoint

VERSION = 2
_WITH_ITS_ROWS = 1  # the version before, in which the pieces stood themselves


def encode_checkpoint(checkpoint: Checkpoint) -> tuple[bytes, tuple[Piece, ...]]:
    """A checkpoint as its entry, and the pieces of its rows, which other scans may have too."""
    pieces = () if checkpoint.rows is None else tuple(encode_rows(checkpoint.rows))
    rows = None if checkpoint.rows is None else [piece.digest for piece in pieces]
    failures = [plain_failure(failure) for failure in checkpoint.failures]
    return pack([list(checkpoint.rated), dict(checkpoint.rejected), failures, rows], VERSION), pieces


def decode_checkpoint(entry: bytes, piece_of: Callable[[bytes], bytes | None]) -> Checkpoint:
    """A checkpoint from its entry.

    Args:
        entry: Its bytes.
        piece_of: Finds the content of a piece by its digest; None where it is lost.

    Raises:
        RecordDamaged: They are damaged, of another version, or a piece is lost.
    """
    if entry and entry[0] == _WITH_ITS_ROWS:
        return unpack("checkpoint", entry, _WITH_ITS_ROWS, lambda value: _rebuild(value, lambda piece: piece))
    return unpack("checkpoint", entry, VERSION, lambda value: _rebuild(value, piece_of))


def _rebuild(value: list[Any], piece_of: Callable[[bytes], bytes | None]) -> Checkpoint:
    rated, rejected, failures, rows = value
    return Checkpoint(
        rated=tuple(rated),
        rows=None if rows is None else decode_rows(map(piece_of, rows)),
        rejected={str(reason): int(count) for reason, count in rejected.items()},
        failures=tuple(rich_failure(failure) for failure in failures),
    )
