"""A stream over a WebSocket: its framing, and its life from the upgrade to the close.

Closed with 1000 after the terminal frame, 1001 when the server stops, 4404 where the scan is not known, and
4408 when the reader fell too far behind, or did not read what was sent; whoever comes back with `?since=`
is told whether anything was lost.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Hashable, Iterable
from functools import partial
from typing import Any, Generic, TypeVar

from aiohttp import WSMsgType, hdrs, web

from technic.errors import Stopping, UnknownScan
from technic.http.actions import answer
from technic.http.codings import JSON, MSGPACK, MSGPACK_PROTOCOL
from technic.http.forms import Made
from technic.http.frames import error_frame
from technic.http.framing import close_frame, frame
from technic.http.guests import Departure
from technic.http.keys import CHANNELS, GUESTS, STREAMS
from technic.http.opening import bound_buffers
from technic.http.outlet import Outlet
from technic.http.refusals import UpgradeRequired
from technic.http.streams import Ending, Open, Opened, Stream
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
_STALLED = close_frame(
    SLOW, b"slow_consumer: a send took too long; reconnect with ?since= and the last place"
)


class SocketWire(Generic[T]):
    """Items on a WebSocket, one frame each.

    Args:
        request: Whose.
        socket: Prepared before anything is sent.

    Attributes:
        coding: How values look on it; settled by the handshake.
        telling: How items are told; set before any is sent.
    """

    sign_of_life = b""  # aiohttp sends pings

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.outlet = Outlet(request, _STALLED)
        self.socket = socket
        self.coding = JSON
        self.telling: Telling[T] | None = None

    @property
    def name(self) -> Hashable:
        """Under which what is made for this kind of reader is kept, and shared."""
        assert self.telling is not None  # noqa: S101 - see the class
        return "ws", self.telling.name, self.coding.name

    def form(self, item: T) -> Made:
        """An item's frame, header and all, made once for all its readers where they get the same."""
        assert self.telling is not None  # noqa: S101 - see the class
        return self.telling.carried(item, self.name, self._framed)

    def _framed(self, payload: bytes, _place: bytes) -> bytes:
        return frame(payload, self.coding.kind)

    def said(self, values: Iterable[dict[str, Any]]) -> bytes:
        """Frames that are no items."""
        return b"".join(frame(self.coding.encode(value), self.coding.kind) for value in values)

    async def close(self, code: int, reason: bytes) -> None:
        """Say goodbye and wait a little for the answer; a reader that does not read is cut off."""
        if self.outlet.cut:
            return
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.socket.close(code=code, message=reason)
        except TimeoutError:
            self.outlet.abort()
        except asyncio.CancelledError:
            self.outlet.abort()  # aiohttp passes a cancelled ping on to whoever drains: that is not our end
            if asyncio.current_task().cancelling():  # type: ignore[union-attr]
                raise


async def converse(request: web.Request, opening: Open[T]) -> web.WebSocketResponse:
    """Answer a request with a stream over a WebSocket, from its upgrade to its close."""
    socket = _socket(request)
    if not socket.can_prepare(request):
        raise UpgradeRequired("This route speaks WebSocket only.", upgrade="websocket")
    wire: SocketWire[T] = SocketWire(request, socket)
    stream = Stream(wire, request.app[CHANNELS])
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
        autoping=False,  # pongs go out with all else that the stream says
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
        wire.outlet.write(wire.said([error_frame(error)]))
        return UNKNOWN_SCAN, b"unknown scan"
    except Stopping:
        return CLOSES[Ending.STOPPING]
    wire.telling = opened.telling
    with contextlib.closing(opened.source):
        if opened.first:
            await stream.reply(partial(wire.said, opened.first))
        listener = asyncio.create_task(_listen(wire, stream, opened))
        try:
            return CLOSES[await stream.run(opened.source)]
        finally:
            listener.cancel()  # the close reads the answer to itself, and two may not read at once
            await asyncio.wait([listener])


async def _listen(wire: SocketWire[T], stream: Stream[T], opened: Opened[T]) -> None:
    """Read what the reader says, until it says no more."""
    try:
        while (message := await wire.socket.receive()).type not in _LAST:
            if message.type is WSMsgType.PING:
                await stream.reply(partial(frame, message.data, WSMsgType.PONG))
            elif message.type is not WSMsgType.PONG:
                answers = await answer(opened.obey, message, wire.coding)
                await stream.reply(partial(wire.said, answers))
    finally:
        stream.dismiss(Departure.LEFT)


_LAST = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}
