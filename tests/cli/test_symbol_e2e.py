"""`technic symbol`: by a server, without one, in every form."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from technic.cli.symbol_page import symbol_page
from tests.support.server import RUN
from tests.support.terminal import terminal


@pytest.fixture(autouse=True)
def quick(quick_server, monkeypatch):
    monkeypatch.setenv("TECHNIC_CLIENT__URL", quick_server.url)
    return quick_server


def rated(technic, signal):
    """A symbol of the server's market with this signal."""
    done = technic("start", "--filter", f"signal == {signal}", "--limit", "1")
    scan_id = done.stdout.strip()
    assert technic("watch", scan_id).returncode == 0
    return json.loads(technic("results", scan_id, "--format", "json").stdout)["results"][0]["symbol"]


def test_the_page_has_the_prices_the_votes_and_the_plan(technic):
    symbol = rated(technic, "STRONG_BUY")
    done = technic("symbol", symbol)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{symbol}  ")
    for words in (
        "SMA 10",
        "Ichimoku 9/26/52",
        "Ultimate Oscillator",
        "Strong Buy",
        "Entry",
        "R/R",
        "shares",
    ):
        assert words in done.stdout
    assert any(0x2800 < ord(char) < 0x2900 for char in done.stdout)
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_a_symbol_without_a_plan_says_so_and_gets_one_for_shorts(technic):
    symbol = rated(technic, "STRONG_SELL")
    assert "No trade plan" in technic("symbol", symbol).stdout
    assert "Entry" in technic("symbol", symbol, "--allow-shorts").stdout


def test_plain_ascii_is_drawn_where_it_was_asked_for_or_nothing_else_can_be_shown(technic):
    asked = technic("symbol", "SIM0001", "--ascii")
    assert asked.stdout.isascii()
    assert "*" in asked.stdout
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, str(RUN), "symbol", "SIM0001"], env=environment, capture_output=True, check=True
    )
    assert done.stdout.isascii()
    assert b"*" in done.stdout
    assert b"?" not in done.stdout


def test_json_has_all_that_is_known_and_other_forms_the_bars(technic, tmp_path):
    report = json.loads(technic("symbol", "sim0001", "--format", "json", "--lookback-bars", "100").stdout)
    assert (report["symbol"], len(report["votes"]), len(report["bars"])) == ("SIM0001", 26, 100)
    assert technic("symbol", "SIM0001", "--lookback-bars", "100", "--output", "bars.parquet").returncode == 0
    bars = pq.read_table(tmp_path / "bars.parquet")
    assert bars.column("close").to_pylist() == [bar["close"] for bar in report["bars"]]
    assert technic("symbol", "SIM0001", "--format", "csv").stdout.startswith(
        "date,open,high,low,close,volume\n"
    )


def test_without_a_server_it_looks_at_the_bars_itself(technic, monkeypatch, tmp_path):
    monkeypatch.setenv("TECHNIC_CLIENT__URL", "http://127.0.0.1:9")
    done = technic("symbol", "SIM0001", "--source", "simulated", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["symbol"] == "SIM0001"
    (tmp_path / "bars").mkdir()
    lines = "".join(f"2026-01-{day:02},{day},{day + 2},{day},{day + 1},100\n" for day in range(1, 29))
    (tmp_path / "bars" / "ABC.csv").write_text("date,open,high,low,close,volume\n" + lines)
    done = technic("symbol", "ABC", "--data", "bars")
    assert done.returncode == 0, done.stderr
    assert "2026-01-28" in done.stdout
    assert technic("symbol", "NOPE", "--data", "bars").returncode == 1


def test_an_unknown_symbol_ends_with_1_and_says_what_to_do(technic):
    done = technic("symbol", "NOPE")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no symbol 'NOPE'" in done.stderr


def test_on_a_terminal_it_has_colours_and_keeps_to_the_width(technic):
    symbol = rated(technic, "STRONG_BUY")
    with terminal([sys.executable, str(RUN), "symbol", symbol]) as shown:
        assert shown.end() == 0
    assert "\x1b[36m" in shown.text


def test_on_a_narrow_terminal_votes_stand_below_each_other_and_nothing_is_cut(technic):
    report = json.loads(technic("symbol", "SIM0001", "--format", "json").stdout)
    console = Console(file=io.StringIO(), width=60)
    for part in symbol_page(report, 60, bars=120, ascii_only=False):
        console.print(part)
    shown = console.file.getvalue()
    assert "…" not in shown
    assert shown.index("Ichimoku 9/26/52") < shown.index("Ultimate Oscillator 7,14,28")
