"""Starting a scan in the browser: what the form asks for, and what it says where the server refuses."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Locator, Page, expect

from technic.cli.main import main
from technic.cli.requests import request_of
from tests.dashboard.conftest import Faults, open_page
from tests.support.server import ServerProcess
from tests.support.watching import call, end_of, start

STARTED = re.compile(r"#/scan/([0-9a-f]{32})$")
CROSS = {"field": "sma50", "op": "crosses_above", "value": {"field": "sma200"}, "within": 5}
EVERY_KIND: list[Any] = [
    {"field": "rsi", "op": "between", "value": [20.5, {"field": "adx"}]},
    {"field": "signal", "op": "in", "value": ["BUY", "STRONG_BUY"]},
    {"field": "nr7", "op": "==", "value": False},
    {"field": "as_of", "op": ">=", "value": "2020-01-31"},
    {"field": "industry", "op": "not_in", "value": ["A Trade", "Another"]},
    {"field": "perf_1y", "op": "is_null", "value": False},
    CROSS,
    {
        "any": [
            {"field": "close", "op": ">", "value": {"field": "sma20"}},
            {"none": [{"field": "rsi", "op": "<", "value": 3}]},
        ]
    },
]  # fmt: skip


async def opened(page: Page, place: str = "#/start") -> None:
    await page.goto(place)
    await expect(page.get_by_role("button", name="Start the scan")).to_be_visible()


async def started(page: Page) -> str:
    """The id of the scan that the page has gone to."""
    await expect(page).to_have_url(STARTED)
    found = STARTED.search(page.url)
    assert found
    return found[1]


async def asked_for(api: ClientSession, scan_id: str) -> dict[str, Any]:
    """What the server says that a scan was asked for."""
    status, body = await call(api, "GET", f"/scan/request/{scan_id}")
    assert status == 200
    return dict(body["request"])


async def add_condition(room: Locator, field: str, op: str) -> Locator:
    """One more condition of a group, as far as its operator."""
    await room.locator(":scope > .adders").get_by_role("button", name="Add a condition").click()
    condition = room.locator(":scope > .members > li > .condition").last
    await condition.get_by_label("Field", exact=True).select_option(field)
    await condition.get_by_label("Operator").select_option(op)
    return condition


async def shown_request(page: Page) -> dict[str, Any]:
    return dict(json.loads(await page.locator(".handout code").inner_text()))


async def test_a_scan_is_started_by_the_form_and_its_page_is_shown(page: Page, api: ClientSession) -> None:
    await opened(page)
    await page.get_by_role("radio", name="Oversold", exact=True).check()
    await expect(page.locator(".about")).to_contain_text("RSI below 30.")
    await expect(page.get_by_role("list", name="Its filters")).to_have_text("rsi < 30")
    await page.get_by_role("checkbox", name="Energy").check()
    await page.get_by_role("textbox", name="Symbols").fill("sim0001, SIM0002\nsim0003")
    await page.get_by_label("At most", exact=True).fill("2")
    await page.get_by_label("Least rating").fill("-100")
    await page.get_by_label("Order by").select_option("rsi")
    await page.get_by_label("Direction").select_option("Highest first")
    await page.get_by_text("More: bars").click()
    await page.get_by_label("Look back").fill("300")
    await page.get_by_label("Account ($)").fill("25 000")
    await page.get_by_label("Plan Sell and Strong Sell too").check()
    await page.get_by_label("Tags").fill("mine, the second")
    asked = await shown_request(page)
    await page.get_by_role("button", name="Start the scan").click()
    assert await asked_for(api, await started(page)) == asked
    assert asked == {
        "preset": "oversold", "sectors": ["Energy"], "symbols": ["sim0001", "SIM0002", "sim0003"],
        "max_symbols": 2, "min_tech_rating": -100, "sort_by": "rsi", "descending": True,
        "lookback_bars": 300, "account_size": 25_000,
        "allow_shorts": True, "tags": ["mine", "the second"],
    }  # fmt: skip


async def test_the_builder_makes_the_filters_that_were_meant(page: Page, api: ClientSession) -> None:
    await opened(page)
    filters = page.locator(".filters")
    row = await add_condition(filters, "rsi", "between")
    await row.get_by_label("Lowest", exact=True).fill("20.5")
    await row.get_by_label("Highest: a value or another field").select_option("adx")
    row = await add_condition(filters, "signal", "in")
    await row.get_by_label("Values").select_option(["BUY", "STRONG_BUY"])
    row = await add_condition(filters, "nr7", "==")
    await row.get_by_label("Value", exact=True).select_option("no")
    row = await add_condition(filters, "as_of", ">=")
    await row.get_by_label("Value", exact=True).fill("2020-01-31")
    row = await add_condition(filters, "industry", "not_in")
    await row.get_by_label("Values").fill("A Trade, Another")
    row = await add_condition(filters, "perf_1y", "is_null")
    await row.get_by_label("Missing or there").select_option("no")
    row = await add_condition(filters, "sma50", "crosses_above")
    await row.get_by_label("Value: a value or another field").select_option("sma200")
    await row.get_by_label("Within how many bars").fill("5")
    await filters.get_by_role("button", name="Add a group").click()
    group = filters.locator(":scope > .members > li > .group")
    first = group.locator(".condition").first
    await first.get_by_label("Field", exact=True).select_option("close")
    await first.get_by_label("Operator").select_option(">")
    await first.get_by_label("Value: a value or another field").select_option("sma20")
    await group.locator(":scope > .adders").get_by_role("button", name="Add a group").click()
    inner = group.locator(".group")
    await inner.get_by_label("How many have to hold").select_option("none")
    await inner.get_by_label("Value", exact=True).fill("3")
    asked = await shown_request(page)
    assert asked["filters"] == EVERY_KIND
    await page.get_by_role("button", name="Start the scan").click()
    scan_id = await started(page)
    await end_of(api, {"websocket_url": f"/scan/ws/{scan_id}"})
    _, history = await call(api, "GET", f"/scan/history?scan_id={scan_id}")
    assert history["scans"][0]["request"]["filters"] == EVERY_KIND


async def test_an_operator_is_offered_only_where_it_fits_the_field(page: Page) -> None:
    await opened(page)
    row = await add_condition(page.locator(".filters"), "nr7", "==")
    assert await row.get_by_label("Operator").locator("option").all_text_contents() == [
        "=",
        "≠",
        "is missing",
    ]
    await row.get_by_label("Field", exact=True).select_option("sma50")
    await expect(row.get_by_label("Operator")).to_have_value("==")
    await row.get_by_label("Operator").select_option("crosses_below")
    others = await row.get_by_label("Value: a value or another field").locator("option").all_text_contents()
    assert {"SMA 200", "MACD"} <= set(others)
    assert not {"Volume", "Symbol", "NR7", "SMA 50"} & set(others)


async def test_a_condition_may_be_written_and_an_earlier_scan_begun_with(
    page: Page, api: ClientSession
) -> None:
    scan = await start(api, filters=EVERY_KIND, sectors=["technology"], max_symbols=3, target_rr=2.5)
    await page.goto(f"#/scan/{scan['scan_id']}")
    await expect(page.locator(".scan-head .status")).to_have_text("completed")
    await page.get_by_role("link", name="Change and start").click()
    await expect(page.get_by_text(f"scan {scan['scan_id'][:8]}")).to_be_visible()
    await expect(page.get_by_label("Reward aimed at")).to_be_visible()
    assert (await shown_request(page))["filters"] == EVERY_KIND
    await page.locator(".filters > .adders").get_by_role("button", name="Write one").click()
    await page.get_by_label("Condition as text").last.fill("rsi crosses_above 30 within 2")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Control+Enter")
    request = await asked_for(api, await started(page))
    assert request.pop("filters")[-1] == {"field": "rsi", "op": "crosses_above", "value": 30, "within": 2}
    assert request == {"sectors": ["technology"], "max_symbols": 3, "target_rr": 2.5}


async def test_a_presets_filters_are_taken_as_ones_own_and_changed(page: Page) -> None:
    await opened(page)
    await page.get_by_role("radio", name="Gap down", exact=True).check()
    await page.get_by_role("button", name="Take its filters as your own").click()
    assert await shown_request(page) == {
        "filters": [{"field": "gap_pct", "op": "<", "value": -3}], "sort_by": "gap_pct", "descending": False,
    }  # fmt: skip
    await page.get_by_label("Value", exact=True).fill("-5")
    assert (await shown_request(page))["filters"][0]["value"] == -5
    await page.get_by_role("button", name="Remove this condition").click()
    assert "filters" not in await shown_request(page)


async def test_what_the_server_does_not_accept_stands_beside_its_entry_and_the_first_has_the_focus(
    page: Page, faults: Faults, api: ClientSession
) -> None:
    faults.expect("422")
    await opened(page)
    await page.get_by_role("textbox", name="Symbols").fill("AAPL, " + "B" * 40)
    await add_condition(page.locator(".filters"), "rsi", "<")
    await page.get_by_label("Value", exact=True).fill("low")
    await page.locator(".filters").get_by_role("button", name="Write one").click()
    await page.get_by_label("Condition as text").last.fill("rsy < 30")
    await page.locator(".filters").get_by_role("button", name="Add a group").click()
    await page.locator(".group").get_by_label("Value", exact=True).fill("deep")
    await page.get_by_text("More: bars").click()
    await page.get_by_label("Priority").fill("12")
    await page.get_by_text("More: bars").click()
    await page.get_by_role("button", name="Start the scan").click()
    await expect(page.locator(".fault")).to_have_text(
        [
            f"“{'B' * 40}” must have at most 32 characters.",
            "must be a number: rsi is compared with it.",
            "'rsy' is not a field. Did you mean 'rsi'?",
            "must be a number: rsi is compared with it.",
            "must be at most 9.",
        ]
    )
    await expect(page.locator(".group").get_by_label("Value", exact=True)).to_have_attribute(
        "aria-invalid", "true"
    )
    symbols = page.get_by_role("textbox", name="Symbols")
    await expect(symbols).to_be_focused()
    await expect(symbols).to_have_attribute("aria-invalid", "true")
    await expect(symbols).to_have_accessible_description(re.compile("case does not matter.*at most 32"))
    await page.get_by_role("button", name="priority: must be at most 9.").click()
    await expect(page.get_by_label("Priority")).to_be_focused()
    await page.get_by_label("Priority").fill("9")
    await symbols.fill("SIM0001")
    for _ in range(4):
        await page.get_by_role("button", name="Remove this condition").first.click()
    await page.keyboard.press("Control+Enter")
    assert await asked_for(api, await started(page)) == {"symbols": ["SIM0001"], "priority": 9}


async def test_a_scan_can_be_started_with_the_keyboard_alone(page: Page, api: ClientSession) -> None:
    await opened(page)

    async def tab_to(target: Locator) -> None:
        for _ in range(80):
            if await target.evaluate("(element) => element === document.activeElement"):
                return
            await page.keyboard.press("Tab")
        pytest.fail("it cannot be reached with the Tab key")

    await tab_to(page.locator("input[type=radio][value='']"))
    await page.keyboard.press("ArrowRight")
    await tab_to(page.locator(".chip-choice", has_text="Energy").locator("input"))
    await page.keyboard.press("Space")
    await tab_to(page.locator(".filters").get_by_role("button", name="Add a condition"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Field", exact=True)).to_be_focused()
    await tab_to(page.get_by_label("Value", exact=True))
    await page.keyboard.type("55")
    await page.keyboard.press("Control+Enter")
    assert await asked_for(api, await started(page)) == {
        "preset": "top_gainers", "sectors": ["Energy"],
        "filters": [{"field": "rsi", "op": "<", "value": 55}],
    }  # fmt: skip


async def test_the_last_request_is_remembered_until_the_form_is_emptied(page: Page) -> None:
    await opened(page)
    await page.get_by_role("radio", name="NR7", exact=True).check()
    await page.get_by_label("At most (rows)").fill("7")
    await page.goto("#/history")
    await opened(page)
    assert await shown_request(page) == {"preset": "nr7", "limit": 7}
    await page.reload()
    await expect(page.get_by_label("At most (rows)")).to_have_value("7")
    await page.get_by_role("button", name="Empty the form").click()
    assert await shown_request(page) == {}


async def test_the_request_can_be_handed_on_as_json_curl_and_commands(
    page: Page, api: ClientSession, server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = {
        "preset": "oversold", "sectors": ["Energy"], "max_symbols": 9, "priority": 3, "sort_by": "rsi",
        "descending": False, "as_of": "2024-01-31", "tags": ["one", "the other"], "fresh": True,
        "filters": [*EVERY_KIND[:-1], {"field": "name", "op": "!=", "value": "It's <b>bold</b> & \"more\""}],
    }  # fmt: skip
    scan = await start(api, **request)
    await opened(page, f"#/start?from={scan['scan_id']}")
    code = page.locator(".handout code")
    assert json.loads(await code.inner_text()) == request

    async def command(name: str) -> list[str]:
        await page.get_by_role("radio", name=name, exact=True).check()
        return shlex.split((await code.inner_text()).replace("\\\n", ""))

    curl = await command("curl")
    assert curl[:4] == ["curl", "-X", "POST", f"{server.url}/scan/start"]
    assert json.loads(curl[curl.index("-d") + 1]) == request

    taken: list[dict[str, Any]] = []

    def scan_here(_settings: Any, asked: dict[str, Any], *_: Any, **__: Any) -> int:
        taken.append(asked)
        return 0

    def start_there(url: str, asked: dict[str, Any], *_: Any, **__: Any) -> int:
        taken.append(asked | {"url": url})
        return 0

    monkeypatch.setattr("technic.cli.scanning.scan", scan_here)
    monkeypatch.setattr("technic.cli.starting.start", start_there)
    for verb in ("start", "scan"):
        technic, *arguments = await command(f"technic {verb}")
        assert technic == "technic"
        with pytest.raises(SystemExit):
            main(arguments)
    await expect(page.get_by_text("no words for: priority, tags, fresh.")).to_be_visible()
    there, here = taken
    assert there.pop("url") == server.url
    assert request_of(there).as_json() == request
    for name in ("priority", "tags", "fresh"):
        del request[name]
    assert request_of(here).as_json() == request


async def test_a_group_of_conditions_is_said_to_have_no_words_on_the_command_line(
    page: Page, api: ClientSession
) -> None:
    scan = await start(api, filters=EVERY_KIND[-1:], max_symbols=1)
    await opened(page, f"#/start?from={scan['scan_id']}")
    await page.get_by_role("radio", name="technic start", exact=True).check()
    await expect(page.get_by_text("no words for: groups of conditions.")).to_be_visible()


async def test_where_too_many_scans_wait_it_says_when_to_try_again(page: Page, faults: Faults) -> None:
    faults.expect("429")
    refusal = {
        "code": "queue_full", "status": 429, "retry_after": 1.5,
        "message": "Too many scans wait.", "suggestion": "Come back.",
    }  # fmt: skip
    refused = [True]

    async def answer(route: Any) -> None:
        if refused:
            await route.fulfill(status=429, content_type="application/problem+json", body=json.dumps(refusal))
        else:
            await route.continue_()

    await page.route("**/scan/start", answer)
    await opened(page)
    await page.get_by_label("At most", exact=True).fill("1")
    await page.get_by_role("button", name="Start the scan").click()
    await expect(page.get_by_role("alert")).to_contain_text(
        "Too many scans wait. Come back. Try again in 2 s."
    )
    await expect(page.get_by_role("button", name="Try again in")).to_be_disabled()
    refused.clear()
    await page.get_by_role("button", name="Start the scan").click()
    await started(page)


async def test_a_start_without_an_answer_is_sent_again_under_the_same_key(
    page: Page, faults: Faults, api: ClientSession
) -> None:
    faults.expect("ERR_FAILED|net::")
    keys: list[str] = []

    async def lose(route: Any) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) > 1:
            await route.continue_()
            return
        await route.fetch()  # the server has it, and its answer gets lost
        await route.abort()

    await page.route("**/scan/start", lose)
    await opened(page)
    await page.get_by_label("At most", exact=True).fill("1")
    await page.get_by_text("More: bars").click()
    await page.get_by_label("Tags").fill("only once")
    await page.get_by_role("button", name="Start the scan").click()
    await expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    await page.get_by_role("button", name="Start the scan").click()
    scan_id = await started(page)
    assert keys[0] == keys[1]
    await end_of(api, {"websocket_url": f"/scan/ws/{scan_id}"})
    _, history = await call(api, "GET", "/scan/history?tag=only once")
    assert [scan["scan_id"] for scan in history["scans"]] == [scan_id]


async def test_a_scan_that_is_not_known_leaves_the_form_as_it_was(page: Page, faults: Faults) -> None:
    faults.expect("404")
    await opened(page, "#/start?from=nobody")
    await expect(page.locator(".toast")).to_contain_text("scan")
    assert await shown_request(page) == {}


async def test_many_industries_fold_away_and_can_be_filtered(page: Page) -> None:
    await opened(page)
    await page.locator("summary", has_text="Industries").click()
    await page.get_by_label("Filter industries").fill("bank")
    shown = page.locator("fieldset", has=page.get_by_label("Filter industries")).locator(
        ".chip-choice:visible"
    )
    await expect(shown).not_to_have_count(0)
    names = await shown.all_text_contents()
    assert all("bank" in name.lower() for name in names)
    await shown.first.click()
    await expect(page.locator("summary", has_text="Industries")).to_have_text("Industries 1 chosen")
    chosen = (await shown_request(page))["industries"]
    assert len(chosen) == 1
    assert names[0].startswith(chosen[0])


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_form_fits_a_narrow_screen(
    browser: Browser, server: ServerProcess, faults: Faults, theme: Any
) -> None:
    async with open_page(
        browser, server.url, faults, viewport={"width": 400, "height": 800}, color_scheme=theme
    ) as page:
        await opened(page)
        await page.locator(".filters").get_by_role("button", name="Add a group").click()
        await add_condition(page.locator(".group"), "sma200_distance_pct", "between")
        await add_condition(page.locator(".group"), "sma50", "crosses_above")
        await page.get_by_text("More: bars").click()
        assert await page.evaluate("document.documentElement.scrollWidth") == 400
    faults.settle()


async def test_where_the_server_cannot_be_asked_the_form_comes_when_it_can(
    page: Page, faults: Faults
) -> None:
    faults.expect("ERR_FAILED|net::")
    await page.route("**/presets", lambda route: asyncio.ensure_future(route.abort()))
    await page.goto("#/start")
    await expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    await page.unroute("**/presets")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("button", name="Start the scan")).to_be_visible()
