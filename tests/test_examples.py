"""The examples run as their first lines say."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

from aiohttp import ClientSession

from tests.support.markdown import Page
from tests.support.server import GUARD_SECONDS, ServerProcess, environment, serving
from tests.support.watching import call, end_of

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
WATCH = [sys.executable, "-W", "error", str(EXAMPLES / "watch_a_scan.py")]
PAGE = (EXAMPLES / "live_progress.html").read_text(encoding="utf-8")
PAGES_ORIGIN = "http://127.0.0.1:8080"
"""Where the first lines of the page say that it is served."""


def watch(server: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WATCH, "--server", server, *options],
        capture_output=True, text=True, check=False, timeout=GUARD_SECONDS,
    )  # fmt: skip


# --- watch_a_scan.py


def test_the_watcher_draws_a_scan_to_its_end_and_prints_its_rows(quick_server: ServerProcess):
    done = watch(quick_server.url, "--limit", "3")
    assert (done.returncode, done.stderr) == (0, "")
    drawn, *rows = done.stdout.splitlines()[-4:]
    assert drawn.rpartition("\r")[2].startswith("█" * 25 + " 100.00 %  Completed: 300 matches")
    assert [bool(re.match(r"SIM\d{4} +[A-Z_]+ +-?\d+\.\d +\d+\.\d\d$", row)) for row in rows] == [True] * 3


def test_the_watcher_says_what_the_server_refuses(quick_server: ServerProcess):
    done = watch(quick_server.url, "--preset", "oversld")
    assert done.returncode == 1
    assert "Did you mean 'oversold'?" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_watcher_says_that_nobody_answers():
    done = watch("http://127.0.0.1:9")
    assert done.returncode == 1
    assert "Start a server first: make serve" in done.stderr
    assert "Traceback" not in done.stderr


async def test_the_watcher_cancels_its_scan_on_ctrl_c(slow_server: ServerProcess, slow: ClientSession):
    watcher = await asyncio.create_subprocess_exec(
        *WATCH, "--server", slow_server.url, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert watcher.stdout is not None
    async with asyncio.timeout(GUARD_SECONDS):
        await watcher.stdout.readuntil(b"Fetching bars")
        (scan,) = (await call(slow, "GET", "/scan/active"))[1]["scans"]
        watcher.send_signal(signal.SIGINT)
        _, said = await watcher.communicate()
    assert (watcher.returncode, said.decode().strip()) == (1, "Cancelled.")
    last = await end_of(slow, {"websocket_url": f"/scan/ws/{scan['scan_id']}"})
    assert last["status"] == "cancelled"


# --- watch.py


def run_watch(server: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / "watch.py"), "--server", server, *options],
        capture_output=True, text=True, check=False, timeout=GUARD_SECONDS,
    )  # fmt: skip


def test_the_client_tells_matches_and_prints_rows(quick_server: ServerProcess):
    done = run_watch(quick_server.url, "--limit", "3")
    assert done.returncode == 0, done.stderr
    told = done.stderr.splitlines()
    assert told[0].startswith("watching ")
    assert told[-1] == "Completed: 300 matches"
    assert sum(int(line.split()[1].rstrip(":")) for line in told if line.startswith("found ")) == 300
    rows = [line for line in done.stdout.splitlines() if re.match(r" *SIM\d{4} ", line)]
    assert len(rows) == 3


def test_the_client_says_what_is_wrong(quick_server: ServerProcess):
    refused = run_watch(quick_server.url, "--preset", "oversld")
    assert (refused.returncode, "Did you mean 'oversold'?" in refused.stderr) == (1, True)
    nobody = run_watch("http://127.0.0.1:9")
    assert (nobody.returncode, "Start one with `technic serve`" in nobody.stderr) == (1, True)
    assert "Traceback" not in refused.stderr + nobody.stderr


async def test_the_client_cancels_its_scan_on_ctrl_c(slow_server: ServerProcess, slow: ClientSession):
    program = [sys.executable, "-W", "error", str(EXAMPLES / "watch.py"), "--server", slow_server.url]
    watcher = await asyncio.create_subprocess_exec(*program, stderr=subprocess.PIPE)
    assert watcher.stderr is not None
    async with asyncio.timeout(GUARD_SECONDS):
        scan_id = (await watcher.stderr.readline()).decode().split()[-1]
        watcher.send_signal(signal.SIGINT)
        _, said = await watcher.communicate()
    assert (watcher.returncode, said.decode().splitlines()[-1]) == (1, "Cancelled.")
    last = await end_of(slow, {"websocket_url": f"/scan/ws/{scan_id}"})
    assert last["status"] == "cancelled"


# --- scan_in_a_script.py


def test_the_script_shows_progress_and_prints_rows(tmp_path: Path):
    chosen = environment(tmp_path, {"sources__simulated__symbols": 300, "sources__simulated__years": 2})
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / "scan_in_a_script.py")],
        env=chosen, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "100.00 %" in done.stderr
    assert re.search(r"^ *SIM\d{4} ", done.stdout, re.MULTILINE)
    assert "sector" in done.stdout


# --- export_rows.py


def test_rows_go_into_a_file_that_is_whole_or_not_there(quick_server: ServerProcess, tmp_path: Path):
    def export(*options: str) -> subprocess.CompletedProcess[str]:
        program = [
            sys.executable,
            "-W",
            "error",
            str(EXAMPLES / "export_rows.py"),
            "--server",
            quick_server.url,
        ]
        return subprocess.run(
            [*program, *options],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=GUARD_SECONDS,
        )  # fmt: skip

    done = export("rows.csv")
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "rows.csv").read_text(encoding="utf-8").splitlines()) == 301
    unknown = export("none.parquet", "--scan", "0" * 32)
    assert (unknown.returncode, "Traceback" in unknown.stderr) == (1, False)
    assert export("rows.xls").returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


# --- own_presets.toml, own_preset.py


def test_a_preset_of_ones_own_is_scanned_by_without_a_server(tmp_path: Path):
    small = {"sources__simulated__symbols": 200, "sources__simulated__years": 2}
    program = [sys.executable, "-W", "error", str(EXAMPLES / "own_preset.py")]
    options = {"env": environment(tmp_path, small), "cwd": tmp_path, "capture_output": True, "text": True}
    done = subprocess.run(program, **options, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^ *SIM\d{4} +[A-Z_]+ +(\d+\.\d+) ", done.stdout, re.MULTILINE)
    assert 0 < len(rows) <= 20
    assert [float(row) for row in rows] == sorted(float(row) for row in rows)
    refused = subprocess.run([*program, "pulback"], **options, check=False, timeout=60)
    assert (refused.returncode, "Did you mean 'pullback'?" in refused.stderr) == (1, True)


def test_the_page_on_presets_shows_those_of_the_example():
    (shown,) = Page.read(ROOT / "docs" / "howto" / "own-presets.md").blocks("toml")
    assert (EXAMPLES / "own_presets.toml").read_text(encoding="utf-8").endswith(shown)


# --- live_progress.html


class Nesting(HTMLParser):
    """Which elements are open; an end that closes another one is a fault."""

    VOID = frozenset({"meta", "br", "input", "link", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.scripts: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.ids |= {value for name, value in attrs if name == "id" and value}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()} closes something else"

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)


def read_page() -> Nesting:
    nesting = Nesting()
    nesting.feed(PAGE)
    nesting.close()
    assert nesting.open == []
    return nesting


def test_the_page_is_well_formed_and_its_script_finds_what_it_looks_for():
    page = read_page()
    (script,) = page.scripts
    assert set(re.findall(r'\bat\("(\w+)"\)', script)) == page.ids
    closes = {"}": "{", ")": "(", "]": "["}
    open_brackets: list[str] = []
    for bracket in re.findall(r"[][(){}]", re.sub(r'"[^"\n]*"|//.*', "", script)):
        if bracket in closes:
            assert open_brackets.pop() == closes[bracket]
        else:
            open_brackets.append(bracket)
    assert open_brackets == []


def test_the_page_reads_keys_that_the_api_has():
    (script,) = read_page().scripts
    sections = Page.read(ROOT / "docs" / "api.md").sections()

    def shown(title: str) -> set[str]:
        return set(json.loads(sections[title].blocks("json")[0]))

    assert set(re.findall(r"\bscan\.(\w+)", script)) <= shown("POST /scan/start")
    assert set(re.findall(r"\bsnapshot\.(\w+)", script)) <= shown("GET /scan/progress/{scan_id}")
    assert set(re.findall(r"\bresult\.(\w+)", script)) <= shown("GET /scan/results/{scan_id}")


async def test_the_pages_origin_may_do_what_the_page_does(tmp_path: Path):
    said = re.search(r"TECHNIC_SERVER__ALLOWED_ORIGINS=(\S+) make serve", PAGE)
    assert said is not None
    assert said[1] == PAGES_ORIGIN
    origin = {"Origin": PAGES_ORIGIN}
    with serving(tmp_path, server__allowed_origins=PAGES_ORIGIN, sources__simulated__symbols=64) as server:
        async with ClientSession(server.url, headers=origin) as browser:
            asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
            async with browser.options("/scan/start", headers=asks) as preflight:
                assert preflight.status == 200
                assert preflight.headers["Access-Control-Allow-Origin"] == PAGES_ORIGIN
            async with browser.post("/scan/start", json={"limit": 20}) as answer:
                scan = await answer.json()
                assert answer.headers["Access-Control-Allow-Origin"] == PAGES_ORIGIN
            async with browser.get(scan["sse_url"]) as stream:
                assert stream.headers["Access-Control-Allow-Origin"] == PAGES_ORIGIN
                last = (await stream.text()).strip().rpartition("data: ")[2]
    assert json.loads(last)["status"] == "completed"
