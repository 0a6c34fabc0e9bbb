"""`technic report` as a user runs it: one file, from a real server, opened in a real browser."""

from __future__ import annotations

import shutil

import pytest
from aiohttp import ClientSession
from playwright.async_api import async_playwright

from technic.cli.reporting.page import page as page_of
from tests.cli.test_report_page import hostile
from tests.dashboard.conftest import ARGUMENTS
from tests.support.server import run_technic, serving

IMAGES = ("light", 1280), ("dark", 1280), ("light", 400)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("server"), sources__simulated__symbols=60) as server:
        yield server


@pytest.fixture
async def scan_id(server):
    async with (
        ClientSession(server.url) as client,
        client.post("/scan/start", json={"async_mode": False, "min_tech_rating": -100}) as response,
    ):
        return (await response.json())["scan_id"]


async def test_the_page_works_from_the_file_system_and_asks_nobody_for_anything(server, scan_id, tmp_path):
    done = run_technic(tmp_path, "report", scan_id, "--url", server.url, "--charts", "2")
    file = tmp_path / f"scan-{scan_id}.html"
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith(f"{file.name}: 60 rows")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(ARGUMENTS)
        )
        for scheme, width in IMAGES:
            said, asked = [], []
            page = await browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
            page.on("console", lambda message, said=said: said.append(message.text))
            page.on("pageerror", lambda error, said=said: said.append(str(error)))
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            await page.goto(file.as_uri())
            plots = page.locator("[data-figure] > .plot-container")
            assert await plots.count() == 6
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            await page.get_by_role("button", name="Symbol").click()
            symbols = page.locator("#rows tbody th")
            assert await symbols.first.inner_text() == "SIM0001"
            await page.get_by_role("button", name="Symbol").press("Enter")
            assert await symbols.first.inner_text() == "SIM0060"
            assert (said, asked) == ([], [file.as_uri()])
            await page.close()
        await browser.close()


async def test_hostile_texts_do_nothing_in_a_browser_but_stand_there(tmp_path):
    file = tmp_path / "hostile.html"
    file.write_bytes(page_of(hostile(), 100))
    said = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(ARGUMENTS)
        )
        page = await browser.new_page()
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        await page.goto(file.as_uri())
        assert await page.locator("[data-figure] > .plot-container").count() == 5
        assert "<img src=x onerror=alert(1)>" in await page.locator("#rows tbody th").inner_text()
        assert await page.locator("img").count() == 0
        await browser.close()
    assert said == []


async def test_a_report_may_be_written_over_and_another_file_only_by_force(server, scan_id, tmp_path):
    def report(*more):
        return run_technic(tmp_path, "report", scan_id, "--url", server.url, "--charts", "0", *more)

    mine = tmp_path / "mine.html"
    mine.write_text("<p>Mine</p>")
    refused = report("--output", str(mine))
    assert (refused.returncode, mine.read_text()) == (2, "<p>Mine</p>")
    assert "--force" in refused.stderr
    assert report("--output", str(mine), "--force").returncode == 0
    assert report("--output", str(mine)).returncode == 0
    assert "generator" in mine.read_text()


async def test_what_cannot_be_had_is_told_and_leaves_no_file(server, tmp_path):
    unknown = run_technic(tmp_path, "report", "f" * 32, "--url", server.url)
    assert (unknown.returncode, "there is no scan" in unknown.stderr) == (1, True)
    nobody = run_technic(tmp_path, "report", "f" * 32, "--url", "http://127.0.0.1:9")
    assert (nobody.returncode, "technic serve" in nobody.stderr) == (1, True)
    nowhere = run_technic(tmp_path, "report", "f" * 32, "--output", str(tmp_path / "none" / "x.html"))
    assert nowhere.returncode == 2
    assert list(tmp_path.glob("*.html")) == []
