"""Snapshots <-> bytes: msgpack behind a version byte, as a store keeps them.

Field names are left out; their order is the version. So an entry stays below 1 KB and an unknown version
is refused by name instead of being misread.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import msgpack

from technic.engine.scan.events import Snapshot, StageView, Status
from technic.errors import CacheError, Failure

VERSION = 1
_TIMES = ("created_at", "started_at", "completed_at")
_FIELDS = tuple(Snapshot.__slots__)


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """A snapshot as bytes."""
    values = [_plain(name, getattr(snapshot, name)) for name in _FIELDS]
    packed: bytes = msgpack.packb(values, use_bin_type=True)
    return bytes([VERSION]) + packed


def decode_snapshot(entry: bytes) -> Snapshot:
    """A snapshot from bytes.

    Raises:
        CacheError: They are damaged, or of another version.
    """
    if not entry or entry[0] != VERSION:
        raise CacheError(
            f"a stored snapshot has version {entry[:1].hex() or 'none'}, this program reads {VERSION:02x}"
        )
    try:
        values = msgpack.unpackb(entry[1:], raw=False, strict_map_key=True)
        fields = {name: _rich(name, value) for name, value in zip(_FIELDS, values, strict=True)}
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise CacheError(f"a stored snapshot cannot be read: {error}") from error
    return Snapshot(**fields)


def _plain(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "stages":
        return [[s.name, s.weight, s.current, s.total, s.status, s.seconds] for s in value]
    if name in _TIMES:
        return value.timestamp()
    if name == "error":
        return asdict(value)
    return str(value) if name == "status" else value


def _rich(name: str, value: Any) -> Any:
    if name == "status":
        return Status(value)
    if value is None:
        return None
    if name == "stages":
        return tuple(StageView(*stage) for stage in value)
    if name in _TIMES:
        return datetime.fromtimestamp(value, UTC)
    if name == "error":
        return Failure(**{**value, "affected_symbols": tuple(value["affected_symbols"])})
    return tuple(value) if name == "tags" else value
