"""Parts of the dashboard that touch no view, in the browser that they are for."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect


@pytest_asyncio.fixture(loop_scope="session")
async def run(page: Page) -> AsyncIterator[Any]:
    """Runs the body of an asynchronous function that may import from `./static/js`; gives what it returns."""
    await page.goto("")

    async def run(body: str, argument: Any = None) -> Any:
        return await page.evaluate(f"async (given) => {{ {body} }}", argument)

    yield run


TREND = """
  const { Trend } = await import("./static/js/trend.js");
  const trend = new Trend();
  return given.map(([seconds, eta]) => trend.note(eta, 1000 * seconds));
"""


async def test_the_end_comes_nearer_or_moves_away_by_what_was_expected_seconds_ago(run: Any) -> None:
    told = await run(TREND, [[0, 100], [1, 99], [3, 97], [6, 94], [7, 60], [8, 120], [14, 114]])
    assert told == [None, None, "steady", "steady", "nearer", "farther", "steady"]


async def test_a_little_more_or_less_is_no_trend_and_without_an_estimate_there_is_none(run: Any) -> None:
    assert await run(TREND, [[0, 100], [6, 96], [7, 90]]) == [None, "steady", "steady"]
    assert await run(TREND, [[0, 100], [6, None], [7, 10], [12, 5]]) == [None, None, None, "steady"]


FINDS = """
  const { Search } = await import("./static/js/finding.js");
  const search = Object.assign(new Search(), given.search);
  const now = Date.parse("2026-01-05T12:00:00Z");
  const found = given.scans.map((scan) => search.finds(scan, scan.words, now));
  return [search.active, found, search.queries(9, now)];
"""
SCANS = [
    {"scan_id": "abc1", "status": "running", "tags": ["Desk"], "words": "oversold",
     "created_at": "2026-01-05T11:59:00Z"},
    {"scan_id": "def2", "status": "failed", "tags": [], "words": "of Energy",
     "created_at": "2026-01-01T00:00:00Z", "completed_at": "2026-01-05T09:00:00Z"},
]  # fmt: skip


async def test_a_search_finds_by_id_words_tag_status_and_time_as_the_history_does(run: Any) -> None:
    async def found(**search: str) -> Any:
        return await run(FINDS, {"search": search, "scans": SCANS})

    assert await found() == [False, [True, True], [{"limit": 9, "status": "", "since": None}]]
    assert (await found(text="ABC"))[1] == [True, False]
    assert [sorted(query) for query in (await found(text="ABC"))[2]] == [
        ["limit", "scan_id", "since", "status"],
        ["limit", "since", "status", "text"],
    ]
    assert (await found(text="desk over"))[1] == [True, False]
    assert (await found(text="bc1"))[1] == [False, False]
    assert (await found(text="energy"))[1] == [False, True]
    assert await found(status="running") == [True, [True, False], []]
    active, finds, queries = await found(status="failed", span="hour")
    assert (active, finds) == (True, [False, False])
    assert queries == [{"limit": 9, "status": "failed", "since": "2026-01-05T11:00:00.000Z"}]
    assert (await found(span="day"))[1] == [True, True]


async def test_many_askings_are_drawn_at_most_ten_times_a_second_and_the_last_is_drawn(run: Any) -> None:
    times, last = await run(
        """
        const { painter } = await import("./static/js/paint.js");
        const drawn = [];
        let state = 0, shown = 0;
        const { ask } = painter(() => { drawn.push(performance.now()); shown = state; });
        const busy = () => {
          const until = performance.now() + (drawn.length % 2 === 0 ? 60 : 0);
          while (performance.now() < until);
          if (shown !== -1) requestAnimationFrame(busy);
        };
        busy();
        while (drawn.length < 5) { state += 1; ask(); await new Promise((go) => setTimeout(go, 1)); }
        state = -1;
        ask();
        while (shown !== -1) await new Promise(requestAnimationFrame);
        return [drawn, shown];
        """
    )
    assert all(later - earlier > 90 for earlier, later in pairwise(times))
    assert last == -1


async def test_a_painter_that_is_stopped_draws_no_more(run: Any) -> None:
    assert not await run(
        """
        const { painter } = await import("./static/js/paint.js");
        let drawn = 0;
        const paints = [0, 40].map((gatherMs) => painter(() => { drawn += 1; }, { gatherMs }));
        for (const { ask, stop } of paints) { ask(); stop(); }
        await new Promise((go) => setTimeout(go, 60));
        await new Promise(requestAnimationFrame);
        return drawn;
        """
    )


async def test_a_list_keeps_the_elements_of_what_stays(run: Any) -> None:
    assert await run(
        """
        const { el, keep } = await import("./static/js/dom.js");
        const room = el("ul");
        const how = { key: (name) => name, make: (name) => el("li", {}, name), update: () => {} };
        keep(room, ["a", "b", "c"], how);
        const [a, b, c] = room.children;
        keep(room, ["c", "a", "<i>d</i>"], how);
        const same = [room.children[0] === c, room.children[1] === a, b.isConnected];
        return [room.textContent, room.querySelector("i"), ...same];
        """
    ) == ["ca<i>d</i>", None, True, True, False]


OVER = """
  const { Stream } = await import("./static/js/socket.js");
  const opened = [];
  const told = [];
  window.WebSocket = class {
    constructor(url) {
      if (url.pathname.endsWith("/mine")) opened.push(this);
    }
    close() {}
  };
  new Stream({
    where: () => new URL("mine", location.href),
    tell: (state) => told.push(state),
    over: (event) => event.code === 1000,
  }).open();
  opened[0].onclose({ code: 1000 });
  document.dispatchEvent(new Event("visibilitychange"));
  window.dispatchEvent(new Event("online"));
  return [opened.length, told];
