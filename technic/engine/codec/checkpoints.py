"""Checkpoints <-> bytes."""

from __future__ import annotations

from typing import Any

from technic.engine.codec.failures import plain_failure, rich_failure
from technic.engine.codec.packing import pack, unpack
from technic.engine.codec.rows import decode_rows, encode_rows
from technic.scanner.checkpoint import Checkpoint

VERSION = 1


def encode_checkpoint(checkpoint: Checkpoint) -> bytes:
    """A checkpoint as bytes."""
    rows = None if checkpoint.rows is None else list(encode_rows(checkpoint.rows))
    failures = [plain_failure(failure) for failure in checkpoint.failures]
    return pack([list(checkpoint.rated), dict(checkpoint.rejected), failures, rows], VERSION)


def decode_checkpoint(entry: bytes) -> Checkpoint:
    """A checkpoint from bytes.

    Raises:
        RecordDamaged: They are damaged, or of another version.
    """
    return unpack("checkpoint", entry, VERSION, _rebuild)


def _rebuild(value: list[Any]) -> Checkpoint:
    rated, rejected, failures, rows = value
    return Checkpoint(
        rated=tuple(rated),
        rows=None if rows is None else decode_rows(rows),
        rejected={str(reason): int(count) for reason, count in rejected.items()},
        failures=tuple(rich_failure(failure) for failure in failures),
    )
