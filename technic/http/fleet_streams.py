"""`WS /scan/ws` and `GET /scan/sse`: all scans, or some of them, over one connection.

They begin with a greeting, which says whether the reader's place was found, and with how every scan stands
that goes on; they end only with the server or their reader.
"""

from __future__ import annotations

from functools import partial

from aiohttp import web

from technic.engine.fleet import Numbered
from technic.http.codings import Coding
from technic.http.fleet_actions import FleetActions, introduce
from technic.http.frames import fleet_hello
from technic.http.keys import ENGINE, FRAMES
from technic.http.opening import FleetQuery
from technic.http.paced import Paced
from technic.http.sse import tell_events
from technic.http.streams import Opened
from technic.http.tellings import FleetTelling
from technic.http.websocket import converse


async def fleet_websocket(request: web.Request) -> web.WebSocketResponse:
    """Live progress of all scans over one WebSocket."""
    return await converse(request, partial(_open, FleetQuery.read(request)))


async def fleet_events(request: web.Request) -> web.StreamResponse:
    """Live progress of all scans as Server-Sent Events."""
    return await tell_events(request, partial(_open, FleetQuery.read(request)))


async def _open(query: FleetQuery, request: web.Request, coding: Coding) -> Opened[Numbered]:
    """Subscribe. Raises Stopping."""
    bus = request.app[ENGINE].bus
    epoch = bus.fleet.epoch
    strange = [scan_id for scan_id in query.scan_ids or () if scan_id not in bus.fleet.living]
    reader = bus.subscribe_all(query.scan_ids, since=query.seen(request, epoch), matches=query.matches)
    greeting = fleet_hello(epoch, reader.offset, recovered=reader.recovered)
    place = f"{epoch}-{reader.offset}".encode()
    try:
        awaited = strange if reader.recovered else ()  # who comes back has seen their ends, or is about to
        errors = await introduce(request, reader, strange, awaited)
    except BaseException:
        reader.close()  # nobody else knows of it yet
        raise
    return Opened(
        source=Paced(reader, query.every_seconds) if query.every_seconds else reader,
        telling=FleetTelling(request.app[FRAMES], epoch, coding, typed=query.typed),
        first=(greeting, *errors),
        place=place,
        obey=FleetActions(request, reader).obey,
    )
