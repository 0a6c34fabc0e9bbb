"""Every view in every state, light and dark, wide and narrow: axe finds nothing, nothing sticks out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiohttp import ClientSession
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.dashboard.conftest import Faults, script
from tests.dashboard.states import SLOW, STATES
from tests.support.server import ServerProcess, serving

WIDTHS = (1280, 400)
NARROWEST = 320  # what a page of 1280 pixels is at a magnification of four (WCAG 1.4.10)
RULES = {"resultTypes": ["violations"]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Where scans go on for as long as they are looked at."""
    with serving(tmp_path_factory.mktemp("looked-at"), **SLOW) as server:
        yield server


async def violations(page: Page) -> list[str]:
    """What axe finds wrong, a line for each element."""
    found = (await Axe().run(page, options=RULES)).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("state", STATES)
async def test_axe_finds_nothing_and_nothing_sticks_out_sideways(
    page: Page, api: ClientSession, faults: Faults, state: str
) -> None:
    await STATES[state](page, api, faults)
    wrong: dict[str, list[str]] = {}
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            wrong[f"{width} {scheme}"] = await violations(page)
    assert not any(wrong.values()), wrong
    for width in (*WIDTHS, NARROWEST):
        await page.set_viewport_size({"width": width, "height": 800})
        assert await page.evaluate(script("sticking_out")) == []


async def test_axe_does_find_what_is_wrong(page: Page) -> None:
    """A tool that sees nothing finds nothing."""
    await page.goto("#/history")
    await page.evaluate(
        """() => {
          const button = document.createElement("button");
          document.getElementById("view").append(button, document.createElement("img"));
        }"""
    )
    assert {line.split(":")[0] for line in await violations(page)} >= {"button-name", "image-alt"}
