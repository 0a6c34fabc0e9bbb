"""The house that views stand in: its connection, its theme, its charts, and what may not happen in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.dashboard.conftest import Faults, open_page
from tests.support.reverse_proxy import proxied
from tests.support.server import ServerProcess

VIEWS = {"Scans": "scans", "New scan": "start", "History": "history", "Symbol": "symbol"}

CHARTS = (Path(__file__).parent / "three_charts.js").read_text(encoding="utf-8")
INLINE = "document.head.append(Object.assign(document.createElement('script'), { textContent: '1' }))"
FRAME = "document.body.append(Object.assign(document.createElement('iframe'), { src: '/health' }))"
BREACHES = {
    "html": ("document.body.innerHTML = '<img src=x onerror=alert(1)>'", "requires 'TrustedHTML'"),
    "script": (INLINE, "requires 'TrustedScript'"),
    "eval": ("window.setTimeout('document.title = 1')", "requires 'TrustedScript'"),
    "style": ("document.body.setAttribute('style', 'color: red')", "Applying inline style violates"),
    "frame": (FRAME, "Framing .* violates"),
}
"""What no view may do, not even by mistake, and what the browser says to it."""


async def test_the_page_is_live_and_every_view_can_be_reached(page: Page) -> None:
    await page.goto("")
    await expect(page.get_by_role("status").first).to_have_text("Live")
    for link, name in VIEWS.items():
        await page.get_by_role("navigation").get_by_role("link", name=link, exact=True).click()
        await expect(page).to_have_url(page.url.split("#")[0] + f"#/{name}")
        await expect(page.get_by_role("link", name=link, exact=True)).to_have_attribute(
            "aria-current", "page"
        )
        await expect(page.get_by_role("heading", level=1)).to_be_visible()


async def test_plotly_comes_from_the_server_when_the_first_chart_is_drawn_and_breaks_no_policy(
    page: Page,
) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    await page.goto("")
    await expect(page.locator("#connection")).to_have_text("Live")
    assert not [url for url in loaded if "plotly" in url]
    await page.evaluate(CHARTS)
    assert len([url for url in loaded if url.endswith("/static/vendor/plotly.min.js")]) == 1
    await expect(page.locator(".chart .main-svg").first).to_be_visible()
    await page.locator(".chart").first.hover()
    await expect(page.locator(".hoverlayer .legendtext").first).to_be_visible()


@pytest.mark.parametrize("breach", BREACHES)
async def test_the_policy_stops_what_no_view_may_do(page: Page, faults: Faults, breach: str) -> None:
    await page.goto("")
    await expect(page.locator("#connection")).to_have_text("Live")
    tried, told = BREACHES[breach]
    faults.expect(told)
    await page.evaluate(f"() => {{ try {{ {tried} }} catch {{ }} }}")
    while not faults.seen:
        await page.evaluate("() => new Promise(requestAnimationFrame)")


async def test_the_theme_goes_round_and_outlives_the_page(page: Page) -> None:
    await page.emulate_media(color_scheme="light")
    await page.goto("")
    look = "() => getComputedStyle(document.body).backgroundColor"
    light = await page.evaluate(look)
    button = page.get_by_role("button", name="Theme")
    await expect(button).to_have_text("Theme: system")
    await button.click()
    await button.click()
    await expect(button).to_have_text("Theme: dark")
    dark = await page.evaluate(look)
    assert dark != light
    await page.reload()
    await expect(page.get_by_role("button", name="Theme")).to_have_text("Theme: dark")
    assert await page.evaluate(look) == dark
    await page.get_by_role("button", name="Theme").click()
    await page.emulate_media(color_scheme="dark")
    assert await page.evaluate(look) == dark


async def test_it_works_below_the_path_of_a_reverse_proxy(
    browser: Browser, server: ServerProcess, faults: Faults
) -> None:
    async with proxied(server.url, "/tools/technic") as url, open_page(browser, url, faults) as page:
        await page.goto(f"{url}/tools/technic/")
        await expect(page.locator("#connection")).to_have_text("Live")
        await page.evaluate(CHARTS)
        await expect(page.locator(".chart .main-svg").first).to_be_visible()
        reached = await page.evaluate(
            "async () => (await (await import('./static/js/api.js')).get('health')).status"
        )
        assert reached == "healthy"
    faults.settle()


async def test_a_request_to_another_origin_does_fail_a_test(page: Page, faults: Faults) -> None:
    faults.expect("request to another origin: https://elsewhere.example/")
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        await page.goto("https://elsewhere.example/")


async def test_what_was_expected_and_did_not_come_fails_a_test(faults: Faults) -> None:
    faults.expect("nothing of the kind")
    with pytest.raises(AssertionError, match="did not come"):
        faults.settle()
