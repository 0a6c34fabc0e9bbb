"""The list of all scans: live, found, called off, and quiet where nobody looks."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Locator, Page, WebSocket, expect

from tests.dashboard.conftest import Faults, open_page
from tests.dashboard.steps import group, hold_back_sockets, read, row, start
from tests.support.server import ServerProcess, serving
from tests.support.waiting import until
from tests.support.watching import end_of

HUNDRED = 100
WIDTHS = """() => {
  const room = document.querySelector(".scans").parentElement;
  const cells = [...document.querySelectorAll(".scans th, .scans td:not(.what)")];
  const cut = cells.filter((cell) => cell.offsetWidth > 1 && cell.scrollWidth > cell.clientWidth);
  return [room.scrollWidth > room.clientWidth, cut.map((cell) => `${cell.className}: ${cell.textContent}`)];
}"""
"""Whether the list of scans has to be scrolled sideways, and which cells show less than they hold."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server of the test's own, where a scan of everything takes two minutes; SIM0065 alone is quick."""
    with serving(
        tmp_path,
        sources__simulated__symbols=65,
        sources__simulated__years=1,
        sources__simulated__latency_seconds=2,
        engine__unit_symbols=64,
        engine__drain_grace_seconds=0.1,
    ) as server:
        yield server


def frames_of(page: Page) -> list[dict[str, Any]]:
    """Every frame that comes over its WebSockets from now on."""
    frames: list[dict[str, Any]] = []

    def open_(socket: WebSocket) -> None:
        socket.on("framereceived", lambda text: frames.append(json.loads(text)))

    page.on("websocket", open_)
    return frames


def link_to(page: Page, name: str) -> Locator:
    """The link to a view at the head of the page."""
    return page.get_by_role("navigation", name="Main").get_by_role("link", name=name)


async def test_nothing_at_all_says_what_to_do(page: Page) -> None:
    await page.goto("#/scans")
    await expect(page.get_by_role("heading", name="No scans yet")).to_be_visible()
    await page.get_by_role("link", name="Start a scan").click()
    await expect(link_to(page, "New scan")).to_have_attribute("aria-current", "page")


async def test_an_address_that_names_no_view_shows_the_scans_and_marks_them(page: Page) -> None:
    await page.goto("#/nowhere/at/all")
    await expect(page.get_by_role("heading", name="Scans", exact=True)).to_be_visible()
    await expect(link_to(page, "Scans")).to_have_attribute("aria-current", "page")


@pytest.mark.parametrize("width", [1280, 1200, 1024, 800])
async def test_a_wide_enough_screen_shows_a_scan_without_scrolling_and_cuts_no_figure(
    browser: Browser, server: ServerProcess, faults: Faults, api: ClientSession, width: int
) -> None:
    """By the clock of a locale that writes AM and PM."""
    scan_id = await start(api, symbols=["SIM0065"])
    size = {"width": width, "height": 800}
    async with open_page(browser, server.url, faults, viewport=size, locale="en-US") as page:
        await page.goto("#/scans")
        await expect(row(page, scan_id).locator(".status")).to_have_text("completed")
        scrolls, cut = await page.evaluate(WIDTHS)
    assert not scrolls or width < 1000
    assert cut == []
    faults.settle()


async def test_a_scan_appears_by_itself_moves_and_ends_under_an_open_page(
    page: Page, api: ClientSession
) -> None:
    await page.goto("#/scans")
    await expect(page.locator("#connection")).to_have_text("Live")
    scan_id = await start(api, preset="oversold", tags=["<b>mine</b>"])
    one = row(page, scan_id)
    await expect(one.locator(".status")).to_have_text("running")
    await expect(one.locator(".what")).to_have_text("<b>mine</b> oversold")
    await expect(group(page, "Running: 1")).to_be_visible()
    await expect(page.locator(".totals")).to_contain_text("Running1")
    quick = await start(api, symbols=["SIM0065"])
    await expect(group(page, "Lately ended: 1")).to_be_visible()
    await expect(row(page, quick).locator(".status")).to_have_text("completed")
    await one.get_by_role("link").click()
    await expect(page.get_by_role("heading", name=f"Scan {scan_id[:8]}")).to_be_visible()


