"""Where a stream's bytes leave: a connection's transport, and what is done when its reader does not read.

Whole frames are written straight to the transport. That is as good as aiohttp's own writers, which also hand
it whole frames without a pause between their parts, and costs a third: no coroutine, no timeout, one call.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from technic.http.keys import CHANNELS, STREAMS
from technic.http.parting import part


class GoneError(Exception):
    """The connection is cut: nothing can be sent on it any more."""


class Outlet:
    """One client's connection, as its stream writes to it.

    Args:
        request: Whose.
        last_words: Bytes for a reader that is cut off because it does not read.

    Attributes:
        transport: The connection's; None where the client had left before.
        room_bytes: So many may be written at once where it is clear.
        cut: Whether it was cut off.
    """

    def __init__(self, request: web.Request, last_words: bytes) -> None:
        self.transport = request.transport
        self._drain = request.writer.drain  # waits while the transport holds more than its bound
        self._limit_seconds = request.app[STREAMS].send_timeout_seconds
        self._deliveries = request.app[CHANNELS].deliveries
        self._last_words = last_words
        self.room_bytes = request.app[STREAMS].reader_bytes
        self.cut = False

    @property
    def clear(self) -> bool:
        """Whether all that was written has left; what is written now reaches the reader at once."""
        transport = self.transport
        return transport is not None and not transport.is_closing() and not transport.get_write_buffer_size()

    def write(self, written: bytes) -> None:
        """Hand bytes over, whole frames only; to be called where it is clear, or after `drained`."""
        if self.transport is not None:
            self.transport.write(written)

    async def drained(self) -> None:
        """Wait until there is room; a reader that takes too long is cut off. Raises GoneError.

        To be awaited by one task alone.
        """
        transport = self._open()
        if not transport.get_write_buffer_size():
            return
        try:
            async with asyncio.timeout(self._limit_seconds):
                await self._drain()
        except TimeoutError as error:
            self.cut = True
            self._deliveries.stalled += 1
            part(transport, self._last_words)
            raise GoneError from error
        except ConnectionError as error:
            self.abort()
            raise GoneError from error
        self._open()  # whoever waits for room is woken without a word where the connection is cut meanwhile

    def _open(self) -> asyncio.Transport:
        """The connection. Raises GoneError where it is cut, or about to be."""
        if self.transport is None or self.transport.is_closing():
            raise GoneError
        return self.transport

    def abort(self) -> None:
        """Cut the connection."""
        if self.transport is not None:
            self.transport.abort()
