"""Bytes around bytes, as a connection carries them: WebSocket frames, chunks, and lines of events."""

from __future__ import annotations

import struct

from aiohttp import WSMsgType

_LAST_FRAGMENT = 0x80
_SHORT_MOST, _LONG_MOST = 125, 0xFFFF
_LONG, _LONGEST = 126, 127


def frame(payload: bytes, kind: WSMsgType) -> bytes:
    """A whole message of a server in one frame, unmasked (RFC 6455, 5.2)."""
    first, length = _LAST_FRAGMENT | kind, len(payload)
    if length <= _SHORT_MOST:
        return bytes((first, length)) + payload
    if length <= _LONG_MOST:
        return struct.pack("!BBH", first, _LONG, length) + payload
    return struct.pack("!BBQ", first, _LONGEST, length) + payload


def close_frame(code: int, reason: bytes) -> bytes:
    """A close (RFC 6455, 5.5.1); with a reason of 123 bytes at most."""
    return frame(code.to_bytes(2, "big") + reason, WSMsgType.CLOSE)


def event(text: bytes, place: bytes) -> bytes:
    """An unnamed event of one line (WHATWG HTML, 9.2.6), with an id where there is a place."""
    return b"id: %b\ndata: %b\n\n" % (place, text) if place else b"data: %b\n\n" % text


def chunk(content: bytes) -> bytes:
    """A chunk of a body whose length nobody knows (RFC 9112, 7.1); it may not be empty."""
    return b"%x\r\n%b\r\n" % (len(content), content)


LAST_CHUNK = b"0\r\n\r\n"
"""The end of such a body."""
