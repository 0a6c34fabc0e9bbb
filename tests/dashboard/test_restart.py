"""A server that is killed and started again under an open page: it goes on without a gap or a doubled row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Page, WebSocket, expect

from tests.dashboard.conftest import Faults, open_page
from tests.dashboard.steps import group, read, row, start
from tests.support.server import ServerProcess

SYMBOLS = 256
SETTINGS = {
    "sources__simulated__symbols": SYMBOLS,
    "sources__simulated__years": 1,
    "sources__simulated__latency_seconds": 0.3,
    "engine__unit_symbols": 64,
    "store__checkpoint_seconds": 0.05,
}


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[list[ServerProcess]]:
    """The lives of one server; what is left is ended."""
    lives = [ServerProcess(tmp_path, **SETTINGS)]
    yield lives
    for life in lives:
        life.kill()


def matches_of(page: Page) -> list[str]:
    """The symbol of every row that comes over its WebSockets from now on."""
    symbols: list[str] = []

    def take(text: str | bytes) -> None:
        frame: dict[str, Any] = json.loads(text)
        symbols.extend(found["symbol"] for found in frame.get("rows", ()))

    def open_(socket: WebSocket) -> None:
        socket.on("framereceived", take)

    page.on("websocket", open_)
    return symbols


async def test_a_page_goes_on_over_a_kill_without_a_gap_or_a_doubled_row(
    browser: Browser, killed: list[ServerProcess], faults: Faults, tmp_path: Path
) -> None:
    faults.expect("ERR_CONNECTION_REFUSED|WebSocket connection to")
    url = killed[0].url
    async with (
        ClientSession(url) as api,
        open_page(browser, url, faults) as page,
        open_page(browser, url, faults) as list_,
    ):
        symbols = matches_of(page)
        scan_id = await start(api, min_tech_rating=-100)
        await list_.goto("#/scans")
        await expect(row(list_, scan_id).locator(".status")).to_have_text("running")
        await page.goto(f"#/scan/{scan_id}")
        await expect(page.locator(".results .rows tbody:not(.space) tr").first).to_be_visible()

        killed[0].kill_group()
        for one in (page, list_):
            await expect(one.locator("#connection")).to_have_text("Connection lost; trying again")
        seen = len(symbols)
        assert 0 < seen < SYMBOLS
        killed.append(ServerProcess(tmp_path, port=url.rpartition(":")[2], **SETTINGS))

        for one in (page, list_):
            await expect(one.locator("#connection")).to_have_text("Live")
        await expect(page.locator(".scan-head .status")).to_have_text("completed")
        await expect(row(list_, scan_id).locator(".status")).to_have_text("completed")
        await expect(group(list_, "Lately ended: 1")).to_be_visible()
        await expect(page.locator(".results .count")).to_have_text(str(SYMBOLS))
        results = (await read(api, f"/scan/results/{scan_id}"))["results"]
    assert sorted(symbols) == sorted(found["symbol"] for found in results)
    assert killed[1].end() == 0
    faults.settle()
