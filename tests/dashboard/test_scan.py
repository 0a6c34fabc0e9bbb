"""The page of one scan: its bar through four stages, its rows as they are found, what one can do with it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession
from playwright.async_api import Page, expect

from tests.dashboard.conftest import Faults
from tests.dashboard.steps import RECORDER, read, start
from tests.support.server import ServerProcess, serving

SYMBOLS = 256


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A market whose bars take some seconds to come, for the first scan only."""
    with serving(
        tmp_path_factory.mktemp("scan"),
        sources__simulated__symbols=SYMBOLS,
        sources__simulated__years=1,
        sources__simulated__latency_seconds=0.15,
        engine__unit_symbols=64,
    ) as server:
        yield server


async def test_the_bar_moves_through_four_stages_and_rows_come_before_the_end(
    page: Page, api: ClientSession
) -> None:
    await page.goto("#/start")
    await page.evaluate(RECORDER)
    scan_id = await start(api, min_tech_rating=-100)
    await page.evaluate(f"() => {{ location.hash = '#/scan/{scan_id}' }}")
    await expect(page.locator(".scan-head .status")).to_have_text("completed")
    await expect(page.locator(".results .count")).to_have_text(str(SYMBOLS))
    looks = await page.evaluate("() => window.looks")
    percentages = [look["percentage"] for look in looks]
    assert percentages == sorted(percentages)
    assert len(set(percentages)) > 5
    for stage in (1, 2):
        assert any(0 < look["stages"][stage] < 1 for look in looks if look["stages"]), stage
    assert looks[-1]["stages"] == [1, 1, 1, 1]
    assert any(look["rows"] > 0 and look["status"] == "running" for look in looks)
    await expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")


async def test_rows_are_sorted_filtered_and_shown_in_the_columns_that_one_chooses(
    page: Page, api: ClientSession
) -> None:
    scan_id = await start(api, min_tech_rating=-100)
    await page.goto(f"#/scan/{scan_id}")
    symbols = page.locator(".results .rows tbody:not(.space) th")
    rows = (await read(api, f"/scan/results/{scan_id}"))["results"]
    await expect(symbols.first).to_have_text(rows[0]["symbol"])
    await page.get_by_role("button", name="Close").click()
    await expect(page.get_by_role("columnheader", name="Close")).to_have_attribute("aria-sort", "descending")
    dearest = sorted(rows, key=lambda row: -row["close"])
    await expect(symbols.first).to_have_text(dearest[0]["symbol"])
    await page.get_by_role("button", name="Close").click()
    await expect(symbols.first).to_have_text(dearest[-1]["symbol"])

    await page.get_by_role("button", name="strong buy").click()
    bought = [row for row in rows if row["signal"] == "STRONG_BUY"]
    await expect(page.locator(".results .count")).to_have_text(f"{len(bought)} of {SYMBOLS}")
    await page.get_by_role("button", name="strong buy").click()
    await page.get_by_label("Filter the rows").fill("sim0007")
    await expect(symbols).to_have_text(["SIM0007"])
    await page.get_by_label("Filter the rows").fill("<b>no such</b>")
    await expect(page.get_by_text("No row passes what you filter by above.")).to_be_visible()
    await page.get_by_label("Filter the rows").fill("")

    await page.get_by_text("Columns", exact=True).click()
    await page.get_by_label("Sector").uncheck()
    await expect(page.get_by_role("columnheader", name="Sector")).to_have_count(0)
    await page.reload()
    await expect(symbols.first).to_be_visible()
    await expect(page.get_by_role("columnheader", name="Sector")).to_have_count(0)


async def test_only_the_rows_in_sight_are_in_the_page(page: Page, api: ClientSession) -> None:
    await page.goto(f"#/scan/{await start(api, min_tech_rating=-100)}")
    rows = page.locator(".results .rows tbody:not(.space) tr")
    await expect(page.locator(".results .count")).to_have_text(str(SYMBOLS))
    assert 10 < await rows.count() < 60
    await page.locator(".scroller.tall").evaluate("(box) => { box.scrollTop = box.scrollHeight }")
    await expect(page.locator(f'tr[aria-rowindex="{SYMBOLS + 1}"]')).to_be_visible()
    assert await rows.count() < 60


async def test_the_rows_can_be_had_as_csv(page: Page, api: ClientSession, tmp_path: Path) -> None:
    await page.goto(f"#/scan/{await start(api, min_tech_rating=10)}")
    await expect(page.locator(".scan-head .status")).to_have_text("completed")
    count = int(await page.locator(".results .count").inner_text())
    async with page.expect_download() as download:
        await page.get_by_role("link", name="CSV").click()
    saved = tmp_path / "rows.csv"
    await (await download.value).save_as(saved)
    lines = saved.read_text(encoding="utf-8").splitlines()
    assert len(list(csv.DictReader(lines))) == count > 0


async def test_a_scan_is_called_off_started_again_and_deleted(page: Page, api: ClientSession) -> None:
    symbols = [f"SIM{n:04}" for n in range(1, 40)]
    scan_id = await start(api, symbols=symbols, preset="oversold", tags=["mine"])
    await page.goto(f"#/scan/{scan_id}")
    await expect(page.locator(".asked")).to_contain_text("oversold, SIM0001, SIM0002")
    await expect(page.locator(".asked")).to_contain_text("#mine")
    await page.get_by_role("button", name="Start again").click()
    await expect(page).not_to_have_url(f"{page.url.split('#')[0]}#/scan/{scan_id}")
    again = page.url.rpartition("/")[2]
    assert (await read(api, f"/scan/request/{again}"))["request"]["symbols"] == symbols
    await expect(page.locator(".scan-head .status")).to_have_text("completed")
    await page.get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="No").click()
    await expect(page.locator(".scan-head .status")).to_have_text("completed")
    await page.get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("The scan was deleted.")).to_be_visible()
    async with api.get(f"/scan/progress/{again}") as response:
        assert response.status == 404


async def test_failures_and_where_the_time_went_are_told(page: Page, api: ClientSession) -> None:
    scan_id = await start(api, symbols=["SIM0001", "NOBODY"], min_tech_rating=-100)
    await page.goto(f"#/scan/{scan_id}")
    await page.get_by_text("1 failure, 2 warnings").click()
    await expect(page.get_by_role("row", name="NOBODY")).to_contain_text("Unknown symbol")
    await page.get_by_text("Performance").click()
    await expect(page.get_by_role("row", name="Asked for")).to_contain_text("2")


async def test_a_scan_that_nobody_knows_is_told_as_that(page: Page, faults: Faults) -> None:
    faults.expect("404")
    await page.goto(f"#/scan/{'0' * 32}")
    await expect(page.get_by_role("heading", name="This scan is not known")).to_be_visible()
    await page.goto("#/scan/")
    await expect(page.get_by_role("heading", name="No scan was named")).to_be_visible()
    await page.get_by_role("link", name="To the scans").click()
    await expect(page.get_by_role("heading", name="Scans", exact=True)).to_be_visible()
