"""Those who serve the same streams: the real application, and a bare aiohttp handler."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Protocol

from aiohttp import web

from benchmarks.delivery import FIRST_SEQ, Desk, snapshot, text_of
from technic.config.settings import ServerSettings, StreamSettings
from technic.engine.scan.events import ProgressAdvanced, ScanEvent
from technic.http.app import create_app
from technic.http.runner import Runner

SCANS = 100
NO_PINGS = 3600.0  # the readers do not answer them


class Serving(Protocol):
    """A server of the same streams.

    Attributes:
        runner: Runs it.
    """

    runner: web.AppRunner

    def paths(self) -> list[str]:
        """One for each scan."""

    async def tell(self, numbers: list[int]) -> list[float]:
        """Tell these scans' progress; when that was of each, in milliseconds of Unix time."""


class Ours:
    """The real application."""

    def __init__(self, **streams: Any) -> None:
        self.desk = Desk()
        self.moments: list[float] = []
        self.desk.bus.listen(self._note)
        self.newest = [replace(snapshot(FIRST_SEQ), scan_id=f"{number:032x}") for number in range(SCANS)]
        for newest in self.newest:
            self.desk.bus.publish(ProgressAdvanced(newest.scan_id, newest.seq, newest))
        settings = StreamSettings(heartbeat_seconds=NO_PINGS, **streams)
        app = create_app(self.desk, ServerSettings(access_log=False), settings)
        self.runner = Runner(app, access_log=None)

    def _note(self, event: ScanEvent) -> None:
        self.moments.append(round(1e3 * event.at, 3))

    def paths(self) -> list[str]:
        return [f"/scan/ws/{newest.scan_id}?events=all" for newest in self.newest]

    async def tell(self, numbers: list[int]) -> list[float]:
        self.moments = []
        for number in numbers:
            last = self.newest[number]
            newest = self.newest[number] = replace(last, seq=last.seq + 1)
            self.desk.bus.publish(ProgressAdvanced(newest.scan_id, newest.seq, newest))
        return self.moments


class SendStr:
    """A bare aiohttp handler."""

    def __init__(self) -> None:
        self.sockets: list[list[web.WebSocketResponse]] = [[] for _ in range(SCANS)]
        self.rest = text_of(FIRST_SEQ).decode()[1:]
        app = web.Application()
        app.router.add_get("/{number}", self.serve)
        self.runner = web.AppRunner(app, access_log=None)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets[int(request.match_info["number"])].append(socket)
        async for _ in socket:
            pass
        return socket

    def paths(self) -> list[str]:
        return [f"/{number}" for number in range(SCANS)]

    async def tell(self, numbers: list[int]) -> list[float]:
        at = round(1e3 * time.time(), 3)
        text = f'{{"type":"progress","at":{at},{self.rest}'
        for number in numbers:
            for socket in self.sockets[number]:
                await socket.send_str(text)
        return [at] * len(numbers)
