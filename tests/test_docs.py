"""The pages say what is: links lead somewhere, names exist, commands and examples run."""

from __future__ import annotations

import ast
import json
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from technic import app
from technic.cli import (
    cancelling,
    fetching,
    inspecting,
    looking_back,
    places,
    scanning,
    starting,
    watching,
)
from technic.cli.loading import command as loading
from technic.cli.main import app as command_line
from technic.cli.reporting import command as reporting
from technic.cli.requests import request_of
from technic.config import logs
from technic.config.keys import environment_name, known_keys
from technic.config.loader import load_settings
from technic.engine.pool import endings
from technic.errors import TechnicError
from technic.http import problems
from technic.http.history import HistoryParameters, StatisticsParameters
from technic.http.opening import FleetQuery, StreamQuery
from technic.http.results import ResultsQuery
from technic.http.routes import ROUTES
from technic.remote import faults
from technic.scanner.presets import PRESETS
from technic.scanner.request import ScanRequest
from tests.support.markdown import Page
from tests.support.server import ServerProcess, environment
from tests.support.watching import call, end_of, start

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = [Page.read(path) for path in sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])]
BY_NAME = {page.path.relative_to(ROOT).as_posix(): page for page in PAGES}
README, API = BY_NAME["README.md"], BY_NAME["docs/api.md"]
QUICKSTART = BY_NAME["docs/quickstart.md"]
FIRST_SCAN = BY_NAME["docs/howto/first-scan.md"]
OWN_PRESETS = BY_NAME["docs/howto/own-presets.md"]
LIBRARY_BLOCKS = [
    code for page in (README, FIRST_SCAN, OWN_PRESETS) for code in page.blocks("python") if "run_scan" in code
]
"""Blocks of Python that need nothing but technic."""


def name_of(page: Page) -> str:
    return page.path.relative_to(ROOT).as_posix()


def all_blocks(language: str) -> list[Any]:
    return [
        pytest.param(code, id=f"{name_of(page)}-{place}")
        for page in PAGES
        for place, code in enumerate(page.blocks(language))
    ]


# --- links


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page):
    for link in page.links:
        path, _, anchor = link.partition("#")
        target = (page.path.parent / path).resolve() if path else page.path
        assert target.exists(), f"{name_of(page)} links to {link}, which is not there"
        if anchor:
            assert anchor in Page.read(target).anchors, f"{name_of(page)} links to {link}: no such heading"


def test_every_page_can_be_reached_from_the_readme():
    seen, waiting = set(), {README.path}
    while waiting:
        path = waiting.pop()
        seen.add(path)
        found = {(path.parent / link.partition("#")[0]).resolve() for link in Page.read(path).links}
        waiting |= {target for target in found if target.suffix == ".md" and target.exists()} - seen
    assert {page.path for page in PAGES} - seen == set()


# --- pages that are drawn


@pytest.mark.parametrize("drawn", ["configuration", "library", "modules"])
def test_a_drawn_page_is_what_its_script_draws(drawn):
    draw = runpy.run_path(str(DOCS / f"draw_{drawn}.py"))["page"]
    command = f".venv/bin/python docs/draw_{drawn}.py"
    assert (DOCS / f"{drawn}.md").read_text(encoding="utf-8") == draw(), f"draw it again: {command}"


def test_the_glossary_gives_a_word_one_meaning():
    words = re.findall(r"^\| ([^|]+?) \|", BY_NAME["docs/glossary.md"].text, re.MULTILINE)
    named = [word for word in words if word != "word" and set(word) != {"-"}]
    assert len(named) > 50
    assert [word for word in named if named.count(word) > 1] == []


def test_every_setting_stands_on_the_page_of_settings():
    assert set(known_keys()) <= BY_NAME["docs/configuration.md"].first_cells()


