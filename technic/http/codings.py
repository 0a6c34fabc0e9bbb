"""How values look on a stream: JSON text, or the same in msgpack.

Msgpack is made from the JSON, so that both say the same whatever a value holds. Fields can be put in front of
an object that is encoded already: what many readers get is made once, and each adds what is its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgpack
import orjson
from aiohttp import WSMsgType

from technic.http.encoding import json_bytes

MSGPACK_PROTOCOL = "technic.v1.msgpack"
"""The WebSocket subprotocol under which frames are binary."""

_FIXMAP, _FIXMAP_MOST, _MAP16, _MAP32 = 0x80, 15, 0xDE, 0xDF
_MAP16_MOST = 0xFFFF


class UnreadableError(ValueError):
    """A message that is not in the coding."""


@dataclass(frozen=True, slots=True)
class Coding:
    """One way to write values down.

    Attributes:
        name: Under which forms are kept.
        kind: The WebSocket frames that carry it.
        encode: A value as bytes; never fails.
        decode: A value from bytes. Raises UnreadableError.
        front: An encoded object with these fields before its own.
    """

    name: str
    kind: WSMsgType
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]
    front: Callable[[Mapping[str, Any], bytes], bytes]


def _json_value(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnreadableError from error


def _json_front(fields: Mapping[str, Any], body: bytes) -> bytes:
    return b"%b,%b" % (json_bytes(fields)[:-1], body[1:])


def _packed(value: Any) -> bytes:
    return bytes(msgpack.packb(orjson.loads(json_bytes(value))))


def _unpacked(packed: bytes) -> Any:
    try:
        return msgpack.unpackb(packed)
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise UnreadableError from error


def _packed_front(fields: Mapping[str, Any], body: bytes) -> bytes:
    count, start = _map_head(body)
    head, whole = _packed(fields), count + len(fields)
    own = head[_map_head(head)[1] :]
    if whole <= _FIXMAP_MOST:
        return bytes([_FIXMAP | whole]) + own + body[start:]
    if whole <= _MAP16_MOST:
        return bytes([_MAP16]) + whole.to_bytes(2, "big") + own + body[start:]
    return bytes([_MAP32]) + whole.to_bytes(4, "big") + own + body[start:]


def _map_head(packed: bytes) -> tuple[int, int]:
    """How many fields a packed object has, and where the first begins."""
    if packed[0] == _MAP32:
        return int.from_bytes(packed[1:5], "big"), 5
    if packed[0] == _MAP16:
        return int.from_bytes(packed[1:3], "big"), 3
    return packed[0] & _FIXMAP_MOST, 1


JSON = Coding("json", WSMsgType.TEXT, json_bytes, _json_value, _json_front)
MSGPACK = Coding("msgpack", WSMsgType.BINARY, _packed, _unpacked, _packed_front)
