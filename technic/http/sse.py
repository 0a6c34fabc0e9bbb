"""A stream as Server-Sent Events: its framing, and its life from the first line to the last.

Events are unnamed, so that `onmessage` gets them, and carry an `id`, with which an EventSource comes back.
It takes any status but 200 as the end for good; so a server that stops or has no room accepts, says `retry:`
and why, and ends.
"""

from __future__ import annotations

import contextlib
from asyncio import timeout
from collections.abc import Iterable
from functools import partial
from typing import Any, Generic, TypeVar

from aiohttp import HttpVersion11, hdrs, web

from technic.errors import Stopping
from technic.http.codings import JSON
from technic.http.keys import GUESTS, STREAMS, TURNSTILE
from technic.http.opening import bound_buffers
from technic.http.parting import part
from technic.http.refusals import TooManyStreams
from technic.http.streams import Ending, GoneError, Open, Stream
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
        self._transport = request.transport
        self._writer = request.writer
        self._chunked = request.version >= HttpVersion11
        self._limit_seconds = request.app[STREAMS].send_timeout_seconds
        self._portion_bytes = request.app[STREAMS].reader_bytes

    async def send(self, items: list[T]) -> None:
        """Send items, small ones together in one write."""
        assert self.telling is not None  # noqa: S101 - see the class
        lines = b""
        for item in items:
            lines += await self._lines(self.telling, item)
            if len(lines) >= self._portion_bytes:
                await self.write(lines)
                lines = b""
        await self.write(lines)

    async def _lines(self, telling: Telling[T], item: T) -> bytes:
        """One item as lines, made once for all its readers where they get the same."""
        kept, form = telling.kept(item), f"sse {telling.name}"
        if kept is not None and form in kept:
            return bytes(kept[form])
        text = await telling.frame(item)
        lines = b"" if text is None else _event(text, telling.place(item))
        if kept is not None:
            kept[form] = lines
        return lines

    async def say(self, values: Iterable[dict[str, Any]], place: bytes) -> None:
        """Send frames that are no items; the first of them with a place, if there is one."""
        lines = b""
        for value in values:
            lines += _event(JSON.encode(value), place)
            place = b""
        await self.write(lines)

    async def keep_alive(self) -> None:
        """A comment, which keeps proxies from closing the connection."""
        await self.write(b": keepalive\n\n")

    async def write(self, lines: bytes) -> None:
        """Write lines; parts from a reader that takes too long."""
        if not lines:
            return
        try:
            async with timeout(self._limit_seconds):
                await self.response.write(lines)
                await self._writer.drain()  # aiohttp does so every 64 KiB only, whatever the buffers' bound
        except TimeoutError as error:
            part(self._transport, _last_chunk(_STALLED) if self._chunked else _STALLED)
            raise GoneError from error
        except ConnectionError as error:
            if self._transport is not None:
                self._transport.abort()
            raise GoneError from error


def _event(text: bytes, place: bytes) -> bytes:
    return b"id: %b\ndata: %b\n\n" % (place, text) if place else b"data: %b\n\n" % text


def _last_chunk(text: bytes) -> bytes:
    """A chunk and a body's end as RFC 9112 has them (7.1): what aiohttp would send if it still could."""
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(text), text)


async def tell_events(request: web.Request, opening: Open[T]) -> web.StreamResponse:
    """Answer a request with a stream of events, from its first line to its last.

    Raises:
        UnknownScan: `opening` did.
    """
    wire: EventWire[T] = EventWire(request)
    stream = Stream(wire, request.app[STREAMS].keepalive_seconds)
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
        await _begin(request, wire)
        if opened.first:
            await stream.reply(partial(wire.say, opened.first, opened.place))
        ending = await stream.pump(opened.source, request.app[TURNSTILE])
    await wire.write(_FAREWELLS[ending])


async def _begin(request: web.Request, wire: EventWire[T], retry_seconds: float | None = None) -> None:
    """Send the headers, and after how long to come back; as the settings say where nothing else is said."""
    await wire.response.prepare(request)
    pause = retry_seconds or request.app[STREAMS].retry_seconds
    await wire.write(b"retry: %d\n\n" % round(1000 * pause))


async def _turn_away(
    request: web.Request, wire: EventWire[T], told: bytes, retry_seconds: float | None = None
) -> None:
    """Accept, only to say when to come back and why."""
    await _begin(request, wire, retry_seconds)
    await wire.write(told)
