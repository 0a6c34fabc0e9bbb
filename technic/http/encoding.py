"""JSON as this server writes it: compact, UTF-8, and never a NaN."""

from __future__ import annotations

from typing import Any

import orjson

JSON_TYPE = "application/json"
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY


def json_bytes(value: Any) -> bytes:
    """A value as JSON; NaN and infinity become null, what JSON does not know becomes its text.

    It must not fail: an error that cannot be told is told nobody.
    """
    return orjson.dumps(value, default=str, option=_OPTIONS)
