"""Values <-> bytes: msgpack behind a version byte, so that an unknown version is refused by name.

Texts come back as they were, with NUL and with surrogates that stand alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import msgpack

from technic.errors import CacheError, TechnicError, told

T = TypeVar("T")


class RecordDamaged(CacheError):
    """What was kept of one scan cannot be read; others are not concerned."""

    code = "record_damaged"
    message = "What was kept of this scan is damaged."
    suggestion = "Start the scan again; if other scans are damaged too, check the disk."
    recoverable = False


def pack(value: Any, version: int) -> bytes:
    """A value of lists, texts, bytes and numbers as bytes."""
    packed: bytes = msgpack.packb(value, use_bin_type=True, unicode_errors="surrogatepass")
    return bytes([version]) + packed


def unpack(what: str, entry: bytes, version: int, rebuild: Callable[[Any], T]) -> T:
    """A value from bytes.

    Args:
        what: What it is, for an error's sentence.
        entry: The bytes.
        version: The one version that `rebuild` understands.
        rebuild: Makes the thing of the value.

    Raises:
        RecordDamaged: They are damaged, or of another version.
    """
    if not isinstance(entry, bytes) or not entry or entry[0] != version:
        found = entry[:1].hex() if isinstance(entry, bytes) and entry else "none"
        raise RecordDamaged(f"a stored {what} has version {found}, this program reads {version:02x}")
    try:
        value = msgpack.unpackb(
            memoryview(entry)[1:], raw=False, strict_map_key=True, unicode_errors="surrogatepass"
        )
        return rebuild(value)
    except (ValueError, TypeError, LookupError, OverflowError, msgpack.UnpackException, OSError) as error:
        raise RecordDamaged(f"a stored {what} cannot be read: {told(error)}") from error


def to_json(value: Any) -> str:
    """JSON values as a text, whole numbers of any size and NaN too; what is none becomes its own text."""
    return json.dumps(value, default=_plain, separators=(",", ":"))


def from_json(what: str, text: str, rebuild: Callable[[Any], T]) -> T:
    """A thing from a JSON text.

    Raises:
        RecordDamaged: It is damaged, or nothing can be made of it any more.
    """
    try:
        return rebuild(json.loads(text))
    except (ValueError, TypeError, LookupError, TechnicError, RecursionError) as error:
        raise RecordDamaged(f"a stored {what} cannot be read: {told(error)}") from error


def _plain(value: Any) -> Any:
    """A number of numpy's as Python's own, anything else as a text."""
    item = getattr(value, "item", None)
    return item() if callable(item) and getattr(value, "ndim", None) == 0 else told(value)
