"""A stream over a WebSocket: its framing, and its life from the upgrade to the close.

Closed with 1000 after the terminal frame, 1001 when the server stops, 4404 where the scan is not known, and
4408 when the reader fell too far behind, or did not read what was sent; whoever comes back with `?since=`
is told whether anything was lost.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from functools import partial
from typing import Any, Generic, TypeVar

from aiohttp import WSMsgType, hdrs, web

from technic.errors import Stopping, UnknownScan
from technic.http.actions import answer
from technic.http.codings import JSON, MSGPACK, MSGPACK_PROTOCOL
from technic.http.frames import error_frame
from technic.http.guests import Departure
from technic.http.keys import GUESTS, STREAMS, TURNSTILE
from technic.http.opening import bound_buffers
from technic.http.parting import part
from technic.http.refusals import UpgradeRequired
from technic.http.streams import Ending, GoneError, Open, Opened, Stream
from technic.http.tellings import Telling

T = TypeVar("T")

MESSAGE_BYTES = 65_536
WRITER_BYTES = 16_384
CLOSE_SECONDS = 2.0
"""How long a reader may take to answer a close."""

UNKNOWN_SCAN = 4404
SLOW = 4408
CLOSES: dict[Ending, tuple[int, bytes]] = {
    Ending.COMPLETE: (1000, b"the scan has ended"),
    Ending.STOPPING: (1001, b"the server is stopping; reconnect in a few seconds"),
    Ending.SLOW: (SLOW, b"slow_consumer: too far behind; reconnect with ?since= and the last place"),
    Ending.LEFT: (1000, b""),
}
_STALLED = b"slow_consumer: a send took too long; reconnect with ?since= and the last place"


class SocketWire(Generic[T]):
    """Items on a WebSocket, one frame each.

    Args:
        request: Whose.
        socket: Prepared before anything is sent.

    Attributes:
        coding: How values look on it; settled by the handshake.
        telling: How items are told; set before any is sent.
    """

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._transport = request.transport
        self.socket = socket
        self.coding = JSON
        self.telling: Telling[T] | None = None
        self._limit_seconds = request.app[STREAMS].send_timeout_seconds
        self._parted = False

    async def send(self, items: list[T]) -> None:
        """Send items, each in its own frame."""
        assert self.telling is not None  # noqa: S101 - see the class
        for item in items:
            payload = await self.telling.frame(item)
            if payload is not None:
                await self.send_frame(payload, self.coding.kind)

    async def say(self, values: Iterable[dict[str, Any]]) -> None:
        """Send frames that are no items."""
        for value in values:
            await self.send_frame(self.coding.encode(value), self.coding.kind)

    async def keep_alive(self) -> None:
        """Nothing to do: aiohttp sends pings."""

    async def send_frame(self, payload: bytes, kind: WSMsgType) -> None:
        """Send one frame; parts from a reader that takes too long."""
        try:
            async with asyncio.timeout(self._limit_seconds):
                await self.socket.send_frame(payload, kind)
        except TimeoutError as error:
            self._parted = True
            part(self._transport, _close_frame(SLOW, _STALLED))
            raise GoneError from error
        except ConnectionError as error:
            self.abort()
            raise GoneError from error

    async def close(self, code: int, reason: bytes) -> None:
        """Say goodbye and wait a little for the answer; a reader that does not read is cut off."""
        if self._parted:
            return
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


def _close_frame(code: int, reason: bytes) -> bytes:
    """A close as RFC 6455 has it (5.5.1): what aiohttp would send if it still could."""
    payload = code.to_bytes(2, "big") + reason
    return bytes([0x80 | WSMsgType.CLOSE, len(payload)]) + payload


async def converse(request: web.Request, opening: Open[T]) -> web.WebSocketResponse:
    """Answer a request with a stream over a WebSocket, from its upgrade to its close."""
    socket = _socket(request)
    if not socket.can_prepare(request):
        raise UpgradeRequired("This route speaks WebSocket only.", upgrade="websocket")
    wire: SocketWire[T] = SocketWire(request, socket)
    stream = Stream(wire)
    if request.app[GUESTS].closing:
        await socket.prepare(request)
        await wire.close(*CLOSES[Ending.STOPPING])
        return socket
    with request.app[GUESTS].seat(request, stream.dismiss):
        bound_buffers(request)
        await socket.prepare(request)
        wire.coding = MSGPACK if socket.ws_protocol == MSGPACK_PROTOCOL else JSON
        await wire.close(*await _serve(request, wire, stream, opening))
    return socket


def _socket(request: web.Request) -> web.WebSocketResponse:
    offered = request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL, "")
    known = MSGPACK_PROTOCOL in {name.strip() for name in offered.split(",")}
    return web.WebSocketResponse(
        timeout=CLOSE_SECONDS,
        protocols=(MSGPACK_PROTOCOL,) if known else (),  # aiohttp warns of others, as often as one comes
        autoping=False,  # pongs go through the pump as well: one task writes
        heartbeat=request.app[STREAMS].heartbeat_seconds,
        compress=False,
        max_msg_size=MESSAGE_BYTES,
        writer_limit=WRITER_BYTES,
    )


async def _serve(
    request: web.Request, wire: SocketWire[T], stream: Stream[T], opening: Open[T]
) -> tuple[int, bytes]:
    """The socket's life between its opening and its end; tells how to close it."""
    try:
        opened = await opening(request, wire.coding)
    except UnknownScan as error:
        with contextlib.suppress(GoneError):
            await wire.say([error_frame(error)])
        return UNKNOWN_SCAN, b"unknown scan"
    except Stopping:
        return CLOSES[Ending.STOPPING]
    wire.telling = opened.telling
    with contextlib.closing(opened.source):
        if opened.first:
            await stream.reply(partial(wire.say, opened.first))
        listener = asyncio.create_task(_listen(wire, stream, opened))
        try:
            return CLOSES[await stream.pump(opened.source, request.app[TURNSTILE])]
        finally:
            listener.cancel()  # the close reads the answer to itself, and two may not read at once
            await asyncio.wait([listener])


async def _listen(wire: SocketWire[T], stream: Stream[T], opened: Opened[T]) -> None:
    """Read what the reader says, until it says no more."""
    try:
        while (message := await wire.socket.receive()).type not in _LAST:
            if message.type is WSMsgType.PING:
                await stream.reply(partial(wire.send_frame, message.data, WSMsgType.PONG))
            elif message.type is not WSMsgType.PONG:
                answers = await answer(opened.obey, message, wire.coding)
                await stream.reply(partial(wire.say, answers))
    finally:
        stream.dismiss(Departure.LEFT)


_LAST = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}
