"""A scripted engine on a real server, perhaps behind something that is in the way, and clients of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiohttp import web

from technic.client import Habits, TechnicClient
from technic.config.settings import ServerSettings, StreamSettings
from technic.http.app import create_app
from technic.http.runner import Runner
from tests.http.scripted_engine import ScriptedEngine

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Barrier = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]

RELEASE = web.AppKey("release", asyncio.Event)
"""Set when the test is over: a barrier that answers nothing waits for it."""

HABITS = Habits(
    patience_seconds=10, first_pause_seconds=0.001, longest_pause_seconds=0.01, poll_seconds=0.01,
    greeting_seconds=5,
)  # fmt: skip
"""Those of a client that is in a hurry."""


@dataclass
class Served:
    """A server, its engine, and clients of it.

    Attributes:
        asked: Method and path of every request, in order.
        barrier: Stands before every handler; None lets all through.
    """

    engine: ScriptedEngine
    closing: AsyncExitStack
    url: str = ""
    barrier: Barrier | None = None
    runner: web.AppRunner | None = None

    def __post_init__(self) -> None:
        self.asked: list[str] = []
        self.transports: list[asyncio.Transport] = []

    async def client(self, **habits: Any) -> TechnicClient:
        """A client with these habits."""
        return await self.closing.enter_async_context(
            TechnicClient(self.url, habits=replace(HABITS, **habits))
        )

    def cut(self) -> None:
        """Every connection of now is lost."""
        for transport in self.transports:
            transport.abort()
        self.transports.clear()

    async def stop(self) -> None:
        """It is there no more."""
        await self.runner.cleanup()

    def count(self, path: str) -> int:
        """How many requests there were whose path begins so."""
        return sum(asked.partition(" ")[2].startswith(path) for asked in self.asked)


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serves a scripted engine; at the end everything is closed, and no task is left."""
    before = asyncio.all_tasks()
    async with asyncio.timeout(60), AsyncExitStack() as closing:

        async def start(
            engine: ScriptedEngine | None = None, barrier: Barrier | None = None, **streams: Any
        ) -> Served:
            served = Served(engine or ScriptedEngine(), closing, barrier=barrier)
            app = create_app(served.engine, ServerSettings(), StreamSettings(**streams))

            @web.middleware
            async def stand(request: web.Request, handler: Handler) -> web.StreamResponse:
                served.asked.append(f"{request.method} {request.path}")
                served.transports.append(request.transport)
                if served.barrier is not None:
                    return await served.barrier(request, handler)
                return await handler(request)

            app.middlewares.insert(0, stand)
            runner = Runner(app, access_log=None, shutdown_timeout=1.0)
            served.runner = runner
            app[RELEASE] = asyncio.Event()
            await runner.setup()
            closing.push_async_callback(runner.cleanup)
            closing.callback(app[RELEASE].set)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            served.url = f"http://{host}:{port}"
            return served

        yield start
    assert asyncio.all_tasks() <= before | {asyncio.current_task()}


@pytest.fixture
async def served(serve: Serve) -> Served:
    """An engine, served, with nothing in the way."""
    return await serve()