@pytest.mark.parametrize("view", ["scans", "history"])
async def test_a_scan_that_ended_before_anybody_could_tell_the_page_is_shown(
    page: Page, api: ClientSession, view: str
) -> None:
    """After the page has asked for what has ended, and before it is connected."""
    comes = await hold_back_sockets(page)
    await page.goto(f"#/{view}")
    nothing = "No scans yet" if view == "scans" else "No scan has ended yet."
    await expect(page.get_by_text(nothing)).to_be_visible()
    scan_id = await start(api, symbols=["SIM0065"])
    await end_of(api, {"websocket_url": f"/scan/ws/{scan_id}"})
    comes.set()
    await expect(page.locator(f'[data-key="{scan_id}"] .status')).to_have_text("completed")


async def test_a_view_may_be_left_before_it_is_connected(
    page: Page, server: ServerProcess, api: ClientSession
) -> None:
    """The browser would warn of a WebSocket that is closed while it connects."""
    scan_id = await start(api)
    await page.goto("#/history")
    await expect(page.locator("#connection")).to_have_text("Live")
    server.process.send_signal(signal.SIGSTOP)
    try:
        for place in (f"#/scan/{scan_id}", "#/history"):
            await page.evaluate("(place) => { location.hash = place }", place)
            await expect(page.get_by_role("heading", level=1)).to_be_focused()
    finally:
        server.process.send_signal(signal.SIGCONT)
    await expect(page.get_by_text("No scan has ended yet.")).to_be_visible()


async def test_one_is_called_off_and_keeps_its_place_among_the_ended(page: Page, api: ClientSession) -> None:
    first, second = await start(api), await start(api)
    await page.goto("#/scans")
    await row(page, first).get_by_role("button", name="Cancel").click()
    await expect(row(page, first).locator(".status")).to_have_text("cancelled")
    await expect(row(page, second).locator(".status")).to_have_text("running")
    assert (await read(api, f"/scan/progress/{first}"))["status"] == "cancelled"
    await row(page, second).get_by_role("link").click()
    await page.locator(".scan-head").get_by_role("button", name="Cancel").click()
    await expect(page.locator(".scan-head .status")).to_have_text("cancelled")
    await expect(page.get_by_role("button", name="Start again")).to_be_enabled()


async def test_many_are_called_off_at_once_after_a_question(page: Page, api: ClientSession) -> None:
    scan_ids = [await start(api) for _ in range(3)]
    await page.goto("#/scans")
    cancel = page.get_by_role("button", name="selected")
    await expect(group(page, "Running: 3")).to_be_visible()
    await expect(cancel).to_be_disabled()
    await row(page, scan_ids[0]).get_by_role("checkbox").check()
    await row(page, scan_ids[1]).get_by_role("checkbox").check()
    await expect(cancel).to_have_text("Cancel 2 selected")
    await cancel.click()
    await page.get_by_role("dialog").get_by_role("button", name="No").click()
    await expect(cancel).to_have_text("Cancel 2 selected")
    await cancel.click()
    await page.get_by_role("dialog").get_by_role("button", name="Cancel them").click()
    for scan_id in scan_ids[:2]:
        await expect(row(page, scan_id).locator(".status")).to_have_text("cancelled")
    await expect(row(page, scan_ids[2]).locator(".status")).to_have_text("running")
    await expect(cancel).to_be_disabled()


