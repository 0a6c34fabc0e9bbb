"""The page about the client says what is."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from technic.client import Habits, Match, TechnicClient
from tests.support.markdown import Page
from tests.support.server import GUARD_SECONDS

PAGE = Page.read(Path(__file__).resolve().parents[2] / "docs" / "howto" / "python-client.md")
RUN, WATCH, ERRORS, HABITS = PAGE.blocks("python")


def test_the_first_program_runs_as_shown(quick_server):
    script = RUN.replace("http://127.0.0.1:8000", quick_server.url)
    assert script != RUN
    said = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True, text=True, check=False, timeout=GUARD_SECONDS,
    )  # fmt: skip
    assert (said.returncode, said.stderr) == (0, "")
    assert "100.00 %  Completed" in said.stdout
    assert re.search(r"^0 +SIM\d{4} +STRONG_BUY", said.stdout, re.MULTILINE)


async def test_the_watch_and_the_errors_run_as_shown(quick_server, capsys):
    shown: dict[str, Any] = {}
    exec(WATCH + ERRORS, shown)  # noqa: S102 - our own page
    async with TechnicClient(quick_server.url) as client:
        scan_id = (await client.start(limit=1)).scan_id
        await shown["watch"](client, scan_id)
        matches = [frame async for frame in client.watch(scan_id) if isinstance(frame, Match)]
        assert await shown["start"](client) is None
    told = capsys.readouterr().out.splitlines()
    assert (
        sum(line.startswith("found SIM") for line in told) == sum(len(frame.rows) for frame in matches) == 300
    )
    assert told[-1].startswith("/preset 'oversld' is not a preset")
    assert "100.00 %" in told[-2]


def test_the_habits_are_taken_as_shown():
    shown: dict[str, Any] = {}
    exec(HABITS, shown)  # noqa: S102 - our own page
    assert shown["client"].url == "https://scans.example/technic"
    assert Habits().patience_seconds == 60


def test_every_public_method_is_on_the_page():
    methods = {name for name, _ in inspect.getmembers(TechnicClient, inspect.isfunction) if name[0] != "_"}
    assert methods <= {word for cell in PAGE.first_cells() for word in re.findall(r"(\w+)\(", cell)}
