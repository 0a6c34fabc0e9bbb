"""Snapshots <-> bytes.

Field names are left out; their order is the version. So an entry stays below 1 KB.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from technic.engine.codec.failures import plain_failure, rich_failure
from technic.engine.codec.packing import pack, unpack
from technic.engine.scan.events import Snapshot, StageView, Status

VERSION = 1
_TIMES = ("created_at", "started_at", "completed_at")
_FIELDS = tuple(Snapshot.__slots__)


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """A snapshot as bytes."""
    return pack([_plain(name, getattr(snapshot, name)) for name in _FIELDS], VERSION)


def decode_snapshot(entry: bytes) -> Snapshot:
    """A snapshot from bytes.

    Raises:
        RecordDamaged: They are damaged, or of another version.
    """
    return unpack("snapshot", entry, VERSION, _rebuild)


def _rebuild(values: list[Any]) -> Snapshot:
    return Snapshot(**{name: _rich(name, value) for name, value in zip(_FIELDS, values, strict=True)})


def _plain(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "stages":
        return [[s.name, s.weight, s.current, s.total, s.status, s.seconds] for s in value]
    if name in _TIMES:
        return value.timestamp()
    if name == "error":
        return plain_failure(value)
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
        return rich_failure(value)
    return tuple(value) if name == "tags" else value
