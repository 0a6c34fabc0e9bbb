"""Texts from outside that would be more than text: every view shows them, and nothing comes of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Page, expect

from tests.dashboard.conftest import Faults
from tests.support.hostile import ATTEMPTS, IMAGE, SCRIPT, SUCCESS, TRAP, TURNED, seen, write_hostile_market
from tests.support.server import GUARD_SECONDS, ServerProcess, serving
from tests.support.watching import Frame, end_of, start

COLUMNS = ["name", "sector", "industry", "warnings"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server whose market is full of attempts."""
    folder = tmp_path_factory.mktemp("hostile")
    market = write_hostile_market(folder / "market")
    with serving(folder, source="files", sources__files__path=market, store__kind="sqlite") as server:
        yield server


@pytest.fixture(scope="module")
def scan(server: ServerProcess) -> Frame:
    """An ended scan that was asked for with attempts wherever a request takes a text."""

    async def made() -> Frame:
        async with ClientSession(server.url) as api:
            return await end_of(api, await start(api, **asked()))

    return asyncio.run(made())


def asked() -> dict[str, Any]:
    wanted = [*ATTEMPTS, "PLAIN", f"{IMAGE} x", f"{IMAGE} broken"]
    kept = {"field": "name", "op": "not_in", "value": [f"{attempt}{{}}" for attempt in ATTEMPTS]}
    return {"symbols": wanted, "tags": list(ATTEMPTS), "filters": [kept], "preset": None}


@pytest_asyncio.fixture(loop_scope="session")
async def trapped(page: Page) -> AsyncIterator[Page]:
    """A page that shows every column and notices when an attempt succeeds; at its end none has."""
    await page.add_init_script(TRAP)
    await page.add_init_script(
        f"localStorage.setItem('technic.columns', '{str(COLUMNS).replace(chr(39), chr(34))}')"
    )
    yield page
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(page.locator("#connection")).to_have_text("Live")
    assert await page.evaluate(SUCCESS) == []


async def test_rows_and_failures_show_attempts_as_text(trapped: Page, scan: Frame) -> None:
    await trapped.goto(f"#/scan/{scan['scan_id']}")
    for attempt in ATTEMPTS:
        row = trapped.get_by_role("row").filter(
            has=trapped.get_by_role("link", name=seen(attempt), exact=True)
        )
        await expect(row.first).to_contain_text(f"{seen(attempt)} Inc.")
        await expect(row.first).to_contain_text(f"{seen(attempt)} sector")
        await expect(row.first).to_contain_text(f"{seen(attempt)} industry")
        await expect(trapped.locator(".asked")).to_contain_text(seen(attempt))
    await trapped.get_by_text("2 failures").click()
    await expect(trapped.get_by_role("region", name="Failures")).to_contain_text(f"{IMAGE} broken.csv")


@pytest.mark.parametrize("attempt", ATTEMPTS)
async def test_a_link_to_a_symbol_leads_to_it_whatever_its_name(
    trapped: Page, scan: Frame, attempt: str
) -> None:
    await trapped.goto(f"#/scan/{scan['scan_id']}")
    await trapped.get_by_role("link", name=seen(attempt), exact=True).first.click()
    await expect(trapped).to_have_url(re.compile(r"#/symbol/"))
    await expect(trapped.get_by_role("heading", level=1)).to_have_text(seen(attempt))


async def test_the_history_shows_what_was_asked_for_as_text(trapped: Page, scan: Frame) -> None:
    await trapped.goto("#/history")
    row = trapped.locator("table.past tbody tr").first
    for attempt in ATTEMPTS:
        await expect(row.locator(".chip", has_text=seen(attempt)).first).to_be_visible()
        await expect(row.get_by_role("link")).to_contain_text(seen(attempt))


@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("name", ["tag", "text", "scan_id", "preset"])
async def test_a_filter_of_the_history_in_an_address_is_text(
    trapped: Page, scan: Frame, name: str, attempt: str
) -> None:
    await trapped.goto(f"#/history?{name}={quote(attempt)}")
    await expect(trapped.locator(f"#of-{name}")).to_have_value(attempt)
    found = name in {"tag", "text"}
    await expect(trapped.get_by_text("No ended scan is like this.")).to_be_visible(visible=not found)


async def test_plots_take_a_condition_for_the_text_that_it_is(trapped: Page, api: ClientSession) -> None:
    for attempt in ATTEMPTS:
        barred = {"field": "name", "op": "==", "value": attempt}
        await end_of(api, await start(api, symbols=["PLAIN"], filters=[barred]))
    await trapped.goto("#/history?show=figures")
    plot = trapped.locator(".plot").filter(has=trapped.get_by_role("heading", name="What kept rows out"))
    await expect(plot.locator(".main-svg").first).to_be_visible()
    drawn = await plot.locator(".ytick text").all_text_contents()
    told = await plot.get_by_role("rowheader", include_hidden=True).all_text_contents()
    for attempt in ATTEMPTS:
        assert f"name == {seen(attempt)}" in told
        assert f"name == {seen(attempt)}"[:39] in {text[:39] for text in drawn}
    await expect(plot.locator("svg a")).to_have_count(0)


REFUSED = {"scan": "404", "symbol": "422", "start": "404", "history": None, "scans": None}
"""What the server answers to an address with an attempt in it, where it is asked."""


@pytest.mark.parametrize("view", REFUSED)
@pytest.mark.parametrize("attempt", ATTEMPTS)
async def test_an_address_with_an_attempt_in_it_is_answered_in_words(
    trapped: Page, faults: Faults, view: str, attempt: str
) -> None:
    refused = REFUSED[view]
    if refused is not None:
        faults.expect(f"status of {refused}")
    answered = asyncio.Event()
    trapped.on("response", lambda answer: answered.set() if answer.status >= 400 else None)
    place, words = quote(attempt, safe=""), quote(attempt)
    await trapped.goto(f"#/{view}/{place}?from={words}&as_of={words}&tag={words}")
    if refused is not None:
        await asyncio.wait_for(answered.wait(), GUARD_SECONDS)
    await expect(trapped.get_by_role("heading", level=1)).to_be_visible()
    await trapped.goto(f"#/{attempt}")
    await expect(trapped.get_by_role("heading", level=1, name="Scans")).to_be_visible()


async def test_what_the_server_says_in_a_refusal_is_text(trapped: Page, scan: Frame, faults: Faults) -> None:
    faults.expect("409")
    refusal = {
        "status": 409,
        "code": SCRIPT,
        "message": f"{IMAGE} says no.",
        "suggestion": f"{SCRIPT} {TURNED}",
    }
    await trapped.route(re.compile("/scan/request/"), lambda route: route.fulfill(status=409, json=refusal))
    await trapped.goto("#/history")
    await trapped.get_by_role("button", name="Start again").first.click()
    await expect(trapped.get_by_text(f"{IMAGE} says no.")).to_be_visible()
    await expect(trapped.get_by_text(seen(f"{SCRIPT} {TURNED}"))).to_be_visible()


async def test_an_attempt_that_succeeds_is_seen(page: Page) -> None:
    """A trap that never shuts would catch nothing."""
    await page.add_init_script(TRAP)
    await page.goto("#/history")
    await page.evaluate(
        """() => {
          window.hit();
          const link = document.createElement("a");
          link.href = "javascript:hit()";
          document.getElementById("view").append(document.createElement("img"), link);
        }"""
    )
    assert len(await page.evaluate(SUCCESS)) == 3
