"""Without a mouse, and without eyes: all is reached, the focus is seen and stays, and little is said."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from aiohttp import ClientSession
from playwright.async_api import Page, expect

from tests.dashboard.conftest import Faults, script
from tests.dashboard.states import SLOW, STATES, scanned
from tests.dashboard.steps import hold_back
from tests.support.server import ServerProcess, serving
from tests.support.watching import call, start

MOST_STOPS = 600


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Where scans go on for as long as they are looked at."""
    with serving(tmp_path_factory.mktemp("keys"), **SLOW) as server:
        yield server


@pytest.mark.parametrize("state", [name for name in STATES if name != "question_before_deleting"])
async def test_everything_is_reached_by_tab_and_the_focus_is_seen_at_each_stop(
    page: Page, api: ClientSession, faults: Faults, state: str
) -> None:
    await STATES[state](page, api, faults)
    await page.get_by_role("link", name="Skip to the content").focus()
    stops = [await page.evaluate(script("focus_stop"))]
    while stops[-1] is not None:
        assert len(stops) < MOST_STOPS, "the way by Tab has no end"
        await page.keyboard.press("Tab")
        stops.append(await page.evaluate(script("focus_stop")))
    assert [stop for stop in stops[1:-1] if not (stop["seen"] and stop["free"] and stop["marked"])] == []
    assert await page.evaluate(script("missed_stops")) == []


async def test_the_first_stop_leads_past_the_head_of_the_page(page: Page) -> None:
    await page.goto("#/history")
    await expect(page.locator("#connection")).to_have_text("Live")
    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1, name="History")).to_be_focused()
    assert page.url.endswith("#/history")


@pytest.mark.parametrize(
    ("link", "title"),
    [("Scans", "Scans"), ("New scan", "New scan"), ("History", "History"), ("Symbol", "Symbol")],
)
async def test_going_to_a_view_focuses_its_heading_and_names_the_page(
    page: Page, link: str, title: str
) -> None:
    await page.goto("#/history" if link != "History" else "#/scans")
    await page.get_by_role("navigation", name="Main").get_by_role("link", name=link, exact=True).focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await expect(page).to_have_title(f"{title} · technic")


async def test_a_question_is_answered_by_keys_and_gives_the_focus_back(
    page: Page, api: ClientSession
) -> None:
    scan_id = await scanned(api, symbols=["NOBODY"])
    await page.goto(f"#/scan/{scan_id}")
    delete = page.get_by_role("button", name="Delete", exact=True)
    await delete.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="No")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(delete).to_be_focused()
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("dialog").get_by_role("button", name="Delete")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("The scan was deleted.")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_be_focused()


async def test_the_focus_goes_from_cancel_to_what_stands_there_when_the_scan_has_ended(
    page: Page, api: ClientSession
) -> None:
    scan = await start(api)
    await page.goto(f"#/scan/{scan['scan_id']}")
    cancel = page.get_by_role("button", name="Cancel")
    await expect(cancel).to_be_visible()
    await cancel.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Start again")).to_be_focused()


async def test_a_row_that_is_drawn_anew_or_moved_keeps_the_focus(page: Page) -> None:
    await page.goto("#/history")
    await page.evaluate(script("table_of_rows"))
    await page.evaluate("() => window.show(20, 1, false)")
    await page.get_by_role("link", name="S3 1").focus()
    for close, turned in ((2, False), (3, True), (4, False)):
        await page.evaluate("([close, turned]) => window.show(20, close, turned)", [close, turned])
        await expect(page.get_by_role("link", name=f"S3 {close}")).to_be_focused()
    await page.evaluate("() => window.show(5000, 5, true)")
    await expect(page.get_by_role("region", name="Some, scrollable")).to_be_focused()


async def test_a_download_keeps_the_focus_when_its_scan_ends(page: Page, api: ClientSession) -> None:
    scan = await start(api)
    await page.goto(f"#/scan/{scan['scan_id']}")
    download = page.get_by_role("link", name="CSV")
    await download.focus()
    await expect(download).to_have_attribute("href", re.compile("partial=true"))
    await call(api, "POST", f"/scan/cancel/{scan['scan_id']}")
    await expect(download).to_have_attribute("href", re.compile(r"format=csv$"))
    await expect(download).to_be_focused()