async def test_scans_are_found_by_id_request_tag_status_and_time_also_in_the_history(
    page: Page, api: ClientSession
) -> None:
    past = await start(api, symbols=["SIM0065"], tags=["needle"])
    going = await start(api, preset="oversold")
    async with api.ws_connect(f"/scan/ws/{past}") as socket:
        _ = [message async for message in socket]
    await page.goto("#/scans")  # it ended before: only the history can know it
    rows = page.locator("table.scans tbody:not(.scan-group) tr")
    await expect(rows).to_have_count(2)
    text, status = page.get_by_label("Find scans"), page.get_by_label("Status")
    for asked, found in (
        (past, past),
        (past[:6], past),
        ("needle", past),
        ("SIM0065", past),
        ("oversold", going),
    ):
        await text.fill(asked)
        await expect(rows).to_have_count(1)
        await expect(row(page, found)).to_be_visible()
    await text.fill("nothing like it")
    await expect(page.get_by_role("heading", name="No scan is like this")).to_be_visible()
    await text.fill("")
    await expect(rows).to_have_count(2)
    await status.select_option("Completed")
    await expect(row(page, going)).to_have_count(0)
    await expect(row(page, past)).to_be_visible()
    await status.select_option("Running")
    await expect(row(page, past)).to_have_count(0)
    await expect(row(page, going)).to_be_visible()
    await status.select_option("Any status")
    await page.get_by_label("Time").select_option("The last hour")
    await expect(rows).to_have_count(2)


async def test_a_hundred_scans_go_on_at_once_without_a_row_of_theirs_and_can_be_called_off(
    page: Page, api: ClientSession
) -> None:
    frames = frames_of(page)
    await page.goto("#/scans")
    await expect(page.locator("#connection")).to_have_text("Live")
    for _ in range(HUNDRED):
        await start(api, min_tech_rating=-100)
    await expect(group(page, f"Running: {HUNDRED}")).to_be_visible()
    await expect(page.locator("table.scans tbody:not(.scan-group) tr")).to_have_count(HUNDRED)
    await expect(page.locator(".totals")).to_contain_text(f"Running{HUNDRED}")
    await expect(page.locator(".totals")).to_contain_text(f"Matches so far{HUNDRED}")  # SIM0065, in each
    await page.get_by_label("Select all that go on").check()
    await page.get_by_role("button", name=f"Cancel {HUNDRED} selected").click()
    await page.get_by_role("dialog").get_by_role("button", name="Cancel them").click()
    await expect(group(page, f"Lately ended: {HUNDRED}")).to_be_visible()
    kinds = {frame["type"] for frame in frames}
    assert "progress" in kinds
    assert "match" not in kinds
    assert len(frames) < 40 * HUNDRED


async def test_a_hidden_tab_has_no_connection_draws_nothing_and_goes_on_when_it_is_seen(
    page: Page, api: ClientSession
) -> None:
    """Chromium without a window never hides a tab by itself: the test says that it is hidden."""

    async def streams() -> int:
        return int((await read(api, "/health"))["streams"])

    async def hide(hidden: str) -> None:
        await page.evaluate(
            f"""() => {{
              Object.defineProperty(document, "hidden", {{ value: {hidden}, configurable: true }});
              document.dispatchEvent(new Event("visibilitychange"));
            }}"""
        )

    before = await streams()
    scan_id = await start(api)
    frames = frames_of(page)
    await page.goto("#/scans")
    await expect(row(page, scan_id).locator(".status")).to_have_text("running")
    assert await streams() == before + 1
    await hide("true")
    await expect(page.locator("#connection")).to_have_text("Paused")
    await until(lambda: _is(streams, before))
    await page.evaluate(
        """() => {
          window.changes = 0;
          new MutationObserver((all) => { window.changes += all.length; }).observe(document.body,
            { subtree: true, childList: true, attributes: true, characterData: true });
        }"""
    )
    heard = len(frames)
    other = await start(api, symbols=["SIM0065"])
    await api.post(f"/scan/cancel/{scan_id}")
    await until(lambda: _ended(api, scan_id))
    await until(lambda: _ended(api, other))
    assert await page.evaluate("() => window.changes") == 0
    assert len(frames) == heard
    await hide("false")
    await expect(row(page, scan_id).locator(".status")).to_have_text("cancelled")
    await expect(row(page, other).locator(".status")).to_have_text("completed")
    hello = next(frame for frame in frames[heard:] if frame["type"] == "hello")
    assert hello["recovered"] is True


async def _is(count: Any, wanted: int) -> bool:
    return bool(await count() == wanted)


async def _ended(api: ClientSession, scan_id: str) -> bool:
    return (await read(api, f"/scan/progress/{scan_id}"))["completed_at"] is not None