"""


async def test_a_stream_that_has_ended_is_not_opened_again_by_a_page_that_comes_back(run: Any) -> None:
    assert await run(OVER) == [1, ["connecting", "ended"]]


ANSWER = """
  const { get } = await import("./static/js/api.js");
  const before = window.fetch;
  const body = new ReadableStream({
    start(stream) {
      stream.enqueue(new TextEncoder().encode(given.text));
      if (given.ends === "cut") stream.error(new TypeError("network error"));
      else stream.close();
    },
  });
  window.fetch = async () => {
    const answer = new Response(body, { status: given.status });
    if (given.ends === "left") answer.json = () => Promise.reject(new DOMException("left", "AbortError"));
    return answer;
  };
  try {
    return await get("scan/active");
  } catch (error) {
    return [error.name, error.code];
  } finally {
    window.fetch = before;
  }
"""


async def test_an_answer_that_is_cut_off_is_none(run: Any) -> None:
    async def told(status: int, text: str, ends: str = "whole") -> Any:
        return await run(ANSWER, {"status": status, "text": text, "ends": ends})

    assert await told(200, '{"count": 0}') == {"count": 0}
    assert await told(200, '{"count": 0, "scans": [', "cut") == ["Problem", "unreachable"]
    assert (await told(200, '{"count": 0, "scans": [', "left"))[0] == "AbortError"
    assert await told(502, "<h1>Bad Gateway</h1>") == ["Problem", "unreachable"]
    assert await told(500, "oops") == ["Problem", "internal_error"]
    assert await told(503, '{"code": "stopping"}') == ["Problem", "stopping"]


MEMORY = """
  const { recalled, remember } = await import("./static/js/memory.js");
  if (given.raw !== undefined) localStorage.setItem("technic.some", given.raw);
  else remember("some", given.value);
  return recalled("some");
"""


async def test_what_was_kept_comes_back_and_what_cannot_be_read_is_nothing(run: Any) -> None:
    assert await run(MEMORY, {"value": ["a", {"b": None}]}) == ["a", {"b": None}]
    assert await run(MEMORY, {"raw": "[1, "}) is None


async def test_a_browser_that_keeps_nothing_is_no_fault(run: Any) -> None:
    lost = "Storage.prototype.setItem = Storage.prototype.getItem = () => { throw new Error('full'); };"
    assert await run(lost + MEMORY, {"value": 1}) is None


@pytest.mark.parametrize("kept", ["[1, ", "null", "7", '"dark"', "[[]]", '{"symbols": 5}'])
async def test_pages_open_whatever_the_browser_has_kept(page: Page, kept: str) -> None:
    names = ("request", "stakes", "averages", "columns", "theme")
    await page.add_init_script(
        "".join(f"localStorage.setItem('technic.{name}', {json.dumps(kept)});" for name in names)
    )
    for place, title in (("#/start", "New scan"), ("#/symbol/SIM0001", "SIM0001"), ("#/scans", "Scans")):
        await page.goto(place)
        await expect(page.get_by_role("heading", level=1)).to_have_text(title)
    await expect(page.locator("#connection")).to_have_text("Live")
