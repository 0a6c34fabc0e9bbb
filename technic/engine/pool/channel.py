"""Frames over a non-blocking socket on the loop: sends never block, reads survive a broken end.

Only descriptors are given to the loop: uvloop and asyncio's loop then do the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

from technic.engine.pool.framing import Decoder, FrameError


class Channel:
    """The engine's end of a worker's socket.

    Args:
        loop: The running event loop.
        connection: Non-blocking; stays the caller's to close, after `close`.
        received: Called with each body that came; may close the channel.
        lost: Called once, when nothing more can come: the other end is closed, or sends what is no frame.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connection: socket.socket,
        received: Callable[[bytearray], None],
        lost: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._socket = connection
        self._received = received
        self._lost = lost
        self._decoder = Decoder()
        self._unsent = memoryview(b"")
        self._reading = True
        self._writing = False
        loop.add_reader(connection.fileno(), self._read)

    def send(self, frame: bytes) -> bool:
        """Send a frame, now as far as it goes and the rest when there is room; one frame at a time.

        Returns:
            False where the other end is closed already, so that nothing of it can have been seen.
        """
        self._unsent = memoryview(frame)
        if not self._send_some():
            return False
        if self._unsent:
            self._writing = True
            self._loop.add_writer(self._socket.fileno(), self._write)
        return True

    def end(self) -> None:
        """Tell the other end that no frame will follow. What it still has to say can be read."""
        self._stop_writing()
        with contextlib.suppress(OSError):  # it is closed already
            self._socket.shutdown(socket.SHUT_WR)

    def drain(self) -> None:
        """Read what the other end had sent before it died, without waiting for more."""
        while self._reading and self._read_once():
            pass

    def close(self) -> None:
        """Let go of the socket. Idempotent."""
        self._stop_writing()
        self._stop_reading()

    def _send_some(self) -> bool:
        try:
            sent = self._socket.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            self._unsent = memoryview(b"")
            return False
        self._unsent = self._unsent[sent:]
        return True

    def _write(self) -> None:
        if not self._send_some() or not self._unsent:
            self._stop_writing()  # where it failed, the reader learns of the end too

    def _read(self) -> None:
        """One read a turn of the loop, so that a large result does not hold up the others."""
        self._read_once()

    def _read_once(self) -> bool:
        """Whether something was read."""
        try:
            count = self._socket.recv_into(self._decoder.room())
            bodies = self._decoder.advance(count)
        except (BlockingIOError, InterruptedError):
            return False
        except (OSError, FrameError):
            count, bodies = 0, []
        for body in bodies:
            self._received(body)
        if count == 0:
            self._stop_reading()
            self._lost()
        return count > 0

    def _stop_reading(self) -> None:
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._socket.fileno())

    def _stop_writing(self) -> None:
        self._unsent = memoryview(b"")
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._socket.fileno())
