"""`GET /scan/sse/{scan_id}`: the stream of a scan as Server-Sent Events.

Events are unnamed, so that `onmessage` gets them, and carry `id: epoch-seq`, with which an EventSource comes
back. It takes any status but 200 as the end for good; so 204 is the answer to one that has seen the terminal
event, and a server that stops or has no room accepts, says `retry:` and why, and ends.
"""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import hdrs, web

from technic.engine.scan.events import MatchesFound, ScanEvent
from technic.errors import Stopping
from technic.http.frames import frame
from technic.http.keys import ENGINE, GUESTS, STREAMS, TURNSTILE
from technic.http.opening import Greeting, StreamQuery, bound_buffers, subscribe
from technic.http.refusals import TooManyStreams
from technic.http.streams import Ending, GoneError, Stream

_FAREWELLS: dict[Ending, bytes] = {
    Ending.COMPLETE: b"",
    Ending.STOPPING: b": the server is stopping\n\n",
    Ending.SLOW: b": slow_consumer: too far behind; reconnect, nothing is lost\n\n",
    Ending.LEFT: b"",
}
_FULL = b": too_many_streams: as many are open as may; try again\n\n"
_HEADERS = {
    hdrs.CONTENT_TYPE: "text/event-stream",
    hdrs.CACHE_CONTROL: "no-cache",
    "X-Accel-Buffering": "no",
}


class EventWire:
    """Events as lines of text on a response that does not end.

    Args:
        request: Whose.
        typed: Whether frames have a type, and tell of matches.

    Attributes:
        response: Prepared before anything is sent.
        greeting: What goes before the first event, if anything.
    """

    def __init__(self, request: web.Request, *, typed: bool) -> None:
        self.response = web.StreamResponse(headers=_HEADERS)
        self.response.force_close()  # its connection's buffers are too small for anything else
        self.greeting: Greeting | None = None
        self._transport = request.transport
        self._typed = typed
        self._epoch = request.app[ENGINE].epoch
        self._limit_seconds = request.app[STREAMS].send_timeout_seconds
        self._portion_bytes = request.app[STREAMS].reader_bytes

    async def send(self, events: list[ScanEvent]) -> None:
        """Send events, small ones together in one write."""
        lines = b""
        if self.greeting is not None:
            lines = b"data: %b\n\n" % self.greeting.frame(events[0])
            self.greeting = None
        for event in events:
            lines += await self._lines(event)
            if len(lines) >= self._portion_bytes:
                await self.write(lines)
                lines = b""
        await self.write(lines)

    async def _lines(self, event: ScanEvent) -> bytes:
        """One event as lines; those of a snapshot are made once for all readers."""
        form = "sse typed" if self._typed else "sse"
        lines = event.encodings.get(form)
        if lines is None:
            text = await frame(event, typed=self._typed)
            place = b"%b-%d" % (self._epoch.encode(), event.seq)
            lines = b"" if text is None else b"id: %b\ndata: %b\n\n" % (place, text)
            if not isinstance(event, MatchesFound):
                event.encodings[form] = lines
        return bytes(lines)

    async def keep_alive(self) -> None:
        """A comment, which keeps proxies from closing the connection."""
        await self.write(b": keepalive\n\n")

    async def write(self, lines: bytes) -> None:
        """Write lines; cuts the connection where that takes too long."""
        if not lines:
            return
        try:
            async with asyncio.timeout(self._limit_seconds):
                await self.response.write(lines)
        except (TimeoutError, ConnectionError) as error:
            if self._transport is not None:
                self._transport.abort()
            raise GoneError from error


async def scan_events(request: web.Request) -> web.StreamResponse:
    """Live progress of one scan as Server-Sent Events."""
    query = StreamQuery.read(request)
    if await _has_seen_the_end(request, query):
        return web.Response(status=204)
    wire = EventWire(request, typed=query.typed)
    stream = Stream(wire, request.app[STREAMS].keepalive_seconds)
    with contextlib.suppress(GoneError):
        try:
            with request.app[GUESTS].seat(request, stream.dismiss):
                await _serve(request, wire, stream, query)
        except Stopping:
            await _turn_away(request, wire, _FAREWELLS[Ending.STOPPING])
        except TooManyStreams as error:
            await _turn_away(request, wire, _FULL, error.retry_after)
    return wire.response


async def _has_seen_the_end(request: web.Request, query: StreamQuery) -> bool:
    """Whether a reader that comes back has the terminal event already. Raises UnknownScan."""
    seen = query.seen(request)
    snapshot = await request.app[ENGINE].snapshot(request.match_info["scan_id"])
    return seen is not None and snapshot.status.ended and seen >= snapshot.seq


async def _serve(request: web.Request, wire: EventWire, stream: Stream, query: StreamQuery) -> None:
    """The response's life between its first and its last line. Raises GoneError, Stopping, UnknownScan."""
    subscription, wire.greeting = await subscribe(request, query)
    with subscription:
        bound_buffers(request)
        await _begin(request, wire)
        ending = await stream.pump(subscription, request.app[TURNSTILE])
    await wire.write(_FAREWELLS[ending])


async def _begin(request: web.Request, wire: EventWire, retry_seconds: float | None = None) -> None:
    """Send the headers, and after how long to come back; as the settings say where nothing else is said."""
    await wire.response.prepare(request)
    pause = retry_seconds or request.app[STREAMS].retry_seconds
    await wire.write(b"retry: %d\n\n" % round(1000 * pause))


async def _turn_away(
    request: web.Request, wire: EventWire, told: bytes, retry_seconds: float | None = None
) -> None:
    """Accept, only to say when to come back and why."""
    await _begin(request, wire, retry_seconds)
    await wire.write(told)
