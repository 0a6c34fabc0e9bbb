"""Server-Sent Events as a client takes them apart (WHATWG HTML, 9.2.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

LARGEST_EVENT = 1 << 28


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    Attributes:
        data: Its lines, joined.
    """

    data: bytes


@dataclass(frozen=True, slots=True)
class Comment:
    """What is said to nobody: that the connection is alive, or why it ends."""

    text: str


@dataclass(frozen=True, slots=True)
class Retry:
    """After how many seconds to come back, where the stream ends."""

    seconds: float


class TooLargeError(Exception):
    """An event without an end."""


@dataclass(slots=True)
class Lines:
    """Takes bytes in as they come, and gives what is whole; lines end with LF or CR LF."""

    _unread: bytearray = field(default_factory=bytearray)
    _looked: int = 0
    _data: list[bytes] = field(default_factory=list)

    def take(self, chunk: bytes) -> Iterator[Event | Comment | Retry]:
        """What these bytes make whole. Raises TooLargeError."""
        self._unread += chunk
        while (end := self._unread.find(b"\n", self._looked)) >= 0:
            line = bytes(self._unread[:end]).removesuffix(b"\r")
            del self._unread[: end + 1]
            self._looked = 0
            yield from self._line(line)
        self._looked = len(self._unread)
        if self._looked + sum(map(len, self._data)) > LARGEST_EVENT:
            raise TooLargeError

    def _line(self, line: bytes) -> Iterator[Event | Comment | Retry]:
        if not line:
            if self._data:
                yield Event(b"\n".join(self._data))
            self._data.clear()
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not name:
            yield Comment(value.decode(errors="replace"))
        elif name == b"data":
            self._data.append(value)
        elif name == b"retry" and value.isdigit() and len(value) < 10:  # noqa: PLR2004 - eleven days
            yield Retry(int(value) / 1000)
