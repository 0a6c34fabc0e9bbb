"""Snapshots <-> bytes.

Field names are left out; their order is the version. So an entry stays below 1 KB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from technic.engine.codec.failures import plain_failure, rich_failure
from technic.engine.codec.packing import pack, unpack
from technic.engine.scan.events import Snapshot, StageView, Status

VERSION = 1
_TIMES = ("created_at", "started_at", "completed_at")
_FIELDS = tuple(Snapshot.__slots__)
_all_of = attrgetter(*_FIELDS)


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """A snapshot as bytes."""
    values = list(_all_of(snapshot))
    for place, plain in _PLAIN.items():
        if values[place] is not None:
            values[place] = plain(values[place])
    return pack(values, VERSION)


def decode_snapshot(entry: bytes) -> Snapshot:
    """A snapshot from bytes.

    Raises:
        RecordDamaged: They are damaged, or of another version.
    """
    return unpack("snapshot", entry, VERSION, _rebuild)


def _rebuild(values: list[Any]) -> Snapshot:
    return Snapshot(**{name: _rich(name, value) for name, value in zip(_FIELDS, values, strict=True)})


def _plain_stages(stages: Iterable[StageView]) -> list[list[Any]]:
    return [[s.name, s.weight, s.current, s.total, s.status, s.seconds] for s in stages]


_PLAIN: dict[int, Callable[[Any], Any]] = {
    _FIELDS.index("status"): str,
    _FIELDS.index("stages"): _plain_stages,
    _FIELDS.index("error"): plain_failure,
    **{_FIELDS.index(name): datetime.timestamp for name in _TIMES},
}
"""By its place: what becomes of a field that msgpack cannot hold as it is."""


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
