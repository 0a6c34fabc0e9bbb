"""Pictures of the dashboard for the documentation: taken each time, kept in docs/img by `make pictures`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Page, expect

from tests.dashboard.conftest import Faults, open_page
from tests.dashboard.steps import group, row, start
from tests.support.past import KEPT, fill_like_life
from tests.support.server import ServerProcess, serving

SYMBOLS = 1_500
RUNNING = 9
DESKS = ("morning", "desk 4", "overnight", "")
ASKED = (
    {"preset": "breakout_20d"}, {"min_tech_rating": 40, "sectors": ["Energy"]}, {"preset": "oversold"},
    {"preset": "golden_cross"}, {"min_tech_rating": 10}, {"filters": ["rsi < 30", "adx > 25"]},
    {"preset": "momentum", "as_of": "2024-03-15"}, {"sectors": ["Technology"], "min_tech_rating": 20},
)  # fmt: skip
CROSSED = {"field": "macd", "op": "crosses_above", "value": {"field": "macd_signal"}, "within": 3}
FAR_ENOUGH = """() => {
  const bars = [...document.querySelectorAll("[role=progressbar]")];
  return bars.some((bar) => Number(bar.getAttribute("aria-valuenow")) >= 40);
}"""
IN_TREND = """() => document.querySelectorAll('td[data-trend]:not([data-trend=""])').length > 5"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A busy server whose bars take their time."""
    with serving(
        tmp_path,
        sources__simulated__symbols=SYMBOLS,
        sources__simulated__years=2,
        sources__simulated__latency_seconds=0.25,
        engine__unit_symbols=128,
        engine__max_running_scans=RUNNING,
        engine__drain_grace_seconds=0.1,
    ) as server:
        yield server


@pytest.fixture
def album(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where pictures go."""
    if request.config.getoption("--pictures"):
        return Path(__file__).resolve().parents[2] / "docs" / "img"
    return tmp_path


async def take(page: Page, album: Path, name: str) -> None:
    """One picture in light and one in dark."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=album / f"{name}-{scheme}.png", animations="disabled")
        assert (album / f"{name}-{scheme}.png").stat().st_size > 20_000


async def test_many_scans_and_one_of_them_as_they_run(
    browser: Browser, server: ServerProcess, api: ClientSession, faults: Faults, album: Path
) -> None:
    await start(api, symbols=["SIM0001", "SIM0002"], tags=["desk 4"])
    dropped = await start(api, symbols=["SIM0003", "SIM1400"])
    await api.post(f"/scan/cancel/{dropped}")
    going = [
        await start(api, **asked, tags=[desk] if desk else [])
        for asked, desk in zip(ASKED * 2, DESKS * 4, strict=True)
    ]
    size = {"width": 1280, "height": 860}
    async with open_page(browser, server.url, faults, viewport=size, device_scale_factor=1.5) as page:
        await page.goto("#/scans")
        await expect(group(page, f"Running: {RUNNING}")).to_be_visible()
        await expect(row(page, dropped)).to_be_attached()
        await page.wait_for_function(IN_TREND)
        await page.wait_for_function(FAR_ENOUGH)
        await take(page, album, "scans")
        await page.goto(f"#/scan/{going[4]}")
        await expect(page.locator(".results .rows tbody:not(.space) tr").nth(12)).to_be_visible()
        await page.wait_for_function(FAR_ENOUGH)
        await take(page, album, "scan")
    faults.settle()


async def test_the_form_that_starts_a_scan_as_it_is_filled_in(
    browser: Browser, quick_server: ServerProcess, faults: Faults, album: Path
) -> None:
    size = {"width": 1280, "height": 1330}
    async with (
        ClientSession(quick_server.url) as api,
        open_page(browser, quick_server.url, faults, viewport=size, device_scale_factor=1.5) as page,
    ):
        asked = {"sectors": ["Energy", "Materials"], "preset": "momentum", "sort_by": "perf_6m", "limit": 25}
        written = ["rsi between 40 and 70", "relative_volume > 1.5", {"any": ["close > sma50", CROSSED]}]
        scan = await start(api, **asked, filters=written)
        await page.goto(f"#/start?from={scan}")
        await expect(page.locator(".start .condition")).to_have_count(4)
        await take(page, album, "start")
    faults.settle()


async def test_a_symbol_with_its_chart_its_rating_and_its_trade_plan(
    browser: Browser, quick_server: ServerProcess, faults: Faults, album: Path
) -> None:
    size = {"width": 1280, "height": 1180}
    async with (
        ClientSession(quick_server.url) as api,
        open_page(browser, quick_server.url, faults, viewport=size, device_scale_factor=1.5) as page,
    ):
        asked = {"preset": "strong_buy", "filters": ["close > sma200"], "async_mode": False}
        async with api.post("/scan/start", json=asked) as response:
            best = (await response.json())["results"][0]["symbol"]
        await page.goto(f"#/symbol/{best}")
        await expect(page.locator(".chart")).to_have_attribute("data-drawn", best)
        await take(page, album, "symbol")
    faults.settle()


async def test_ended_scans_and_figures_over_them(
    browser: Browser, tmp_path: Path, faults: Faults, album: Path
) -> None:
    await fill_like_life(tmp_path / "past" / "kept")
    with serving(tmp_path / "past", **KEPT) as past:
        size = {"width": 1280, "height": 860}
        async with open_page(browser, past.url, faults, viewport=size, device_scale_factor=1.5) as page:
            await page.goto("#/history")
            await expect(page.locator("table.past tbody tr")).to_have_count(25)
            await take(page, album, "history")
            await page.set_viewport_size({"width": 400, "height": 800})
            await take(page, album, "history-narrow")
            await page.set_viewport_size({"width": 1280, "height": 1240})
            await page.goto("#/history?show=figures")
            await expect(page.locator(".plot .main-svg").nth(14)).to_be_visible()
            await take(page, album, "figures")
    faults.settle()
