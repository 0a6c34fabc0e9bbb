"""The dashboard in a real Chromium, against a real server.

What a test may ask for:

- `page`: an empty page whose relative addresses are the server's: `await page.goto("#/scans")`. It is
  Playwright's async API; `await expect(page.get_by_role("row")).to_have_count(3)` waits for the fact.
- `server`: the server behind it. It is `quick_server`, unless the module has a fixture of that name that
  gives another: `slow_server`, or one of its own by `tests.support.server.serving`.
- `api`: an `aiohttp.ClientSession` of that server.
- `browser`: for contexts of one's own, `open_page(browser, server.url, faults, viewport=...)`.
- `faults`: what went wrong in the pages so far. An error in a script, an error or a warning in the console (a
  breach of the Content-Security-Policy is one) and a request to any other origin fail the test at its end,
  unless the test said before that it expects them: `faults.expect(r"ERR_CONNECTION_REFUSED")`. What is
  expected has to come.

All tests of this folder run on one event loop, because one Chromium serves them all. Chromium is the system's
(`make test-packages`); where it is missing the tests fail.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from tests.support.server import GUARD_SECONDS, ServerProcess

HERE = Path(__file__).parent
ARGUMENTS = (
    # nothing leaves this machine
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
    "--force-color-profile=srgb",
    "--disable-background-networking",
    *(("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()),  # root has none
)
UNCONNECTED = "WebSocket is closed before the connection is established"
VIEWPORT = {"width": 1280, "height": 800}

expect.set_options(timeout=GUARD_SECONDS * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for all: a browser belongs to the loop that started it."""
    for item in items:
        if item.path.is_relative_to(HERE) and isinstance(item, pytest.Function):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


class Faults:
    """What went wrong in the pages of a test."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._expected: list[str] = []
        self._left: set[BrowserContext] = set()

    def expect(self, pattern: str) -> None:
        """Faults that this is found in are what the test is about; one at least has to come."""
        self._expected.append(pattern)

    def watch(self, context: BrowserContext, origin: str) -> None:
        """Look at all that happens in a context, whose pages are of this origin."""
        context.on("console", lambda message: self._console(message, context))
        context.on("weberror", lambda error: self.seen.append(f"script: {error.error}"))
        context.on("request", lambda request: self._request(request.url, origin))
        context.on("page", lambda page: page.on("websocket", lambda one: self._request(one.url, origin)))

    def leave(self, context: BrowserContext) -> None:
        """Its pages are about to be closed; what they were still connecting ends with a warning."""
        self._left.add(context)

    def _console(self, message: ConsoleMessage, context: BrowserContext) -> None:
        if context in self._left and UNCONNECTED in message.text:
            return
        if message.type in {"error", "warning", "assert"}:
            self.seen.append(f"console {message.type}: {message.text} ({message.location.get('url')})")

    def _request(self, url: str, origin: str) -> None:
        asked = urlsplit(url)
        if asked.scheme not in {"data", "blob", "about"} and asked.netloc != urlsplit(origin).netloc:
            self.seen.append(f"request to another origin: {url}")

    def settle(self) -> None:
        """Raises AssertionError for what nobody expected, and for what was expected and did not come."""
        strange = [fault for fault in self.seen if not any(re.search(one, fault) for one in self._expected)]
        assert not strange, "\n".join(strange)
        for pattern in self._expected:
            assert any(re.search(pattern, fault) for fault in self.seen), (
                f"expected, and did not come: {pattern}"
            )


def script(name: str) -> str:
    """A function of JavaScript that stands beside the tests, for `page.evaluate`."""
    return (HERE / f"{name}.js").read_text(encoding="utf-8")


@asynccontextmanager
async def open_page(browser: Browser, url: str, faults: Faults, **options: Any) -> AsyncIterator[Page]:
    """A page in a context of its own, with nothing remembered; options as of `browser.new_context`."""
    context = await browser.new_context(
        base_url=f"{url}/", **({"viewport": VIEWPORT, "locale": "en-GB", "timezone_id": "UTC"} | options)
    )
    context.set_default_timeout(GUARD_SECONDS * 1000)
    faults.watch(context, url)
    try:
        yield await context.new_page()
    finally:
        faults.leave(context)
        await context.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium, headless; one for all tests."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("These tests need Chromium: make test-packages, or apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield browser
        await browser.close()


@pytest.fixture(scope="module")
def server(quick_server: ServerProcess) -> ServerProcess:
    """The server behind `page`; a module may have its own."""
    return quick_server


@pytest_asyncio.fixture(loop_scope="session")
async def api(server: ServerProcess) -> AsyncIterator[ClientSession]:
    """A client of that server."""
    async with ClientSession(server.url) as client:
        yield client


@pytest.fixture
def faults() -> Faults:
    """What goes wrong in the pages."""
    return Faults()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, server: ServerProcess, faults: Faults) -> AsyncIterator[Page]:
    """An empty page of the server; at its end nothing may have gone wrong."""
    async with open_page(browser, server.url, faults) as page:
        yield page
    faults.settle()
