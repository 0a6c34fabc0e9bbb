"""JSON as this server writes it: compact, UTF-8, and never a NaN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from technic.errors import told

JSON_TYPE = "application/json"
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY


def json_bytes(value: Any) -> bytes:
    """A value as JSON; NaN and infinity become null, what JSON does not know becomes its text.

    It must not fail: an error that cannot be told is told nobody.
    """
    try:
        return orjson.dumps(value, default=str, option=_OPTIONS)
    except orjson.JSONEncodeError:
        return orjson.dumps(_tellable(value), option=_OPTIONS)


def _tellable(value: Any) -> Any:
    """The same with nothing in it that orjson refuses: half a surrogate pair, a huge number, a bad text."""
    if isinstance(value, Mapping):
        return {told(key): _tellable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_tellable(item) for item in value]
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) < 2**63:
        return value
    return told(value)