# --- names that pages use


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_setting_that_a_page_names_exists(page):
    sections = "|".join({key.partition(".")[0] for key in known_keys() if "." in key})
    named = set(re.findall(rf"`((?:{sections})\.[a-z_.]+)(?: = [^`]*)?`", page.prose))
    assert {name for name in named if not name.endswith(".py")} <= set(known_keys())
    variables = set(re.findall(r"TECHNIC_[A-Z]\w*", page.text)) - {"TECHNIC_SECTION__KEY"}
    assert variables <= {environment_name(key) for key in known_keys()}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_that_a_page_names_exists(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^ {4}(?:\$ )?)make ([a-z-]+)", page.text, re.MULTILINE)) <= targets


def test_the_first_scan_names_every_preset():
    assert set(PRESETS) <= set(re.findall(r"[a-z0-9_]+", FIRST_SCAN.text))


# --- the API


def test_every_route_is_documented_and_every_documented_route_exists():
    routes = {f"{route.method} {re.sub(r':[^}]*', '', route.path)}" for route in ROUTES}
    assert {title for title in API.sections() if title != "Errors"} == routes
    listed = re.findall(r"`((?:GET|POST|WS|DELETE) /[^`]*)`", README.prose)
    assert {route.replace("WS ", "GET ") for route in listed} == routes


def test_every_field_of_a_request_is_documented_with_its_default():
    told = {
        cells[0].strip("`"): cells[1].strip("`")
        for cells in API.sections()["POST /scan/start"].rows()
        if len(cells) == 3
    }
    for name, field in ScanRequest.model_fields.items():
        default = field.default if field.default != () else []
        assert told[name] == (default if isinstance(default, str) else json.dumps(default).removesuffix(".0"))


def test_every_parameter_of_results_and_streams_is_documented():
    results = API.sections()["GET /scan/results/{scan_id}"].first_cells()
    assert {*ResultsQuery.model_fields, "format"} <= results
    assert set(HistoryParameters.model_fields) <= API.sections()["GET /scan/history"].first_cells()
    figures = API.sections()["GET /scan/stats"].text
    assert [name for name in StatisticsParameters.model_fields if f"?{name}=" not in figures] == []
    streams = API.sections()["GET /scan/sse/{scan_id}"].text
    assert [name for name in StreamQuery.model_fields if f"?{name}=" not in streams] == []
    assert set(FleetQuery.model_fields) <= API.sections()["GET /scan/ws"].first_cells()
    fleet = API.sections()["GET /scan/sse"].text
    assert [name for name in FleetQuery.model_fields if f"?{name}=" not in fleet] == []


def errors_below(error: type[TechnicError]) -> Iterator[type[TechnicError]]:
    if error.__module__.startswith("technic."):
        yield error
    for below in error.__subclasses__():
        yield from errors_below(below)


def test_every_code_of_an_error_is_documented_with_its_status():
    told = {cells[0].strip("`"): cells[1] for cells in API.sections()["Errors"].rows()}
    codes = {error.code: problems.status_of(error) for error in errors_below(TechnicError)}
    codes |= {code: status for status, (code, _) in problems._REFUSALS.items() if code not in codes}
    known = {code: told.get(code) for code in codes}
    assert known == {code: str(status) for code, status in codes.items()}
    assert {faults.Unreachable.code, faults.ForeignAnswer.code} <= set(codes)
    others = {endings.UNIT_CANCELLED, endings.UNIT_OVERRAN, endings.WORKERS_UNAVAILABLE}
    assert set(told) - {"code"} == {*codes, *others}


