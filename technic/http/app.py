"""The web application: put together from the engine and two branches of the settings, and its life.

Whoever runs it passes to `technic.http.runner.Runner`: `access_log=None` (the application logs by itself),
`keepalive_timeout=settings.keepalive_seconds` (aiohttp's own default is an hour), and a `shutdown_timeout`
of a few seconds; and to `web.TCPSite`: `backlog=settings.backlog`. `handler_cancellation` may be on or off.
Cleaned up before the engine closes, the runner sends readers away at once; after it, they see the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from technic.config.settings import ServerSettings, StreamSettings
from technic.engine.engine import Engine
from technic.http.channels import Channels
from technic.http.dashboard import DASHBOARD, Dashboard
from technic.http.deliveries import Deliveries
from technic.http.exports import Exports
from technic.http.frames import Frames
from technic.http.guests import Guests
from technic.http.holders import Holders
from technic.http.keys import CHANNELS, ENGINE, EXPORTS, FRAMES, GUESTS, HOLDERS, NEWEST, SERVER, STREAMS
from technic.http.measuring import measure, timed
from technic.http.middleware import mark, options, problems, trace
from technic.http.openapi.serving import DESCRIBED, Described
from technic.http.polled import NewestSnapshots
from technic.http.rounds import Rounds
from technic.http.routes import ROUTES
from technic.http.security import allow_origins, guard

FAREWELL_SECONDS = 1.0
"""How long readers may take to leave when the server begins to stop; then their connections are cut."""
LAST_SECONDS = 0.5
"""How long calls that still wait at its end may take to be answered."""


def create_app(engine: Engine, settings: ServerSettings, streams: StreamSettings) -> web.Application:
    """The application, which serves an engine that is open for as long as it serves.

    Args:
        engine: Whose scans; the application neither opens nor closes it.
        settings: Who may call, and how large a body may be.
        streams: How progress is delivered.
    """
    app = web.Application(
        middlewares=[timed, trace, problems, guard, options], client_max_size=settings.max_body_bytes
    )
    app[ENGINE] = engine
    app[SERVER] = settings
    app[STREAMS] = streams
    app[GUESTS] = Guests(streams.max_streams)
    app[HOLDERS] = Holders(engine)
    app[NEWEST] = NewestSnapshots()
    app[FRAMES] = Frames()
    app[EXPORTS] = Exports()
    app[CHANNELS] = Channels(Rounds(), Deliveries())
    app[DASHBOARD] = Dashboard()
    app[DESCRIBED] = Described()
    measure(app)
    app.add_routes(ROUTES)
    allow_origins(app, settings)
    app.on_response_prepare.append(mark)
    app.cleanup_ctx.append(_look_after_guests)
    app.on_cleanup.append(_close_exports)
    app.on_shutdown.append(_send_guests_away)
    return app


async def _look_after_guests(app: web.Application) -> AsyncIterator[None]:
    """Notice clients that leave, for as long as the application lives."""
    looking = asyncio.create_task(app[GUESTS].look_after())
    yield
    looking.cancel()
    await asyncio.wait([looking])


async def _close_exports(app: web.Application) -> None:
    app[EXPORTS].close()


async def send_streams_away(app: web.Application) -> None:
    """Close every stream, and let none in from now on; all else is served until the runner cleans up.

    To be called when the engine begins to drain: a reader that comes back meanwhile is told to come later.
    """
    await app[GUESTS].drain(FAREWELL_SECONDS)


async def _send_guests_away(app: web.Application) -> None:
    """End every stream and every wait: aiohttp ends none by itself."""
    await app[GUESTS].close(LAST_SECONDS)
