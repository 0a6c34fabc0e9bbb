"""Markets of other people's making: hostile names, few bars, no volume. All looks right, and is text."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from aiohttp import ClientSession
from playwright.async_api import Page, expect

from tests.dashboard.conftest import Faults
from tests.dashboard.test_symbol import drawn, traces
from tests.support.market_folder import HEADER, write_bars
from tests.support.server import ServerProcess, serving
from tests.support.watching import end_of, start

IMAGE = "<img src=x onerror=document.title='hit'>"
SYMBOL = "<b onclick=hit()>"
NAMES = {
    SYMBOL: f"{IMAGE} & Co.",
    "FEW": "<script>document.title = 'hit'</script>",
    "STILL": "{{7*7}} ${7*7}",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of a folder whose names are HTML; of one symbol there are few bars, one never moves."""
    folder = tmp_path_factory.mktemp("odd")
    market = write_bars(folder / "market", [SYMBOL], count=260)
    write_bars(market, ["FEW"], count=22)
    days = (date(2024, 1, 1) + timedelta(days=number) for number in range(60))
    (market / "STILL.csv").write_text("\n".join([HEADER, *(f"{day},5,5,5,5,0" for day in days)]) + "\n")
    with (market / "constituents.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [
                ("Symbol", "Name", "Sector", "Industry"),
                *((symbol, name, IMAGE, IMAGE) for symbol, name in NAMES.items()),
            ]
        )
    with serving(folder, source="files", sources__files__path=market) as server:
        yield server


async def untouched(page: Page) -> None:
    """Nothing of the names became an element, or ran."""
    assert await page.locator("img, main script, main b").count() == 0
    assert await page.title() != "hit"


async def test_names_of_a_market_are_text_where_a_scan_is_started(page: Page, api: ClientSession) -> None:
    await page.goto("#/start")
    await expect(page.get_by_role("checkbox", name=IMAGE)).not_to_have_count(0)
    await page.get_by_role("checkbox", name=IMAGE).first.check()
    await page.locator(".filters").get_by_role("button", name="Write one").click()
    await page.get_by_label("Condition as text").last.fill(f"name != {IMAGE}")
    await page.get_by_role("textbox", name="Symbols").fill(SYMBOL.replace(" ", ""))
    await expect(page.locator(".handout code")).to_contain_text("onerror")
    await untouched(page)


async def test_names_of_a_market_are_text_in_a_scans_rows_and_on_a_symbols_page(
    page: Page, api: ClientSession
) -> None:
    scan = await start(api, symbols=[SYMBOL], sectors=[IMAGE])
    await end_of(api, scan)
    await page.goto(f"#/scan/{scan['scan_id']}")
    link = page.get_by_role("link", name=SYMBOL)
    await expect(link).to_be_visible()
    await untouched(page)
    await link.click()
    await drawn(page, SYMBOL)
    await expect(page.get_by_role("heading", level=1)).to_have_text(SYMBOL)
    await expect(page.locator(".who")).to_contain_text(NAMES[SYMBOL])
    await untouched(page)


async def test_a_symbol_of_few_bars_shows_what_does_not_vote(page: Page) -> None:
    await page.goto("#/symbol/FEW")
    await drawn(page, "FEW")
    await expect(page.locator(".who")).to_contain_text(NAMES["FEW"])
    missing = page.locator("tr[data-vote=missing]")
    await expect(missing).not_to_have_count(0)
    await expect(missing.first).to_contain_text("Too few bars")
    assert set(await traces(page)) == {"Price", "Volume", "SMA 20", "SMA 50", "SMA 200"}
    assert (await traces(page))["SMA 50"] == [None] * 22
    await untouched(page)


async def test_a_symbol_without_volume_and_movement_has_no_volume_in_its_chart_and_no_plan(
    page: Page,
) -> None:
    await page.goto("#/symbol/STILL?allow_shorts=true")
    await drawn(page, "STILL")
    assert "Volume" not in await traces(page)
    await expect(page.get_by_role("region", name="Trade plan")).to_contain_text("No trade")
    await expect(page.locator("tr[data-name=vwma20]")).to_contain_text("no vote")
    assert await page.locator("text=NaN").count() == 0


async def test_an_unknown_symbol_that_is_html_is_text(page: Page, faults: Faults) -> None:
    faults.expect("404")
    await page.goto("#/symbol/%3Cimg%20src%3Dx%20onerror%3Dhit()%3E")
    await expect(page.get_by_text("No symbol “<img src=x onerror=hit()>” is known here.")).to_be_visible()
    await untouched(page)
