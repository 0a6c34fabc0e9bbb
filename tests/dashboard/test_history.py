"""The history: ended scans in pages and by filters that the address keeps, and what can be done with them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Page, expect

from tests.dashboard.conftest import Faults, open_page
from tests.dashboard.steps import hold_back
from tests.support.past import KEPT, fill
from tests.support.server import ServerProcess, serving
from tests.support.watching import call, end_of, start

SCANS = 60
ROWS = "table.past tbody tr"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with sixty ended scans, the newest of which has the number 0 and failed none of them."""
    folder = tmp_path_factory.mktemp("past")
    asyncio.run(fill(folder / "kept", SCANS))
    with serving(folder, sources__simulated__symbols=64, sources__simulated__years=1, **KEPT) as server:
        yield server


@pytest.fixture
def lasting(tmp_path: object) -> Iterator[ServerProcess]:
    """A server of this test's own, without a history."""
    with serving(tmp_path, sources__simulated__symbols=64, sources__simulated__years=1) as server:
        yield server


async def numbers(page: Page) -> list[int]:
    """Which of the scans stand in the table, in their order."""
    keys = await page.locator(ROWS).evaluate_all("(rows) => rows.map((row) => row.dataset.key)")
    return [int(key, 16) for key in keys]


async def shows(page: Page, *expected: int) -> None:
    """Wait until these scans stand in the table, and no other."""
    await expect(page.locator(ROWS)).to_have_count(len(expected))
    await expect(page.locator(ROWS).first).to_have_attribute("data-key", f"{expected[0]:032x}")
    assert await numbers(page) == list(expected)


async def test_each_ended_scan_tells_how_it_was_asked_for_how_it_ended_and_what_it_found(page: Page) -> None:
    await page.goto("#/history")
    await shows(page, *range(25))
    row = page.locator(ROWS).nth(3)
    await expect(row).to_contain_text("2 Mar 2026, 09:00:00")
    await expect(row.get_by_role("link")).to_have_text("oversold, at most 13 rows")
    await expect(row).to_contain_text("This symbol is not known.")
    assert await row.locator("td.figure").all_text_contents() == ["2", "3", "1", "4.00 s"]
    await expect(row.locator(".status")).to_have_text("failed")
    await expect(page.locator(ROWS).nth(2).locator(".chip")).to_have_text(["nightly", "number-2"])
    await row.get_by_role("link").click()
    await expect(page).to_have_url(re.compile(rf"#/scan/{3:032x}$"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=failed", range(3, SCANS, 5)),
        ("status=failed,cancelled&preset=oversold", [n for n in range(0, SCANS, 3) if n % 5 in {3, 4}]),
        ("tag=number-7", [7]),
        (f"scan_id={8:032x}", [8]),
        ("text=NUMBER-31", [31]),
        ("since=2026-03-02", range(13)),
        ("since=2026-03-01&until=2026-03-01&status=failed", [13, 18, 23, 28, 33]),
        ("status=nonsense&page=-3&since=yesterday&by=minute&show=all", range(25)),
    ],
)
async def test_the_address_says_which_scans_stand_there(page: Page, query: str, found: list[int]) -> None:
    await page.goto(f"#/history?{query}")
    await shows(page, *found)


async def test_nothing_can_be_chosen_before_it_is_there(page: Page) -> None:
    comes = await hold_back(page, "**/scan/history?*")
    await page.goto("#/history")
    everything = page.get_by_role("checkbox", name="Choose all")
    await expect(everything).to_be_disabled()
    comes.set()
    await everything.check()
    await expect(page.get_by_role("button", name="Delete 25 scans")).to_be_visible()