async def test_a_heading_of_the_rows_keeps_the_focus_when_their_request_comes_late(
    page: Page, api: ClientSession
) -> None:
    comes = await hold_back(page, "**/scan/request/*")
    await page.goto(f"#/scan/{await scanned(api, symbols=['SIM0705'], lookback_bars=200)}")
    heading = page.get_by_role("button", name="Symbol", exact=True)
    await heading.focus()
    comes.set()
    row = page.get_by_role("link", name="SIM0705")
    await expect(row).to_have_attribute("href", re.compile("lookback_bars=200"))
    await expect(heading).to_be_focused()


async def test_figures_as_a_table_keep_the_focus_when_another_scan_ends(
    page: Page, api: ClientSession
) -> None:
    await scanned(api, symbols=["NOBODY"])
    await page.goto("#/history?show=figures")
    await page.get_by_text("As a table").first.click()
    table = page.get_by_role("region", name="Scans over time, as a table")
    await table.focus()
    before = await table.inner_text()
    await scanned(api, symbols=["NOBODY"])
    await expect(table).not_to_have_text(before, use_inner_text=True)
    await expect(table).to_be_focused()


async def test_a_scan_is_told_of_at_its_stages_and_quarters_and_no_more(
    page: Page, api: ClientSession
) -> None:
    await page.goto("#/scans")
    await expect(page.locator("#connection")).to_have_text("Live")
    await page.evaluate(script("live_regions"))
    scan = await start(api)
    await page.goto(f"#/scan/{scan['scan_id']}")
    seqs = set()
    while len(seqs) < 8:
        _, snapshot = await call(api, "GET", f"/scan/progress/{scan['scan_id']}")
        seqs.add(snapshot["seq"])
    await call(api, "POST", f"/scan/cancel/{scan['scan_id']}")
    await expect(page.get_by_role("button", name="Start again")).to_be_visible()
    said = await page.evaluate("window.said")
    assert any("cancelled, " in each for each in said), said
    assert len(said) < 8, said


@pytest.mark.parametrize("state", ["scan_that_runs", "figures_over_history"])
async def test_nothing_moves_for_who_wants_no_motion(
    page: Page, api: ClientSession, faults: Faults, state: str
) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await STATES[state](page, api, faults)
    assert await page.evaluate(script("moving")) == []


async def test_a_row_of_the_list_keeps_the_focus_when_its_scan_goes_to_another_group(
    page: Page, api: ClientSession
) -> None:
    scan = await start(api)
    await page.goto("#/scans")
    row = page.locator(f'table.scans tr[data-key="{scan["scan_id"]}"]')
    await row.get_by_role("button", name="Cancel").focus()
    await page.keyboard.press("Enter")
    await expect(row).to_have_attribute("data-ended", "true")
    held = await page.evaluate("() => document.activeElement.closest('[data-key]')?.dataset.key")
    assert held == scan["scan_id"]


async def test_a_scan_is_started_watched_sorted_and_called_off_without_a_mouse(page: Page) -> None:
    async def go_to(name: str, role: str = "button") -> None:
        """By Tab, as far as it takes."""
        wanted = page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
        await expect(wanted).to_be_visible()
        for _ in range(MOST_STOPS):
            await page.keyboard.press("Tab")
            if await wanted.evaluate("(one) => one === document.activeElement"):
                return
        pytest.fail(f"no way by Tab to {name}")

    await page.goto("#/scans")
    await go_to("New scan", "link")
    await page.keyboard.press("Enter")
    await go_to("Symbols", "textbox")
    await page.keyboard.type("SIM0705, NOBODY")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("link", name="SIM0705", exact=True)).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await go_to("Symbol")
    await page.keyboard.press("Enter")
    await expect(page.locator("th[data-name=symbol]")).to_have_attribute("aria-sort", "ascending")
    await expect(page.get_by_role("button", name="Symbol", exact=True)).to_be_focused()
    await go_to("SIM0705", "link")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("SIM0705")
    await page.go_back()
    await go_to("Delete")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Delete", exact=True)).to_be_focused()
