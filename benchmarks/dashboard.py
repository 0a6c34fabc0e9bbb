"""What the dashboard costs the person's browser: the list of all scans while a hundred of them run.

`technic serve` as users start it, with a market whose bars come slowly, and a headless Chromium with one
page, both on this machine. In rounds, each for so many seconds:

- list: the list of all scans, every one of them moving;
- elsewhere: another view of the same page, which draws nothing: what hearing alone costs;
- hidden: the same in a tab that nobody looks at;
- idle: the list before there is any scan: what an open page costs by itself.

`page` is the process of the page (its script, layout and painting), `browser` all processes of Chromium
together (network, compositor, and the browser's own); both in percent of a core, by the operating system's
account.
`drawings` and `layouts` are counted a second.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from playwright.async_api import Browser, CDPSession, Page, async_playwright

from benchmarks.latency import technic
from benchmarks.support.figures import parser, show

SCANS = 100
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
COUNT = """() => {
  window.drawings = 0;
  const request = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (draw) => request((now) => { window.drawings += 1; draw(now); });
}"""


class Watched:
    """A page and the processes behind it.

    Args:
        browser: It has this page alone.
        page: Of the dashboard.
        session: Of the page.
    """

    def __init__(self, browser: Browser, page: Page, session: CDPSession) -> None:
        self._browser = browser
        self._page = page
        self._session = session

    async def cost(self, seconds: float) -> dict[str, float]:
        """Percent of a core, and counts a second, for so long."""
        before, began = await self._account(), time.monotonic()
        await asyncio.sleep(seconds)
        after, passed = await self._account(), time.monotonic() - began
        return {name: (after[name] - before[name]) / passed for name in before}

    async def _account(self) -> dict[str, float]:
        session = await self._browser.new_browser_cdp_session()
        told = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
        await session.detach()
        used = {one["id"]: sum(psutil.Process(one["id"]).cpu_times()[:2]) for one in told}
        pages = [used[one["id"]] for one in told if one["type"] == "renderer"]
        metrics = (await self._session.send("Performance.getMetrics"))["metrics"]
        layouts = next(one["value"] for one in metrics if one["name"] == "LayoutCount")
        drawings = await self._page.evaluate("() => window.drawings")
        return {
            "page": 100 * max(pages),
            "browser": 100 * sum(used.values()),
            "layouts": layouts,
            "drawings": drawings,
        }


async def measured(watched: Watched, page: Page, url: str, seconds: float, rounds: int) -> dict[str, Any]:
    """The medians over the rounds."""
    costs: dict[str, list[dict[str, float]]] = {"idle": [await settled(watched, seconds)]}
    async with aiohttp.ClientSession(url) as api:
        for number in range(SCANS):
            asked = {"min_tech_rating": number - SCANS, "tags": [f"desk {number % 7}"]}
            async with api.post("/scan/start", json=asked) as answer:
                assert answer.status == 202, await answer.text()
        await page.get_by_text(f"Running: {SCANS}").wait_for()
        for _ in range(rounds):
            for name in ("list", "elsewhere", "hidden"):
                await page.evaluate(
                    f"() => {{ location.hash = '#/{'scans' if name == 'list' else 'symbol'}' }}"
                )
                await page.evaluate(HIDE, name == "hidden")
                costs.setdefault(name, []).append(await settled(watched, seconds))
            await page.evaluate(HIDE, False)  # noqa: FBT003 - it goes to JavaScript
        async with api.get("/scan/active") as answer:
            assert (await answer.json())["count"] == SCANS, "they ended while they were measured"
    return {
        name: {what: round(statistics.median(one[what] for one in many), 1) for what in many[0]}
        for name, many in costs.items()
    }


async def settled(watched: Watched, seconds: float) -> dict[str, float]:
    """The cost, once what the change of view took is over."""
    await asyncio.sleep(2)
    return await watched.cost(seconds)


async def run(seconds: float, rounds: int) -> dict[str, Any]:
    market = {"symbols": 20_000, "years": 1, "latency_seconds": 0.4}
    settings = {f"sources__simulated__{name}": value for name, value in market.items()}
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with tempfile.TemporaryDirectory() as folder:
        async with technic(Path(folder) / "kept", **settings) as url, async_playwright() as playwright:
            chromium = await playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=[*root]
            )
            page = await chromium.new_page(viewport={"width": 1280, "height": 800})
            session = await page.context.new_cdp_session(page)
            await session.send("Performance.enable")
            await page.add_init_script(f"({COUNT})()")
            await page.goto(f"{url}/#/scans")
            await page.get_by_role("heading", name="No scans yet").wait_for()
            figures = await measured(Watched(chromium, page, session), page, url, seconds, rounds)
            await chromium.close()
    return {"scans": SCANS, "percent_of_a_core": figures}


def main() -> None:
    command = parser((__doc__ or "").partition("\n")[0])
    command.add_argument("--seconds", type=float, default=10.0, help="of each window")
    command.add_argument("--rounds", type=int, default=3)
    asked = command.parse_args()
    show(asyncio.run(run(asked.seconds, asked.rounds)), as_json=asked.json)


if __name__ == "__main__":
    main()