async def test_what_is_chosen_stands_in_the_address_and_a_step_back_undoes_it(page: Page) -> None:
    await page.goto("#/history")
    await shows(page, *range(25))
    await page.get_by_role("checkbox", name="cancelled").check()
    await expect(page).to_have_url(re.compile(r"#/history\?status=cancelled$"))
    await shows(page, *range(4, SCANS, 5))
    await page.get_by_label("Preset").select_option("oversold")
    await shows(page, *range(9, SCANS, 15))
    await page.reload()
    await shows(page, *range(9, SCANS, 15))
    await expect(page.get_by_role("checkbox", name="cancelled")).to_be_checked()
    await expect(page.get_by_label("Preset")).to_have_value("oversold")
    await page.go_back()
    await shows(page, *range(4, SCANS, 5))
    await expect(page.get_by_label("Preset")).to_have_value("")
    await page.go_back()
    await shows(page, *range(25))
    await expect(page.get_by_role("checkbox", name="cancelled")).not_to_be_checked()


async def test_what_is_typed_finds_while_it_is_typed_and_is_one_step_back(page: Page) -> None:
    await page.goto("#/history")
    await shows(page, *range(25))
    box = page.get_by_label("Asked for")
    await box.press_sequentially("number-3")
    await shows(page, 3, *range(30, 40))
    await box.press_sequentially("1")
    await shows(page, 31)
    await expect(page).to_have_url(re.compile(r"#/history\?text=number-31$"))
    await expect(box).to_be_focused()
    await page.go_back()
    await shows(page, *range(25))


async def test_pages_follow_each_other_and_the_focus_stays_on_the_button(page: Page) -> None:
    await page.goto("#/history")
    older = page.get_by_role("button", name="Older").first
    await older.focus()
    for first, number in ((25, 2), (50, 3)):
        await page.keyboard.press("Enter")
        await shows(page, *range(first, min(first + 25, SCANS)))
        await expect(page).to_have_url(re.compile(rf"#/history\?page={number}$"))
        await expect(older).to_be_focused()
    await expect(page.get_by_text("Scans 51 to 60 of 60").first).to_be_visible()
    await expect(older).to_have_attribute("aria-disabled", "true")
    await page.keyboard.press("Enter")
    await shows(page, *range(50, SCANS))
    await page.go_back()
    await shows(page, *range(25, 50))


async def test_a_page_behind_the_last_one_is_the_last_one(page: Page) -> None:
    await page.goto("#/history?page=99")
    await shows(page, *range(50, SCANS))
    await expect(page).to_have_url(re.compile(r"#/history\?page=3$"))


async def test_days_that_cannot_be_are_said_beside_the_field(page: Page, faults: Faults) -> None:
    faults.expect("422")
    await page.goto("#/history?since=2026-03-02&until=2026-02-01")
    await expect(page.locator("#of-until-fault")).to_have_text("must be later than since.")
    await expect(page.get_by_label("To", exact=True)).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_label("To", exact=True).fill("2026-03-02")
    await shows(page, *range(13))
    await expect(page.locator("#of-until-fault")).to_be_hidden()
    await expect(page.get_by_role("alert")).to_be_hidden()


async def test_where_no_scan_is_like_that_one_is_led_back_to_all(page: Page) -> None:
    await page.goto("#/history?tag=nobody")
    await expect(page.get_by_text("No ended scan is like this.")).to_be_visible()
    await expect(page.get_by_role("table")).to_have_count(0)
    await page.get_by_role("link", name="Show all").click()
    await shows(page, *range(25))


async def test_without_any_ended_scan_one_is_led_to_the_first(
    browser: Browser, lasting: ServerProcess, faults: Faults
) -> None:
    async with open_page(browser, lasting.url, faults) as page:
        await page.goto("#/history")
        await expect(page.get_by_text("No scan has ended yet.")).to_be_visible()
        await page.goto("#/history?show=figures")
        await expect(page.get_by_text("There is nothing to count")).to_be_visible()
        await page.locator(".figures").get_by_role("link", name="Start one").click()
        await expect(page).to_have_url(re.compile("#/start$"))
    faults.settle()


