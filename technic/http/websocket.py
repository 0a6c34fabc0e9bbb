"""`WS /scan/ws/{scan_id}`: the stream of a scan over a WebSocket, and what its reader may say.

Closed with 1000 after the terminal frame, 1001 when the server stops, 4404 where the scan is not known, and
4408 when the reader fell too far behind; whoever comes back with `?since=` has then lost nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial

from aiohttp import WSMsgType, web

from technic.engine.scan.events import ScanEvent
from technic.errors import Stopping, UnknownScan
from technic.http.actions import answer
from technic.http.frames import error_frame, frame
from technic.http.guests import Departure
from technic.http.keys import GUESTS, STREAMS, TURNSTILE
from technic.http.opening import Greeting, StreamQuery, bound_buffers, subscribe
from technic.http.refusals import UpgradeRequired
from technic.http.streams import Ending, GoneError, Stream

MESSAGE_BYTES = 65_536
WRITER_BYTES = 16_384
CLOSE_SECONDS = 2.0
"""How long a reader may take to answer a close."""

UNKNOWN_SCAN = 4404
CLOSES: dict[Ending, tuple[int, bytes]] = {
    Ending.COMPLETE: (1000, b"the scan has ended"),
    Ending.STOPPING: (1001, b"the server is stopping; reconnect in a few seconds"),
    Ending.SLOW: (4408, b"slow_consumer: reconnect with ?since= and the last seq; nothing is lost"),
    Ending.LEFT: (1000, b""),
}


class SocketWire:
    """Events on a WebSocket, one text frame each.

    Args:
        request: Whose.
        socket: Prepared before anything is sent.
        typed: Whether frames have a type, and tell of matches.

    Attributes:
        greeting: What goes before the first event, if anything.
    """

    def __init__(self, request: web.Request, socket: web.WebSocketResponse, *, typed: bool) -> None:
        self._transport = request.transport
        self.socket = socket
        self.greeting: Greeting | None = None
        self._typed = typed
        self._limit_seconds = request.app[STREAMS].send_timeout_seconds

    async def send(self, events: list[ScanEvent]) -> None:
        """Send events, each in its own frame."""
        if self.greeting is not None:
            await self.send_frame(self.greeting.frame(events[0]))
            self.greeting = None
        for event in events:
            text = await frame(event, typed=self._typed)
            if text is not None:
                await self.send_frame(text)

    async def keep_alive(self) -> None:
        """Nothing to do: aiohttp sends pings."""

    async def send_frame(self, payload: bytes, kind: WSMsgType = WSMsgType.TEXT) -> None:
        """Send one frame; cuts the connection where that takes too long."""
        try:
            async with asyncio.timeout(self._limit_seconds):
                await self.socket.send_frame(payload, kind)
        except (TimeoutError, ConnectionError) as error:
            self.abort()
            raise GoneError from error

    async def close(self, code: int, reason: bytes) -> None:
        """Say goodbye and wait a little for the answer; a reader that does not read is cut off."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.socket.close(code=code, message=reason)
        except TimeoutError:
            self.abort()
        except asyncio.CancelledError:
            self.abort()  # aiohttp passes a cancelled ping on to whoever drains next: that is not our end
            if asyncio.current_task().cancelling():  # type: ignore[union-attr]
                raise

    def abort(self) -> None:
        """Cut the connection."""
        if self._transport is not None:
            self._transport.abort()


async def scan_websocket(request: web.Request) -> web.WebSocketResponse:
    """Live progress of one scan over a WebSocket."""
    socket = _socket(request)
    if not socket.can_prepare(request):
        raise UpgradeRequired("This route speaks WebSocket only.", upgrade="websocket")
    query = StreamQuery.read(request)
    wire = SocketWire(request, socket, typed=query.typed)
    stream = Stream(wire)
    if request.app[GUESTS].closing:
        await socket.prepare(request)
        await wire.close(*CLOSES[Ending.STOPPING])
        return socket
    with request.app[GUESTS].seat(request, stream.dismiss):
        bound_buffers(request)
        await socket.prepare(request)
        await wire.close(*await _serve(request, wire, stream, query))
    return socket


def _socket(request: web.Request) -> web.WebSocketResponse:
    return web.WebSocketResponse(
        timeout=CLOSE_SECONDS,
        autoping=False,  # pongs go through the pump as well: one task writes
        heartbeat=request.app[STREAMS].heartbeat_seconds,
        compress=False,
        max_msg_size=MESSAGE_BYTES,
        writer_limit=WRITER_BYTES,
    )


async def _serve(
    request: web.Request, wire: SocketWire, stream: Stream, query: StreamQuery
) -> tuple[int, bytes]:
    """The socket's life between its opening and its end; tells how to close it."""
    try:
        subscription, wire.greeting = await subscribe(request, query)
    except UnknownScan as error:
        with contextlib.suppress(GoneError):
            await wire.send_frame(error_frame(error))
        return UNKNOWN_SCAN, b"unknown scan"
    except Stopping:
        return CLOSES[Ending.STOPPING]
    with subscription:
        listener = asyncio.create_task(_listen(request, wire, stream))
        try:
            return CLOSES[await stream.pump(subscription, request.app[TURNSTILE])]
        finally:
            listener.cancel()  # the close reads the answer to itself, and two may not read at once
            await asyncio.wait([listener])


async def _listen(request: web.Request, wire: SocketWire, stream: Stream) -> None:
    """Read what the reader says, until it says no more."""
    try:
        while (message := await wire.socket.receive()).type not in _LAST:
            if message.type is WSMsgType.PING:
                await stream.reply(partial(wire.send_frame, message.data, WSMsgType.PONG))
            elif message.type is not WSMsgType.PONG:
                await stream.reply(partial(wire.send_frame, await answer(request, message)))
    finally:
        stream.dismiss(Departure.LEFT)


_LAST = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}
