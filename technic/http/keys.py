"""What a handler finds in its application: the engine, the settings, and who is being served."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from technic.config.settings import ServerSettings, StreamSettings
from technic.engine.engine import Engine
from technic.http.channels import Channels
from technic.http.exports import Exports
from technic.http.frames import Frames
from technic.http.guests import Guests
from technic.http.holders import Holders
from technic.http.polled import NewestSnapshots

ENGINE: Final = web.AppKey("engine", Engine)
SERVER: Final = web.AppKey("server", ServerSettings)
STREAMS: Final = web.AppKey("streams", StreamSettings)
GUESTS: Final = web.AppKey("guests", Guests)
NEWEST: Final = web.AppKey("newest", NewestSnapshots)
HOLDERS: Final = web.AppKey("holders", Holders)
FRAMES: Final = web.AppKey("frames", Frames)
EXPORTS: Final = web.AppKey("exports", Exports)
CHANNELS: Final = web.AppKey("channels", Channels)
