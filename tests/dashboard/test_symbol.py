"""A symbol's page: its chart, its votes, why it has its rating, and its trade plan."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Page, expect

from tests.dashboard.conftest import Faults, open_page
from tests.support.server import ServerProcess
from tests.support.watching import call, end_of, start

PLOT = ".js-plotly-plot"
WORDS = {1: "▲ buy", 0: "■ neutral", -1: "▼ sell", None: "no vote"}
SIGNALS = {
    "STRONG_SELL": "Strong sell",
    "SELL": "Sell",
    "NEUTRAL": "Neutral",
    "BUY": "Buy",
    "STRONG_BUY": "Strong buy",
}


async def report(api: ClientSession, symbol: str, query: str = "") -> dict[str, Any]:
    status, body = await call(api, "GET", f"/symbols/{symbol}?{query}")
    assert status == 200
    return dict(body)


async def rated(api: ClientSession, *signals: str) -> str:
    """A symbol whose rating has one of these labels."""
    status, body = await call(api, "POST", "/scan/start", json={"async_mode": False})
    assert status == 200
    return next(str(row["symbol"]) for row in body["results"] if row["signal"] in signals)


async def opened(page: Page, symbol: str, query: str = "") -> None:
    """Go to the page of a symbol, and wait until its chart is drawn."""
    await page.goto(f"#/symbol/{symbol}?{query}")
    await drawn(page, symbol)


async def drawn(page: Page, symbol: str) -> None:
    await expect(page.locator(".chart")).to_have_attribute("data-drawn", symbol)


async def traces(page: Page) -> dict[str, list[Any]]:
    """The values of everything that the chart draws, by name; of candles the closes."""
    return dict(
        await page.locator(PLOT).evaluate(
            "(plot) => Object.fromEntries(plot.data.map((one) => [one.name, [...(one.close ?? one.y)]]))"
        )
    )


async def lines(page: Page) -> dict[str, float]:
    """The prices of the lines of the trade plan in the chart."""
    named = "(plot.layout.shapes ?? []).filter((shape) => shape.name).map((shape) => [shape.name, shape.y0])"
    return dict(await page.locator(PLOT).evaluate(f"(plot) => Object.fromEntries({named})"))


async def test_candles_volume_and_the_chosen_averages_are_drawn(page: Page, api: ClientSession) -> None:
    said = await report(api, "SIM0007")
    await opened(page, "SIM0007")
    assert await page.locator(f"{PLOT} .boxlayer path.box").count() > 60
    shown = await traces(page)
    assert set(shown) == {"Price", "Volume", "SMA 20", "SMA 50", "SMA 200"}
    assert shown["Price"] == [bar["close"] for bar in said["bars"]]
    await page.get_by_label("SMA 20", exact=True).uncheck()
    for name in ("EMA 20", "EMA 50", "EMA 200"):
        await page.get_by_label(name, exact=True).check()
    await expect(page.locator(f"{PLOT} .scatterlayer .trace")).to_have_count(5)
    shown = await traces(page)
    assert set(shown) == {"Price", "Volume", "SMA 50", "SMA 200", "EMA 20", "EMA 50", "EMA 200"}
    for name in set(shown) - {"Price", "Volume"}:
        assert shown[name][-1] == pytest.approx(said["indicators"][name.replace(" ", "").lower()], rel=1e-9)
    assert shown["SMA 200"][198] is None
    assert shown["SMA 200"][199] == pytest.approx(sum(bar["close"] for bar in said["bars"][:200]) / 200)
    await page.reload()
    await expect(page.get_by_label("EMA 200", exact=True)).to_be_checked()


async def test_the_chart_reaches_as_far_back_as_is_chosen(page: Page) -> None:
    await opened(page, "SIM0007")
    reach = """(plot) => {
        const [from, to] = plot.layout.xaxis.range.map(plot._fullLayout.xaxis.r2l);
        return (to - from) / 864e5;
    }"""
    spans = []
    for name in ("3M", "6M", "1Y", "All"):
        await page.get_by_role("radio", name=name).check()
        spans.append(await page.locator(PLOT).evaluate(reach))
    assert spans == sorted(spans)
    assert spans[0] < 130
    assert spans[2] > 360


async def test_what_is_in_sight_fills_the_height_wherever_the_chart_is_pulled_to(page: Page) -> None:
    await opened(page, "SIM0007")
    await page.get_by_role("radio", name="3M").check()
    sight = """(plot) => {
        const axes = plot._fullLayout, { x, low, high } = plot.data[0];
        const [from, to] = axes.xaxis.range.map((one) => axes.xaxis.r2l(one));
        const seen = [...x.keys()].filter((at) => Date.parse(x[at]) >= from && Date.parse(x[at]) <= to);
        const all = (values) => seen.map((at) => values[at]);
        return [...axes.yaxis.range, Math.min(...all(low)), Math.max(...all(high)), seen[0]];
    }"""
    *_, first = await page.locator(PLOT).evaluate(sight)
    box = await page.locator(f"{PLOT} .nsewdrag").first.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    await page.mouse.move(box["x"] + 100, middle)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] - 50, middle, steps=5)
    await page.mouse.up()
    await page.wait_for_function(f"() => ({sight})(document.querySelector('{PLOT}'))[4] < {first} - 10")
    bottom, top, low, high, _ = await page.locator(PLOT).evaluate(sight)
    assert bottom < low < high < top
    assert high - low > 0.85 * (top - bottom)
    await page.locator(f"{PLOT} .nsewdrag").first.dblclick()
    await page.wait_for_function(f"() => ({sight})(document.querySelector('{PLOT}'))[4] === {first}")


async def test_the_26_votes_stand_there_as_the_api_says_them(page: Page, api: ClientSession) -> None:
    said = await report(api, "SIM0007")
    await opened(page, "SIM0007")
    rows = page.locator("table.votes tbody tr")
    await expect(rows).to_have_count(26)
    assert await rows.locator("th").all_text_contents() == [vote["label"] for vote in said["votes"]]
    assert await rows.locator("td:nth-child(3)").all_text_contents() == [
        WORDS[vote["vote"]] for vote in said["votes"]
    ]
    assert await rows.locator("td.rule").all_text_contents() == [vote["rule"] for vote in said["votes"]]
    rsi = next(vote["values"]["rsi"] for vote in said["votes"] if vote["name"] == "rsi")
    await expect(page.locator("tr[data-name=rsi] td.figure")).to_have_text(f"{rsi:,.2f}")


async def test_gauges_and_reckoning_say_what_the_api_says(page: Page, api: ClientSession) -> None:
    said = await report(api, "SIM0007")
    await opened(page, "SIM0007")
    titles = {"All": "all", "Moving averages": "moving_averages", "Oscillators": "oscillators"}
    for title, group in titles.items():
        rating = said["ratings"][group]
        gauge = page.get_by_role("img", name=re.compile(f"^{title}: "))
        name = f"{title}: {SIGNALS[rating['signal']]}, {rating['value']:+,.2f}"
        await expect(gauge).to_have_accessible_name(name.replace("+0.00", "0.00"))
        needle = gauge.locator(".needle")
        assert float(await needle.get_attribute("data-value") or "") == rating["value"]
        angle = re.search(r"rotate\((-?[\d.]+) ", await needle.get_attribute("transform") or "")
        assert angle
        assert float(angle[1]) == pytest.approx(0.9 * rating["value"], abs=0.01)
        await expect(page.locator(".reckoning")).to_contain_text(f"{rating['fraction']} = ")
    await expect(page.locator(".reckoning li").last).to_contain_text(said["signal"].lower().replace("_", " "))


async def test_the_trade_plan_stands_in_the_chart_and_in_words_and_follows_the_account(
    page: Page, api: ClientSession
) -> None:
    symbol = await rated(api, "BUY", "STRONG_BUY")
    row = (await report(api, symbol))["row"]
    await opened(page, symbol)
    assert await lines(page) == {name: row[name] for name in ("entry", "stop", "target")}
    for name in ("Entry", "Stop", "Target"):
        await expect(page.locator(PLOT)).to_contain_text(f"{name} {row[name.lower()]:,.2f}")
    deal = page.locator(".deal")
    await expect(deal).to_contain_text(f"Buy {row['position_size']:,} share")
    risk = row["position_size"] * (row["entry"] - row["stop"])
    await expect(deal).to_contain_text(f"at stake ${risk:,.2f}")
    await page.get_by_label("Reward/risk").fill("3")
    await page.get_by_label("Account ($)").fill("5000")
    await page.get_by_label("Account ($)").press("Tab")
    other = (await report(api, symbol, "target_rr=3&account_size=5000"))["row"]
    await expect(page.locator("[data-line=target]")).to_contain_text(f"{other['target']:,.2f}")
    await expect(page.locator(PLOT)).to_contain_text(f"Target {other['target']:,.2f}")
    await page.reload()
    await drawn(page, symbol)
    assert (await lines(page))["target"] == other["target"]


async def test_a_falling_symbol_has_a_plan_once_short_trades_are_wanted(
    page: Page, api: ClientSession
) -> None:
    symbol = await rated(api, "SELL", "STRONG_SELL")
    await opened(page, symbol)
    assert await lines(page) == {}
    await expect(page.get_by_role("region", name="Trade plan")).to_contain_text("short trades are left out")
    await page.get_by_label("Short trades too").check()
    await expect(page.locator(".deal")).to_contain_text("Sell short")
    row = (await report(api, symbol, "allow_shorts=true"))["row"]
    assert await lines(page) == {name: row[name] for name in ("entry", "stop", "target")}


async def test_a_stake_that_cannot_be_is_refused_beside_its_entry(page: Page, faults: Faults) -> None:
    faults.expect("422")
    await opened(page, "SIM0007")
    await page.get_by_label("Risk (%)").fill("much")
    await page.get_by_label("Risk (%)").press("Tab")
    await expect(page.locator(".stakes .fault")).to_have_text("must be a number.")
    await expect(page.get_by_label("Risk (%)")).to_be_focused()
    await page.get_by_label("Risk (%)").fill("2")
    await page.get_by_label("Risk (%)").press("Tab")
    await expect(page.locator(".stakes .fault")).to_have_count(0)


async def test_a_link_from_a_scans_rows_keeps_the_day_the_bars_and_the_account(
    page: Page, api: ClientSession
) -> None:
    day = (await report(api, "SIM0001"))["bars"][-30]["date"]
    scan = await start(api, symbols=["SIM0007"], as_of=day, lookback_bars=120, target_rr=4, allow_shorts=True)
    await end_of(api, scan)
    await page.goto(f"#/scan/{scan['scan_id']}")
    await expect(page.locator(".asked")).to_contain_text(day)
    await page.get_by_role("link", name="SIM0007").click()
    await drawn(page, "SIM0007")
    assert {f"scan={scan['scan_id']}", f"as_of={day}", "lookback_bars=120"} <= set(
        page.url.split("?")[1].split("&")
    )
    said = await report(api, "SIM0007", f"as_of={day}&lookback_bars=120&target_rr=4&allow_shorts=true")
    await expect(page.locator(".quote")).to_contain_text(day)
    await expect(page.get_by_label("As of")).to_have_value(day)
    await expect(page.get_by_label("Look back")).to_have_value("120")
    await expect(page.get_by_label("Reward/risk")).to_have_value("4")
    if said["row"]["target"] is not None:
        assert (await lines(page))["target"] == said["row"]["target"]
    await expect(page.get_by_role("region", name="Chart")).to_contain_text("looks at the last 120.")
    await page.get_by_role("link", name="To its scan").click()
    await expect(page).to_have_url(re.compile(scan["scan_id"]))


async def test_all_bars_that_are_rated_are_shown_too(page: Page, api: ClientSession) -> None:
    said = await report(api, "SIM0007", "lookback_bars=0")
    async with page.expect_response(lambda answer: "/symbols/SIM0007" in answer.url) as asked:
        await opened(page, "SIM0007", "lookback_bars=0")
    assert "bars=0" in (await asked.value).url.split("?")[1].split("&")
    assert (await traces(page))["Price"] == [bar["close"] for bar in said["bars"]]


async def test_another_day_is_chosen_on_the_page(page: Page, api: ClientSession) -> None:
    bars = (await report(api, "SIM0007"))["bars"]
    await opened(page, "SIM0007")
    await page.get_by_label("As of").fill(bars[-50]["date"])
    await expect(page).to_have_url(re.compile(f"as_of={bars[-50]['date']}"))
    await expect(page.locator(".quote")).to_contain_text(bars[-50]["date"])
    await drawn(page, "SIM0007")
    assert (await traces(page))["Price"][-1] == bars[-50]["close"]


async def test_a_symbol_is_found_by_a_part_of_its_name(page: Page, api: ClientSession) -> None:
    _, known = await call(api, "GET", "/universe?search=SIM0042")
    name = known["symbols"][0]["name"]
    await page.goto("#/symbol")
    find = page.get_by_role("combobox", name="Find a symbol")
    await expect(find).to_be_focused()
    await find.fill(name[:8])
    await expect(page.locator("datalist option[value=SIM0042]")).to_have_text(name)
    await find.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("SIM0042")
    await drawn(page, "SIM0042")
    await page.get_by_role("combobox", name="Find a symbol").fill("sim0043")
    await page.get_by_role("combobox", name="Find a symbol").press("Enter")
    await drawn(page, "SIM0043")


async def test_an_unknown_symbol_is_said_to_be_with_the_nearest_names(page: Page, faults: Faults) -> None:
    faults.expect("404")
    await page.goto("#/symbol/SIM004?lookback_bars=100")
    await expect(page.get_by_text("No symbol “SIM004” is known here. Did you mean")).to_be_visible()
    await page.get_by_role("link", name="SIM0040").click()
    await drawn(page, "SIM0040")
    await expect(page.get_by_label("Look back")).to_have_value("100")


async def test_bars_that_cannot_be_asked_for_are_refused_in_words(page: Page, faults: Faults) -> None:
    faults.expect("422")
    await page.goto("#/symbol/SIM0007?lookback_bars=7")
    await expect(page.get_by_text("must be 0 (all bars), or at least 20.")).to_be_visible()


async def test_the_chart_takes_the_colours_of_the_theme(page: Page) -> None:
    await page.emulate_media(color_scheme="light")
    await opened(page, "SIM0007")
    ink = "(plot) => [plot._fullLayout.font.color, plot.data[0].increasing.line.color]"
    light = await page.locator(PLOT).evaluate(ink)
    await page.emulate_media(color_scheme="dark")
    await expect(page.locator(f"{PLOT} .ytick text").first).to_have_css("fill", "rgb(163, 176, 191)")
    dark = await page.locator(PLOT).evaluate(ink)
    assert all(one != other for one, other in zip(light, dark, strict=True))


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_page_fits_a_narrow_screen(
    browser: Browser, server: ServerProcess, faults: Faults, theme: Any
) -> None:
    async with open_page(
        browser, server.url, faults, viewport={"width": 400, "height": 800}, color_scheme=theme
    ) as page:
        await opened(page, "SIM0007")
        assert await page.evaluate("document.documentElement.scrollWidth") == 400
    faults.settle()
