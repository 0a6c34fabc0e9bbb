"""A stream as Server-Sent Events: its framing, and its life from the first line to the last.

Events are unnamed, so that `onmessage` gets them, and carry an `id`, with which an EventSource comes back.
It takes any status but 200 as the end for good; so a server that stops or has no room accepts, says `retry:`
and why, and ends.
"""

from __future__ import annotations

import contextlib
from collections.abc import Hashable, Iterable
from functools import partial
from typing import Any, Generic, TypeVar

from aiohttp import HttpVersion11, hdrs, web

from technic.errors import Stopping
from technic.http.codings import JSON
from technic.http.forms import Made
from technic.http.framing import LAST_CHUNK, chunk, event
from technic.http.keys import CHANNELS, GUESTS, STREAMS
from technic.http.opening import bound_buffers
from technic.http.outlet import GoneError, Outlet
from technic.http.refusals import TooManyStreams
from technic.http.streams import Ending, Open, Stream
from technic.http.tellings import Telling

T = TypeVar("T")

_FAREWELLS: dict[Ending, bytes] = {
    Ending.COMPLETE: b"",
    Ending.STOPPING: b": the server is stopping\n\n",
    Ending.SLOW: b": slow_consumer: too far behind; reconnect with the last id\n\n",
    Ending.LEFT: b"",
}
_STALLED = b": slow_consumer: a send took too long; reconnect with the last id\n\n"
_FULL = b": too_many_streams: as many are open as may; try again\n\n"
_HEADERS = {
    hdrs.CONTENT_TYPE: "text/event-stream",
    hdrs.CACHE_CONTROL: "no-cache",
    "X-Accel-Buffering": "no",
}


class EventWire(Generic[T]):
    """Items as lines of text on a response that does not end.

    Args:
        request: Whose.

    Attributes:
        response: Prepared before anything is sent.
        telling: How items are told; set before any is sent.
    """

    def __init__(self, request: web.Request) -> None:
        self.response = web.StreamResponse(headers=_HEADERS)
        self.response.force_close()  # its connection's buffers are too small for anything else
        self.telling: Telling[T] | None = None
        self._chunked = request.version >= HttpVersion11
        self.outlet = Outlet(request, self.carried(_STALLED) + (LAST_CHUNK if self._chunked else b""))
        self.sign_of_life = self.carried(b": keepalive\n\n")

    def carried(self, lines: bytes) -> bytes:
        """Lines as this connection's body carries them."""
        return chunk(lines) if self._chunked and lines else lines

    @property
    def name(self) -> Hashable:
        """Under which what is made for this kind of reader is kept, and shared."""
        assert self.telling is not None  # noqa: S101 - see the class
        return "sse", self.telling.name, self._chunked

    def form(self, item: T) -> Made:
        """One item as lines, made once for all its readers where they get the same."""
        assert self.telling is not None  # noqa: S101 - see the class
        return self.telling.carried(item, self.name, self._lines)

    def _lines(self, text: bytes, place: bytes) -> bytes:
        return self.carried(event(text, place))

    def said(self, values: Iterable[dict[str, Any]], place: bytes) -> bytes:
        """Frames that are no items; the first of them with a place, if there is one."""
        lines = b""
        for value in values:
            lines += event(JSON.encode(value), place)
            place = b""
        return self.carried(lines)

    async def write(self, lines: bytes) -> None:
        """Write lines once there is room. Raises GoneError."""
        await self.outlet.drained()
        if lines:
            self.outlet.write(self.carried(lines))

    async def begin(self, request: web.Request, retry_seconds: float) -> None:
        """Send the headers, and after how long to come back. Raises GoneError."""
        await self.response.prepare(request)
        try:
            await self.response.write(b"retry: %d\n\n" % round(1000 * retry_seconds))  # headers go with it
        except ConnectionError as error:
            raise GoneError from error


async def tell_events(request: web.Request, opening: Open[T]) -> web.StreamResponse:
    """Answer a request with a stream of events, from its first line to its last.

    Raises:
        UnknownScan: `opening` did.
    """
    wire: EventWire[T] = EventWire(request)
    stream = Stream(wire, request.app[CHANNELS], request.app[STREAMS].keepalive_seconds)
    with contextlib.suppress(GoneError):
        try:
            with request.app[GUESTS].seat(request, stream.dismiss):
                await _serve(request, wire, stream, opening)
        except Stopping:
            await _turn_away(request, wire, _FAREWELLS[Ending.STOPPING])
        except TooManyStreams as error:
            await _turn_away(request, wire, _FULL, error.retry_after)
    return wire.response


async def _serve(request: web.Request, wire: EventWire[T], stream: Stream[T], opening: Open[T]) -> None:
    """The response's life between its first and its last line. Raises GoneError, Stopping, UnknownScan."""
    opened = await opening(request, JSON)
    wire.telling = opened.telling
    with contextlib.closing(opened.source):
        bound_buffers(request)
        await wire.begin(request, request.app[STREAMS].retry_seconds)
        if opened.first:
            await stream.reply(partial(wire.said, opened.first, opened.place))
        ending = await stream.run(opened.source)
    await wire.write(_FAREWELLS[ending])


async def _turn_away(
    request: web.Request, wire: EventWire[T], told: bytes, retry_seconds: float | None = None
) -> None:
    """Accept, only to say when to come back and why; as the settings say where nothing else is said."""
    await wire.begin(request, retry_seconds or request.app[STREAMS].retry_seconds)
    await wire.write(told)
