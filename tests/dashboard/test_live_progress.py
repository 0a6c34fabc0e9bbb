"""What the page on live progress shows in JavaScript, and the example beside it, in a real browser."""

from __future__ import annotations

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.dashboard.conftest import open_page
from tests.support.markdown import Page
from tests.support.server import serving
from tests.support.watching import start

ROOT = Path(__file__).resolve().parents[2]
CODE = "\n".join(Page.read(ROOT / "docs" / "howto" / "live-progress.md").blocks("javascript"))


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing about it."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def examples_url():
    """The folder of examples, served as the first lines of live_progress.html say."""
    handler = functools.partial(Quiet, directory=str(ROOT / "examples"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()
        thread.join()


async def test_the_example_page_shows_a_scan_to_its_rows(browser, faults, examples_url, tmp_path):
    settings = {"sources__simulated__symbols": 64, "server__allowed_origins": examples_url}
    with serving(tmp_path, **settings) as server:
        faults.expect(f"request to another origin: {server.url}/scan/start")
        faults.expect(f"request to another origin: {server.url}/")
        async with open_page(browser, examples_url, faults) as page:
            await page.goto(f"live_progress.html?server={server.url}")
            await page.get_by_role("button", name="Start").click()
            await expect(page.locator("#message")).to_contain_text("100 %  Completed: 64 matches")
            await expect(page.locator("#rows tr")).to_have_count(20)
            await page.get_by_label("Preset").select_option("strong_buy")
            await page.get_by_role("button", name="Start").click()
            await expect(page.locator("#error")).to_be_empty()
        faults.settle()


@pytest.mark.parametrize("function", ["watch", "watchSocket"])
async def test_a_shown_function_tells_every_snapshot_up_to_the_last(page, api, server, function):
    await page.goto("")
    scan = await start(api)
    last = await page.evaluate(
        f"""([server, scan]) => {{ {CODE}
            return new Promise((done) => {function}(server, scan, (snapshot) => {{
                if (snapshot.status === "completed") done(snapshot);
            }}));
        }}""",
        [server.url, scan],
    )
    assert (last["scan_id"], last["percentage"], last["matches"]) == (scan["scan_id"], 100, 300)


async def test_the_shown_watch_of_matches_comes_back_where_it_stood(page, api, server):
    """Each of its sockets is closed behind its first match; every row comes once all the same."""
    await page.goto("")
    scan = await start(api)
    seen = await page.evaluate(
        f"""([server, scan]) => {{ {CODE}
            const sockets = [];
            const Plain = window.WebSocket;
            window.WebSocket = class extends Plain {{
                constructor(url) {{ super(url); sockets.push(this); }}
            }};
            const symbols = [], addresses = () => sockets.map((socket) => socket.url);
            return new Promise((done) => watchMatches(server, scan, (rows) => {{
                if (rows === null) return;
                symbols.push(...rows.map((row) => row.symbol));
                const socket = sockets.at(-1);
                socket.onmessage = null;
                socket.close();
            }}, (told) => {{
                if (told.status === "completed") done({{ symbols, addresses: addresses() }});
            }}));
        }}""",
        [server.url, scan],
    )
    assert len(seen["symbols"]) == len(set(seen["symbols"])) == 300
    assert len(seen["addresses"]) > 1
    assert all("last_event_id=" in address for address in seen["addresses"][1:])
