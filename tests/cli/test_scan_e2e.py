"""`technic scan` from outside: a real process, its exit code, its two streams."""

import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys

import msgpack
import pyarrow.parquet as pq
import pytest

from technic.scanner.fields import NAMES


def test_json_is_the_object_that_the_server_gives(technic):
    done = technic("scan", "--format", "json", "--limit", "3")
    assert done.returncode == 0, done.stderr
    body = json.loads(done.stdout)
    assert list(body) == [
        "scan_id", "status", "complete", "results", "total", "performance_metrics", "elapsed_seconds",
        "error", "failures", "warnings",
    ]  # fmt: skip
    assert (body["status"], body["total"], body["error"]) == ("completed", 3, None)
    assert [list(row) for row in body["results"]] == [list(NAMES)] * 3
    ratings = [row["tech_rating"] for row in body["results"]]
    assert ratings == sorted(ratings, reverse=True)


def test_progress_goes_to_stderr_in_plain_lines_and_ends_at_100(technic):
    done = technic("scan", "--format", "csv")
    lines = [line for line in done.stderr.splitlines() if " %  " in line]
    shares = [float(line.split("%")[0]) for line in lines]
    assert shares == sorted(shares)
    assert shares[-1] == 100.0
    assert len(lines) <= 16
    assert "\x1b" not in done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == 64
    assert tuple(rows[0]) == NAMES


def test_for_scripts_progress_is_an_object_a_line_and_the_rows_are_whole(technic):
    done = technic("scan", "--json", "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    *told, summary = done.stderr.splitlines()
    lines = [json.loads(line) for line in told]
    assert {line["type"] for line in lines} == {"state", "progress"}
    assert (lines[-1]["status"], lines[-1]["percentage"], lines[-1]["matches"]) == ("completed", 100, 64)
    assert summary.startswith("64 rows")
    assert len([json.loads(row) for row in done.stdout.splitlines()]) == 64


def test_the_table_shows_the_best_25_and_how_many_there_are(technic):
    done = technic("scan")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("SIM0") == 25
    assert "the best 25 of 64 rows" in done.stdout
    assert "Sector" in done.stdout  # a pipe has no width of its own: all columns
    assert max(len(line) for line in done.stdout.splitlines()) <= 100
    assert "\x1b" not in done.stdout


def test_with_a_limit_the_table_shows_so_many(technic):
    done = technic("scan", "--limit", "30")
    assert done.stdout.count("SIM0") == 30
    assert "30 rows · 64 of 64 rated" in done.stdout


def test_named_symbols_are_scanned_whatever_their_case(technic):
    done = technic("scan", "--symbols", "SIM0001,sim0002, SIM0003")
    assert done.stdout.count("SIM0") == 3
    assert "3 rows · 3 of 3 rated" in done.stdout


def test_a_file_gets_the_rows_in_the_form_of_its_name(technic, tmp_path):
    done = technic("scan", "--limit", "4", "--output", "rows.parquet")
    assert (done.returncode, done.stdout) == (0, "")
    table = pq.read_table(tmp_path / "rows.parquet")
    assert (table.num_rows, tuple(table.column_names)) == (4, NAMES)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "rows.parquet"]


def test_msgpack_holds_what_json_holds(technic, tmp_path):
    assert technic("scan", "--limit", "3", "--output", "rows.msgpack").returncode == 0
    assert technic("scan", "--limit", "3", "--output", "rows.json").returncode == 0
    packed = msgpack.unpackb((tmp_path / "rows.msgpack").read_bytes())
    text = json.loads((tmp_path / "rows.json").read_text())
    assert packed.keys() == text.keys()
    assert packed["results"] == text["results"]


def test_filters_add_up_and_an_empty_result_says_why(technic):
    done = technic("scan", "--filter", "rsi < 50", "--filter", "rsi > 60")
    assert done.returncode == 0
    assert "No symbol passed the filters; 64 were rated" in done.stdout
    assert "0 rows" in done.stdout


def test_a_scan_that_fails_says_what_to_do_and_ends_with_1(technic):
    done = technic("scan", "--symbols", "NOBODY", "--format", "json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["status"] == "failed"
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_sector_that_the_market_lacks_is_a_usage_error_that_names_the_nearest(technic):
    done = technic("scan", "--sectors", "Enrgy")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean 'Energy'?" in done.stderr


def test_bars_that_are_not_there_are_told_with_what_to_do(technic, tmp_path):
    done = technic("scan", "--data", "nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"nowhere cannot be read: there is no {tmp_path / 'nowhere'}" in done.stderr
    assert "--data" in done.stderr
    assert "Loading" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def slow(monkeypatch):
    """A market that takes a third of a second a group of 64 symbols, one group after the other."""
    monkeypatch.setenv("TECHNIC_SOURCES__SIMULATED__SYMBOLS", "640")
    monkeypatch.setenv("TECHNIC_SOURCES__SIMULATED__LATENCY_SECONDS", "0.005")
    monkeypatch.setenv("TECHNIC_SOURCES__SIMULATED__CONNECTIONS", "1")
    monkeypatch.setenv("TECHNIC_ENGINE__UNIT_SYMBOLS", "64")


def rated_so_far(process):
    """Wait for a line of progress that cannot be reached without rated symbols."""
    for line in process.stderr:
        if " %  " in line and float(line.split("%")[0]) >= 30:
            return
    raise AssertionError("the scan ended too soon")


@pytest.mark.usefixtures("slow")
def test_ctrl_c_prints_what_was_found_so_far_and_ends_with_130(start):
    process = start("scan", "--format", "json")
    rated_so_far(process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    body = json.loads(out)
    assert (body["status"], body["complete"]) == ("cancelled", False)
    assert 0 < body["total"] < 640
    assert "Traceback" not in err


PRESSED_TWICE = """
import asyncio, signal
from technic.cli.interrupts import Interrupts

async def main():
    with Interrupts() as interrupts:
        print("ready", flush=True)
        await interrupts.first()
        print("asked", interrupts.came, flush=True)
        while True:  # a loop that is stuck: nothing but the handler can end it
            signal.pause()

asyncio.run(main())
"""


def test_the_second_ctrl_c_ends_even_a_process_that_is_stuck(monkeypatch, tmp_path):
    process = subprocess.Popen([sys.executable, "-c", PRESSED_TWICE], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "asked True\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    finally:
        process.kill()
        process.communicate()


def test_on_a_terminal_the_bars_are_live_and_the_rows_in_colour(monkeypatch, run_py):
    """A pseudo-terminal takes both streams: escape codes show that something is redrawn and coloured."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    here, there = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(run_py), "scan", "--limit", "5"], stdin=there, stdout=there, stderr=there
    )
    os.close(there)
    written = b""
    try:
        while chunk := os.read(here, 65536):
            written += chunk
    except OSError:  # the other end is closed: the process has ended
        pass
    finally:
        os.close(here)
        assert process.wait(30) == 0, written.decode()
    text = written.decode()
    assert "Symbol scanning" in text
    assert "100.0 %" in text
    assert "\x1b[?25h" in text  # the cursor is back
    assert "\x1b[1" in text
    assert text.count("SIM0") >= 5
