"""The API's reference in a real Chromium: drawn from this server alone, and tried out on it."""

from __future__ import annotations

from playwright.async_api import Browser, Page, expect

from technic.http.openapi.asyncapi import STREAMS, document
from technic.http.openapi.operations.every import OPERATIONS
from tests.dashboard.conftest import Faults, open_page
from tests.support.reverse_proxy import proxied
from tests.support.server import ServerProcess


async def test_every_operation_is_drawn_and_can_be_opened(page: Page) -> None:
    await page.goto("docs")
    await expect(page.locator(".opblock")).to_have_count(len(OPERATIONS))
    await page.locator("#operations-Scans-startScan .opblock-summary-control").click()
    start = page.locator("#operations-Scans-startScan")
    await expect(start.get_by_text("Idempotency-Key").first).to_be_visible()
    await expect(start.get_by_text("queue_full").first).to_be_visible()
    await expect(page.get_by_role("link", name="Streams", exact=True).first).to_be_visible()


async def test_a_request_can_be_tried_out_on_the_server_itself(page: Page) -> None:
    await page.goto("docs")
    health = page.locator("#operations-Service-health")
    await health.locator(".opblock-summary-control").click()
    await health.get_by_role("button", name="Try it out").click()
    await health.get_by_role("button", name="Execute").click()
    answer = health.locator(".live-responses-table .response").first
    await expect(answer.locator(".response-col_status")).to_contain_text("200")
    await expect(answer.get_by_text("healthy").first).to_be_visible()


async def test_it_works_where_a_proxy_puts_a_path_before_it(
    browser: Browser, server: ServerProcess, faults: Faults
) -> None:
    async with proxied(server.url, "/technic") as url, open_page(browser, f"{url}/technic", faults) as page:
        await page.goto("docs")
        live = page.locator("#operations-Service-live")
        await live.locator(".opblock-summary-control").click()
        await live.get_by_role("button", name="Try it out").click()
        await live.get_by_role("button", name="Execute").click()
        await expect(live.locator(".live-responses-table").get_by_text("alive").first).to_be_visible()
        await expect(live.locator(".request-url")).to_contain_text("/technic/health/live")
        await page.goto("docs/streams")
        await expect(page.locator("section")).to_have_count(len(STREAMS))
    faults.settle()


async def test_the_streams_are_drawn_from_their_document(page: Page) -> None:
    await page.goto("docs/streams")
    await expect(page.get_by_role("heading", level=1)).to_have_text("technic streams")
    for stream in STREAMS:
        section = page.locator(f"section#{stream.name}")
        await expect(section.get_by_role("heading", level=2)).to_have_text(stream.opened_by.summary)
        messages = [
            reference["$ref"].rpartition("/")[2]
            for name, operation in document()["operations"].items()
            if name.endswith(f"_{stream.name}")
            for reference in operation["messages"]
        ]
        await expect(section.locator(":scope > details")).to_have_count(len(messages))
    match = page.locator("#scanSocket > details", has_text="Rows that passed the filters, each")
    await match.locator("summary").first.click()
    await expect(match.get_by_role("cell", name="They.")).to_be_visible()
    await expect(page.locator("#scanSocket")).to_contain_text("4404")