async def test_the_answers_look_as_documented(quick, quick_server):
    scan = await start(quick, preset="strong_buy", limit=1)
    last = await end_of(quick, scan)
    _, result = await call(quick, "GET", scan["results_url"])
    answers = {
        "POST /scan/start": scan,
        "GET /scan/progress/{scan_id}": last,
        "GET /scan/results/{scan_id}": result,
        "GET /scan/request/{scan_id}": (await call(quick, "GET", f"/scan/request/{scan['scan_id']}"))[1],
        "POST /scan/cancel/{scan_id}": (await call(quick, "POST", scan["cancel_url"]))[1],
        "GET /universe": (await call(quick, "GET", "/universe?limit=1"))[1],
        "GET /scan/history": (await call(quick, "GET", "/scan/history?limit=1"))[1],
        "GET /scan/stats": (await call(quick, "GET", "/scan/stats"))[1],
        "Errors": (await call(quick, "POST", "/scan/start", json={"max_symbol": 1}))[1],
    }
    for title, answer in answers.items():
        assert_same_keys(json.loads(API.sections()[title].blocks("json")[0]), answer)
    for title, path in (("GET /symbols/{symbol}", "/symbols/SIM0001"), ("GET /health", "/health")):
        shown = json.loads(API.sections()[title].blocks("json")[0])
        assert set(shown) <= set((await call(quick, "GET", path))[1]), quick_server.said


def assert_same_keys(shown: Any, answer: Any) -> None:
    assert set(shown) == set(answer)
    for name in ("stages", "metadata", "performance_metrics", "errors", "scans", "throughput", "storage"):
        if isinstance(shown.get(name), dict | list):
            one, other = shown[name], answer[name]
            assert set(one[0] if isinstance(one, list) else one) == set(
                other[0] if isinstance(other, list) else other
            )


def test_every_field_of_a_snapshot_is_explained():
    shown = json.loads(API.sections()["GET /scan/progress/{scan_id}"].blocks("json")[0])
    names = BY_NAME["docs/architecture.md"].sections()["What a snapshot says"].first_cells()
    assert {name.removesuffix("[]") for name in names} == set(shown)


# --- blocks of code


@pytest.mark.parametrize("code", all_blocks("json"))
def test_a_block_of_json_is_json(code):
    assert json.loads(code) is not None


@pytest.mark.parametrize("code", all_blocks("toml"))
def test_a_block_of_toml_is_a_configuration(code, tmp_path, no_settings_around):
    (tmp_path / "technic.toml").write_text(code, encoding="utf-8")
    origins = load_settings(tmp_path / "technic.toml").origins
    assert any(origin.endswith("technic.toml") for origin in origins.values())


@pytest.mark.parametrize("code", all_blocks("python"))
def test_a_block_of_python_can_be_compiled(code):
    assert compile(code, "page", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.fixture
def no_settings_around(monkeypatch, tmp_path):
    """No settings but those that a test names."""
    for variable in [name for name in environment(tmp_path, {}) if name.startswith("TECHNIC_")]:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)


def shell_lines(page: Page) -> Iterator[list[str]]:
    """The words of every line of its shell blocks, without where its output goes."""
    for block in page.blocks("bash"):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            yield words[: words.index(">")] if ">" in words else words


def runs_technic(word: str) -> bool:
    return word.rpartition("/")[2] == "technic"


def commands() -> list[Any]:
    """Every line of a page that runs technic."""
    return [
        pytest.param(words, id=f"{name_of(page)}: {' '.join(words)[:60]}")
        for page in PAGES
        for words in shell_lines(page)
        if any(map(runs_technic, words))
    ]


@pytest.mark.parametrize("words", commands())
def test_a_command_is_understood(words, monkeypatch, no_settings_around, own_source):
    monkeypatch.syspath_prepend(own_source)  # a page names a source of its own
    asked: list[Any] = []
    monkeypatch.setattr(
        scanning, "scan", lambda _, said, *__, **___: asked.append(request_of(said, None)) or 0
    )
    monkeypatch.setattr(starting, "start", lambda _, said, __: asked.append(request_of(said, None)) or 0)
    for module, name in ((watching, "watch"), (fetching, "fetch"), (cancelling, "cancel")):
        monkeypatch.setattr(module, name, lambda *words, **_: asked.append(words) or 0)
    monkeypatch.setattr(inspecting, "inspect", lambda *words: asked.append(words))
    monkeypatch.setattr(reporting, "write_report", lambda *words, **_: asked.append(words))
    monkeypatch.setattr(app, "serve", asked.append)
    monkeypatch.setattr(looking_back, "show_history", lambda *words: asked.append(words))
    monkeypatch.setattr(looking_back, "show_statistics", lambda *words: asked.append(words))
    monkeypatch.setattr(loading, "load", lambda *words, **_: asked.append(words) or 0)
    monkeypatch.setattr(places, "check_places", lambda _: None)
    monkeypatch.setattr(logs, "configure_logs", lambda _: None)
    place = next(at for at, word in enumerate(words) if runs_technic(word))
    for assignment in words[:place]:
        monkeypatch.setenv(*assignment.split("=", 1))
    done = CliRunner().invoke(command_line, words[place + 1 :])
    assert done.exit_code == 0, done.output
    assert len(asked) == 1


