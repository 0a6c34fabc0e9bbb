"""What several tests of the dashboard do: start scans, look at how one stands, let an answer come late."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from playwright.async_api import Locator, Page, Route, WebSocketRoute

RECORDER = (Path(__file__).parent / "recorder.js").read_text(encoding="utf-8")


async def start(api: ClientSession, **request: Any) -> str:
    """A scan's id."""
    async with api.post("/scan/start", json=request) as response:
        body = await response.json()
        assert response.status == 202, body
        return str(body["scan_id"])


async def read(api: ClientSession, path: str, **query: str) -> Any:
    """The JSON of an answer."""
    async with api.get(path, params=query) as response:
        assert response.status == 200, await response.text()
        return await response.json()


def row(page: Page, scan_id: str) -> Locator:
    """The row of a scan in the list of all."""
    return page.locator(f'table.scans tr[data-key="{scan_id}"]')


def group(page: Page, name: str) -> Locator:
    """The heading of a group of that list."""
    return page.locator("table.scans .scan-group", has_text=name)


async def hold_back(page: Page, pattern: str) -> asyncio.Event:
    """Send no request of such an address on before the event is set."""
    comes = asyncio.Event()

    async def wait(route: Route) -> None:
        await comes.wait()
        await route.continue_()

    await page.route(pattern, wait)
    return comes


async def hold_back_sockets(page: Page) -> asyncio.Event:
    """Connect no WebSocket of the page before the event is set."""
    comes = asyncio.Event()

    async def wait(socket: WebSocketRoute) -> None:
        await comes.wait()
        socket.connect_to_server()

    await page.route_web_socket(re.compile(r"/ws\b"), wait)
    return comes