async def test_scans_are_deleted_after_a_question_one_or_many(
    browser: Browser, lasting: ServerProcess, faults: Faults
) -> None:
    async with ClientSession(lasting.url) as api:
        ids = [(await end_of(api, await start(api, max_symbols=1)))["scan_id"] for _ in range(4)]
        async with open_page(browser, lasting.url, faults) as page:
            await page.goto("#/history")
            rows = page.locator(ROWS)
            await expect(rows).to_have_count(4)
            await rows.first.get_by_role("button", name="Delete").click()
            await page.get_by_role("button", name="No").click()
            await rows.first.get_by_role("button", name="Delete").click()
            await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
            await expect(page.get_by_text("The scan was deleted.")).to_be_visible()
            await expect(rows).to_have_count(3)
            await expect(page.get_by_role("heading", level=1)).to_be_focused()
            assert (await call(api, "GET", f"/scan/progress/{ids[3]}"))[0] == 404
            await rows.nth(1).get_by_role("checkbox").check()
            await expect(page.get_by_role("button", name="Delete 1 scan")).to_be_visible()
            await page.get_by_role("checkbox", name="Choose all on this page").check()
            await page.get_by_role("button", name="Delete 3 scans").click()
            await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
            await expect(page.get_by_text("No scan has ended yet.")).to_be_visible()
            assert (await call(api, "GET", "/scan/history"))[1]["total"] == 0
    faults.settle()


async def test_a_scan_is_started_again_as_it_was_asked_for_however_long_its_lists(
    browser: Browser, lasting: ServerProcess, faults: Faults
) -> None:
    names = [f"SIM{n:04}" for n in range(1, 41)]
    async with ClientSession(lasting.url) as api:
        scan = await end_of(api, await start(api, symbols=names, tags=["mine"], limit=5))
        async with open_page(browser, lasting.url, faults) as page:
            await page.goto("#/history")
            await page.get_by_role("button", name="Start again").click()
            await expect(page).to_have_url(re.compile("#/scan/[0-9a-f]{32}$"))
            again = page.url.rpartition("/")[2]
            assert again != scan["scan_id"]
            _, asked = await call(api, "GET", f"/scan/request/{again}")
            assert asked["request"] == {"symbols": names, "tags": ["mine"], "limit": 5, "async_mode": True}
    faults.settle()


async def test_scans_that_end_appear_on_the_newest_page_and_move_no_older_one(
    browser: Browser, lasting: ServerProcess, faults: Faults
) -> None:
    async with ClientSession(lasting.url) as api, open_page(browser, lasting.url, faults) as page:
        first = await end_of(api, await start(api, max_symbols=1))
        await page.goto("#/history")
        await expect(page.locator(ROWS)).to_have_count(1)
        link = page.locator(ROWS).first.get_by_role("link")
        await link.focus()
        second = await end_of(api, await start(api, max_symbols=2))
        await expect(page.locator(ROWS)).to_have_count(2)
        await expect(page.locator(ROWS).first).to_have_attribute("data-key", second["scan_id"])
        await expect(page.locator(ROWS).nth(1).get_by_role("link")).to_be_focused()
        await expect(page.locator(ROWS).nth(1)).to_have_attribute("data-key", first["scan_id"])
    faults.settle()


async def test_what_the_server_cannot_tell_is_said_and_mended_by_the_next_answer(
    browser: Browser, lasting: ServerProcess, faults: Faults
) -> None:
    faults.expect("503")
    said = {"message": "Earlier scans cannot be read now.", "suggestion": "Wait."}
    refused = {"code": "history_unreadable", "status": 503, **said}
    async with open_page(browser, lasting.url, faults) as page:
        await page.route(re.compile("/scan/history"), lambda route: route.fulfill(status=503, json=refused))
        await page.goto("#/history")
        await expect(page.get_by_role("alert")).to_have_text("Earlier scans cannot be read now. Wait.")
        await page.unroute_all()
        await page.get_by_role("checkbox", name="failed").check()
        await expect(page.get_by_role("alert")).to_be_hidden()
        await expect(page.get_by_text("No ended scan is like this.")).to_be_visible()
    faults.settle()
