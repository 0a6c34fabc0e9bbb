"""The application on a real AppRunner: aiohttp's TestServer hides handlers that outlive their client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest
import uvloop
from aiohttp import ClientSession, web

from technic.config.settings import ServerSettings, StreamSettings
from technic.http.app import create_app
from technic.http.runner import Runner
from tests.http.scripted_engine import ScriptedEngine

Serve = Callable[..., Awaitable["Served"]]


class Served:
    """An application that serves, and a client of it."""

    def __init__(self, app: web.Application, runner: web.AppRunner, client: ClientSession) -> None:
        self.app = app
        self.runner = runner
        self.client = client
        self.host, self.port = runner.addresses[0][:2]

    async def json(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        async with self.client.request(method, path, **options) as response:
            return response.status, await response.json(content_type=None)


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Both event loops where a test leans on transports; the server runs on uvloop's."""
    loops = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
    both = item.path.name.startswith(("test_delivery", "test_real_engine"))
    return loops if both else {"asyncio": loops["asyncio"]}


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serves an engine; at the end everything is closed."""
    async with asyncio.timeout(100), AsyncExitStack() as closing:

        async def start(
            engine: Any,
            settings: ServerSettings | None = None,
            streams: StreamSettings | None = None,
            **options: Any,
        ) -> Served:
            app = create_app(engine, settings or ServerSettings(), streams or StreamSettings())
            runner = Runner(app, access_log=None, **({"shutdown_timeout": 1.0} | options))
            await runner.setup()
            closing.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
            host, port = runner.addresses[0][:2]
            client = await closing.enter_async_context(ClientSession(f"http://{host}:{port}"))
            return Served(app, runner, client)

        yield start


@pytest.fixture
def engine() -> ScriptedEngine:
    """An engine whose scans do what the test says."""
    return ScriptedEngine()


@pytest.fixture
async def served(serve: Serve, engine: ScriptedEngine) -> Served:
    """That engine, served."""
    return await serve(engine)