@pytest.mark.parametrize("code", LIBRARY_BLOCKS)
def test_the_library_runs_as_shown(code, tmp_path):
    script = tmp_path / "pasted.py"
    script.write_text(code, encoding="utf-8")
    (tmp_path / "technic.toml").write_text(OWN_PRESETS.blocks("toml")[0], encoding="utf-8")
    chosen = environment(tmp_path, {"sources__simulated__symbols": 120, "sources__simulated__years": 2})
    said = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        env=chosen, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (said.returncode, said.stderr) == (0, "")
    assert "symbol" in said.stdout


def run_shown(code: str, server: ServerProcess) -> str:
    """What a block of Python prints that talks to the server of a test."""
    script = code.replace("http://127.0.0.1:8000", server.url)
    assert script != code
    said = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert (said.returncode, said.stderr) == (0, "")
    return said.stdout


@pytest.mark.parametrize(("page", "imported"), [(README, "aiohttp"), (QUICKSTART, "technic.client")])
def test_the_python_client_runs_as_shown(page, imported, quick_server: ServerProcess):
    code = next(code for code in page.blocks("python") if imported in code and "asyncio.run" in code)
    printed = run_shown(code, quick_server)
    assert "100.00 %  Completed" in printed
    assert re.search(r"SIM\d{4} +((STRONG_)?(BUY|SELL)|NEUTRAL)", printed)


@pytest.mark.parametrize("page", [README, QUICKSTART], ids=name_of)
async def test_the_curl_lines_work_as_shown(page, quick):
    """Each is read as curl would read it, and sent; the scan's id is that of the answer to a start."""
    scan_id = ""
    blocks = [block for block in page.blocks("bash") if "curl" in block]
    for line in "".join(blocks).replace("\\\n", " ").strip().splitlines():
        method, path, options = read_curl(line.replace("$SCAN_ID", scan_id))
        async with quick.request(method, path, **options) as response:
            assert response.status < 300, await response.text()
            body = await response.text()
        if path == "/scan/start":
            scan_id = json.loads(body)["scan_id"]
            await end_of(quick, json.loads(body))
    assert scan_id


def read_curl(line: str) -> tuple[str, str, dict[str, Any]]:
    words = shlex.split(line, comments=True)
    assert words.pop(0) == "curl"
    method, url, options = "GET", "", {"headers": {}}
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            options["headers"].update([words.pop(0).split(": ", 1)])
        elif word == "-d":
            options["data"] = words.pop(0)
        elif word != "-N":
            url = word
    assert url.startswith("http://127.0.0.1:8000/"), line
    return method, url.removeprefix("http://127.0.0.1:8000"), options


@pytest.mark.parametrize("code", all_blocks("javascript"))
def test_javascript_reads_keys_that_are_there(code):
    sections = API.sections()
    started = set(json.loads(sections["POST /scan/start"].blocks("json")[0]))
    snapshot = set(json.loads(sections["GET /scan/progress/{scan_id}"].blocks("json")[0]))
    assert set(re.findall(r"\bscan\.(\w+)", code)) <= started
    assert set(re.findall(r"\b(?:snapshot|frame|last)\.(\w+)", code)) <= snapshot
