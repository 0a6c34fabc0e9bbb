"""Figures over ended scans: each a plot, and a table that says the same."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Page, expect

from tests.support.past import KEPT, fill
from tests.support.server import ServerProcess, serving
from tests.support.watching import call

TITLES = [
    "Scans over time", "Speed over time", "How long completed scans took", "Where their time went",
    "Where units of work came from", "Presets by use", "What kept rows out", "Why symbols failed",
    "Symbols that fail most",
]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with three days of ended scans."""
    folder = tmp_path_factory.mktemp("figures")
    asyncio.run(fill(folder / "kept", 60))
    with serving(folder, sources__simulated__symbols=64, sources__simulated__years=1, **KEPT) as server:
        yield server


async def table(page: Page, title: str) -> list[list[str]]:
    """The cells of a plot's table, with its heads."""
    found: list[list[str]] = await page.get_by_role("table", name=title, include_hidden=True).evaluate(
        "(table) => [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    return found


async def drawn(page: Page, title: str) -> list[dict[str, Any]]:
    """The traces of a plot, once it stands in the page."""
    plot = page.get_by_role("figure", name=title)
    await expect(plot.locator(".main-svg").first).to_be_visible()
    traces: list[dict[str, Any]] = await plot.locator(".js-plotly-plot").evaluate(
        "(room) => room.data.map(({ type, name, x, y, marker }) => "
        "({ type, name, x: [...x].map(String), y: [...y], colour: marker?.color }))"
    )
    return traces


async def test_every_plot_is_drawn_and_stands_as_a_table_too(page: Page) -> None:
    await page.goto("#/history?show=figures")
    await expect(page.locator(".plot h2")).to_have_text(TITLES)
    for title in TITLES:
        assert await drawn(page, title)
        assert len(await table(page, title)) > 1
    await expect(page.get_by_text("60 scans have ended: ")).to_be_visible()
    await page.get_by_text("As a table").first.click()
    await expect(page.get_by_role("table", name="Scans over time")).to_be_visible()


async def test_plots_and_tables_say_what_the_server_counts(page: Page, api: ClientSession) -> None:
    _, stats = await call(api, "GET", "/scan/stats?bucket_seconds=86400")
    await page.goto("#/history?show=figures&by=day")
    await expect(page.locator(".plot h2")).to_have_text(TITLES)
    over_time = {trace["name"]: trace["y"] for trace in await drawn(page, "Scans over time")}
    assert over_time == {
        status: [step["by_status"].get(status, 0) for step in stats["throughput"]]
        for status in ("completed", "failed", "cancelled")
    }
    assert (await table(page, "Scans over time"))[0] == [
        "Day from",
        "completed",
        "failed",
        "cancelled",
        "Symbols",
    ]
    assert (await table(page, "Presets by use"))[1:] == [
        [(use["preset"] or "without a preset").replace("_", " "), str(use["scans"]), str(use["matches"])]
        for use in stats["presets"]
    ]
    assert (await table(page, "What kept rows out"))[1:] == [
        [each["condition"], f"{each['rows']:,}", str(each["scans"])] for each in stats["rejected"]
    ]
    assert (await table(page, "Symbols that fail most"))[1:] == [["NOPE", "12", "unknown symbol"]]
    await expect(page.get_by_text("Half within 2.00 s, 95 % within 3.00 s.")).to_be_visible()


async def test_the_step_is_chosen_or_suits_what_there_is(page: Page) -> None:
    await page.goto("#/history?show=figures")
    await expect(page.locator(".plot h2")).to_have_text(TITLES)
    assert (await table(page, "Scans over time"))[0][0] == "Day from"
    await page.get_by_label("Step").select_option("Hour")
    await expect(page).to_have_url(re.compile("by=hour"))
    await expect(
        page.get_by_role("table", name="Scans over time", include_hidden=True).locator("tr")
    ).to_have_count(61)
    await page.goto("#/history?show=figures&since=2026-03-02")
    await expect(page.get_by_text("13 scans have ended: ")).to_be_visible()
    assert (await table(page, "Scans over time"))[0][0] == "Hour from"
    await page.get_by_role("navigation", name="History").get_by_role("link", name="Scans").click()
    await expect(page.locator("table.past tbody tr")).to_have_count(13)


async def test_no_plot_has_buttons_that_send_it_away_or_stop_a_way_by_tab(page: Page) -> None:
    await page.goto("#/history?show=figures")
    await expect(page.locator(".plot .main-svg").nth(len(TITLES))).to_be_visible()
    await expect(page.locator(".plot figure button, .plot figure .modebar-btn")).to_have_count(0)


async def test_plots_take_the_colours_of_the_theme(page: Page) -> None:
    await page.emulate_media(color_scheme="light")
    await page.goto("#/history?show=figures")
    await expect(page.locator(".plot h2")).to_have_text(TITLES)
    light = (await drawn(page, "Presets by use"))[0]["colour"]
    await page.emulate_media(color_scheme="dark")
    rooms = "[...document.querySelectorAll('.plot .js-plotly-plot')]"
    await page.wait_for_function(
        f"(light) => {rooms}.every((room) => room.data[0].marker?.color !== light)", arg=light
    )
