"""`WS /scan/ws/{scan_id}` and `GET /scan/sse/{scan_id}`: the stream of one scan."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiohttp import web

from technic.engine.scan.events import ScanEvent
from technic.http.actions import cancelled, not_an_action, pong
from technic.http.codings import Coding
from technic.http.frames import hello
from technic.http.keys import ENGINE, FRAMES
from technic.http.opening import StreamQuery
from technic.http.refusals import RequestRefused
from technic.http.sse import tell_events
from technic.http.streams import Opened
from technic.http.tellings import ScanTelling
from technic.http.websocket import converse


async def scan_websocket(request: web.Request) -> web.WebSocketResponse:
    """Live progress of one scan over a WebSocket."""
    return await converse(request, partial(_open, StreamQuery.read(request)))


async def scan_events(request: web.Request) -> web.StreamResponse:
    """Live progress of one scan as Server-Sent Events; 204 for one that comes back after the end."""
    query = StreamQuery.read(request)
    if await _has_seen_the_end(request, query):
        return web.Response(status=204)
    return await tell_events(request, partial(_open, query))


async def _has_seen_the_end(request: web.Request, query: StreamQuery) -> bool:
    """Whether a reader that comes back has the terminal event already. Raises UnknownScan."""
    seen = query.seen(request, request.app[ENGINE].epoch)
    snapshot = await request.app[ENGINE].snapshot(request.match_info["scan_id"])
    return snapshot.status.ended and seen == snapshot.seq


async def _open(query: StreamQuery, request: web.Request, coding: Coding) -> Opened[ScanEvent]:
    """Subscribe; typed frames begin with a greeting. Raises UnknownScan, Stopping."""
    engine, scan_id = request.app[ENGINE], request.match_info["scan_id"]
    seen = query.seen(request, engine.epoch) if query.typed else None
    source = await engine.subscribe(scan_id, since=seen, matches=query.matches)
    recovered = source.recovered and seen is not None
    greeting = hello(scan_id, engine.epoch, source.first_seq, recovered=recovered)
    return Opened(
        source=source,
        telling=ScanTelling(request.app[FRAMES], engine.epoch, coding, typed=query.typed),
        first=(greeting,) if query.typed else (),
        place=b"",
        obey=partial(_obey, request),
    )


async def _obey(request: web.Request, asked: dict[str, Any]) -> list[dict[str, Any]]:
    scan_id, action = request.match_info["scan_id"], asked.get("action")
    if action == "ping":
        return pong()
    if action == "cancel":
        return [await cancelled(request, scan_id)]
    if action in ("subscribe", "unsubscribe"):
        raise RequestRefused(
            f"This socket watches {scan_id} alone.", suggestion="Open /scan/ws for several scans."
        )
    raise not_an_action(action, "cancel or ping")
