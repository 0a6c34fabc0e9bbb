"""Frames between the engine and its workers: a bounded length, then a pickle and its buffers.

    frame   size of the body (u64) | body
    body    number of parts (u32) | 4 bytes of padding | size of each part (u64) | parts
    parts   the pickle (protocol 5), then its out-of-band buffers; each begins at a multiple of 16 bytes

Arrays travel beside the pickle and come out as writable views of the received body, without a copy.
Both sides are our own processes, so a pickle is safe here. No I/O in this module: it is used on a
non-blocking socket by the engine and on a blocking one by a worker.
"""

from __future__ import annotations

import pickle
import struct
from typing import Any

FRAME_BYTES = 64 * 1024 * 1024
"""Largest body. The largest honest one is a block of 4096 symbols with its history: 10 MB."""

WINDOW_BYTES = 64 * 1024

_SIZE = struct.Struct("<Q")
_COUNT = struct.Struct("<I4x")
_ALIGNMENT = 16


class FrameError(Exception):
    """A message that cannot be put into a frame, or a frame that cannot be read."""


def encode(message: Any) -> bytes:
    """A message as one frame. Raises FrameError where it cannot be pickled or is too large."""
    buffers: list[pickle.PickleBuffer] = []
    try:
        head = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
        parts = [memoryview(head), *(buffer.raw() for buffer in buffers)]
    except Exception as error:  # a pickle runs foreign code, which may raise anything
        raise FrameError(f"it cannot be pickled: {_sentence(error)}") from error
    return _pack(parts)


def _pack(parts: list[memoryview]) -> bytes:
    table = _COUNT.pack(len(parts)) + b"".join(_SIZE.pack(part.nbytes) for part in parts)
    pieces: list[bytes | memoryview] = [table, bytes(-len(table) % _ALIGNMENT)]
    for part in parts:
        pieces += (part, bytes(-part.nbytes % _ALIGNMENT))
    size = sum(len(piece) for piece in pieces)
    if size > FRAME_BYTES:
        raise FrameError(f"it takes {size} bytes, and at most {FRAME_BYTES} may be sent")
    return b"".join((_SIZE.pack(size), *pieces))


def decode(body: bytearray) -> Any:
    """The message of a body. Raises FrameError where it cannot be read; the next frame still can."""
    try:
        head, *buffers = _parts(body)
        return pickle.loads(head, buffers=buffers)  # noqa: S301 - from our own process, see the module
    except Exception as error:  # a pickle runs foreign code, which may raise anything
        raise FrameError(f"it cannot be unpickled: {_sentence(error)}") from error


def _parts(body: bytearray) -> list[memoryview]:
    (count,) = _COUNT.unpack_from(body)
    sizes = struct.unpack_from(f"<{count}Q", body, _COUNT.size)
    view, parts, start = memoryview(body), [], _aligned(_COUNT.size + count * _SIZE.size)
    for size in sizes:
        parts.append(view[start : start + size])
        start = _aligned(start + size)
    return parts


def _aligned(offset: int) -> int:
    return offset + -offset % _ALIGNMENT


def _sentence(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


class Decoder:
    """Cuts a stream of bytes into the bodies of frames.

    The reader fills `room()` as far as it can and says with `advance` how far that was. A long body is
    received in place; what is short comes through a window, so that a small frame costs one read.
    """

    def __init__(self) -> None:
        self._window = bytearray(WINDOW_BYTES)
        self._unread = bytearray()
        self._body: bytearray | None = None
        self._filled = 0

    def room(self) -> memoryview:
        """Where the next bytes go; never empty. Valid until `advance`."""
        if self._body is not None:
            return memoryview(self._body)[self._filled :]
        return memoryview(self._window)

    def advance(self, count: int) -> list[bytearray]:
        """Take `count` new bytes; the bodies that they complete, in order. Raises FrameError."""
        if self._body is not None:
            self._filled += count
        else:
            self._unread += memoryview(self._window)[:count]
        bodies = []
        while (body := self._completed()) is not None:
            bodies.append(body)
        return bodies

    def _completed(self) -> bytearray | None:
        body = self._body or self._begun()
        if body is None or self._filled < len(body):
            return None
        self._body = None
        return body

    def _begun(self) -> bytearray | None:
        """Begin the next body with what has been read of it, once its size is known."""
        if len(self._unread) < _SIZE.size:
            return None
        (size,) = _SIZE.unpack_from(self._unread)
        if not _COUNT.size <= size <= FRAME_BYTES:
            raise FrameError(f"a frame of {size} bytes is announced, and at most {FRAME_BYTES} may come")
        early = self._unread[_SIZE.size : _SIZE.size + size]
        del self._unread[: _SIZE.size + len(early)]
        self._body = bytearray(size)
        self._body[: len(early)] = early
        self._filled = len(early)
        return self._body
