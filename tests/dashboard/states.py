"""The states in which the dashboard's views are looked at: each a way to get a page there.

They need a server that is told `SLOW`: there SIM0705 comes soon, an unknown symbol fails, and a scan of
everything goes on for minutes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientSession
from playwright.async_api import Page, expect

from tests.dashboard.conftest import Faults
from tests.support.watching import cancel_and_see_it_end, end_of, start

SLOW = {
    "sources__simulated__symbols": 705,  # eleven groups of 64, and SIM0705 alone
    "sources__simulated__years": 2,
    "sources__simulated__latency_seconds": 4,
    "engine__unit_symbols": 64,
    "engine__drain_grace_seconds": 1,
}

State = Callable[[Page, ClientSession, Faults], Awaitable[None]]
STATES: dict[str, State] = {}


def state(way: State) -> State:
    """Look at this one too; its name is the function's."""
    STATES[way.__name__] = way
    return way


async def scanned(api: ClientSession, **request: Any) -> str:
    """The id of a scan that has ended."""
    return str((await end_of(api, await start(api, **request)))["scan_id"])


@state
async def all_scans(page: Page, api: ClientSession, faults: Faults) -> None:
    await start(api, tags=["looked-at"])
    await page.goto("#/scans")
    await expect(page.locator("[data-status=running]").first).to_be_visible()


@state
async def no_scans(page: Page, api: ClientSession, faults: Faults) -> None:
    await page.goto("#/scans")
    await page.get_by_label("Find scans").fill("nobody-has-this")
    await expect(page.get_by_role("heading", name="No scan is like this")).to_be_visible()


@state
async def request_to_fill_in(page: Page, api: ClientSession, faults: Faults) -> None:
    await page.goto("#/start")
    await page.get_by_role("button", name="Add a condition").click()
    await page.get_by_role("button", name="Add a group").click()
    await page.get_by_role("button", name="Write one").first.click()
    for fold in await page.locator("details > summary").all():
        await fold.click()


@state
async def request_with_faults(page: Page, api: ClientSession, faults: Faults) -> None:
    faults.expect("422")
    await request_to_fill_in(page, api, faults)
    await page.get_by_label("At most (rows)").fill("many")
    await page.get_by_role("button", name="Start the scan").click()
    await expect(page.get_by_role("alert")).to_be_visible()


@state
async def symbol_with_its_chart(page: Page, api: ClientSession, faults: Faults) -> None:
    await scanned(api, symbols=["SIM0705"])
    await page.goto("#/symbol/SIM0705")
    await expect(page.locator(".chart")).to_have_attribute("data-drawn", "SIM0705")


@state
async def symbol_that_nobody_knows(page: Page, api: ClientSession, faults: Faults) -> None:
    faults.expect("404")
    await page.goto("#/symbol/SIM0706")
    await expect(page.get_by_text("Did you mean")).to_be_visible()


@state
async def symbol_to_find(page: Page, api: ClientSession, faults: Faults) -> None:
    await page.goto("#/symbol")
    await expect(page.get_by_role("search")).to_be_visible()


@state
async def scan_that_runs(page: Page, api: ClientSession, faults: Faults) -> None:
    """Without a row, so that nothing comes or goes while it is looked at."""
    scan = await start(api, filters=["rsi < 0"])
    await page.goto(f"#/scan/{scan['scan_id']}")
    await expect(page.locator(".scan-head .stages")).to_have_attribute("data-status", "running")
    await expect(page.get_by_role("link", name="Change and start")).to_be_visible()


@state
async def scan_with_rows(page: Page, api: ClientSession, faults: Faults) -> None:
    await page.goto(f"#/scan/{await scanned(api, symbols=['SIM0705', 'NOBODY'], tags=['mine'])}")
    await expect(page.get_by_role("link", name="SIM0705")).to_be_visible()
    folds = page.locator("details.panel > summary")
    await expect(folds).to_have_count(2)  # they come with the result, which is asked for after the rows
    for fold in await folds.all():
        await fold.click()


@state
async def scan_with_columns_to_choose(page: Page, api: ClientSession, faults: Faults) -> None:
    await scan_with_rows(page, api, faults)
    await page.get_by_text("Columns", exact=True).click()
    await page.get_by_role("button", name="strong buy").click()


@state
async def scan_that_failed(page: Page, api: ClientSession, faults: Faults) -> None:
    await page.goto(f"#/scan/{await scanned(api, symbols=['NOBODY'])}")
    await expect(page.locator(".trouble").first).to_be_visible()


@state
async def scan_that_was_cancelled(page: Page, api: ClientSession, faults: Faults) -> None:
    ended = await cancel_and_see_it_end(api, await start(api))
    await page.goto(f"#/scan/{ended['scan_id']}")
    await expect(page.get_by_role("button", name="Start again")).to_be_visible()


@state
async def scan_that_nobody_knows(page: Page, api: ClientSession, faults: Faults) -> None:
    faults.expect("404")
    await page.goto(f"#/scan/{'0' * 32}")
    await expect(page.get_by_text("This scan is not known")).to_be_visible()


@state
async def question_before_deleting(page: Page, api: ClientSession, faults: Faults) -> None:
    await scan_that_failed(page, api, faults)
    await page.get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("dialog")).to_be_visible()


@state
async def history_of_scans(page: Page, api: ClientSession, faults: Faults) -> None:
    await scanned(api, symbols=["NOBODY"], tags=["mine"])
    await page.goto("#/history")
    await page.get_by_role("checkbox", name="Choose all").check()
    await expect(page.get_by_role("button", name="Delete").first).to_be_visible()


@state
async def history_of_nothing(page: Page, api: ClientSession, faults: Faults) -> None:
    await page.goto("#/history?tag=nobody-has-this")
    await expect(page.get_by_text("No ended scan is like this.")).to_be_visible()


@state
async def history_with_a_fault(page: Page, api: ClientSession, faults: Faults) -> None:
    faults.expect("422")
    await page.goto("#/history?since=2026-03-02&until=2026-02-01")
    await expect(page.get_by_role("alert")).to_be_visible()


@state
async def figures_over_history(page: Page, api: ClientSession, faults: Faults) -> None:
    await scanned(api, symbols=["NOBODY"])
    await scanned(api, symbols=["SIM0705"], preset="oversold")
    await page.goto("#/history?show=figures")
    await expect(page.locator(".plot .main-svg").nth(4)).to_be_visible()
    await page.get_by_text("As a table").first.click()


@state
async def messages(page: Page, api: ClientSession, faults: Faults) -> None:
    await page.goto("#/history")
    await page.evaluate(
        """async () => {
          const { toast, complain } = await import("./static/js/toasts.js");
          toast("All is well.");
          complain({ message: "Something is not.", suggestion: "Try again." });
        }"""
    )
    await expect(page.locator(".toast.bad")).to_be_visible()
