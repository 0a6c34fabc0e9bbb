"""Streams that are closed, full or gone: the rows come all the same, or one plain sentence says why not."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

REPORT = "report it with the scan's id"


@pytest.fixture
def shell(run_py):
    """Run a line of shell with $TECHNIC as the program; bytes come as text."""

    def run(line):
        words = f'"{sys.executable}" "{run_py}"'
        return subprocess.run(
            ["/bin/bash", "-c", line.replace("TECHNIC", words)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize("form", ["table", "csv"])
def test_progress_that_nobody_can_have_costs_no_rows(shell, stderr, form):
    done = shell(f"TECHNIC scan --limit 3 --format {form} {stderr}")
    assert (done.returncode, done.stdout.count("SIM0"), done.stderr) == (0, 3, "")


def test_what_is_told_on_a_closed_stderr_reaches_no_file(shell, tmp_path):
    shell("TECHNIC scan --limit 3 --output rows.csv 2>&- <&-")
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 4
    kept = [path.read_bytes() for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    assert not any(b"Completed" in content for content in kept)


def test_a_closed_stdout_is_told_before_the_scan(shell):
    done = shell("TECHNIC scan >&-")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Error: the rows cannot be written to stdout: it is closed", "Name a file with --output FILE."
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["table", "json", "csv", "parquet"])
def test_a_full_stdout_is_told_in_a_plain_sentence(shell, form):
    done = shell(f"TECHNIC scan --limit 3 --format {form} >/dev/full")
    assert done.returncode == 1
    assert "Error: the rows cannot be written to stdout: No space left on device" in done.stderr
    assert REPORT not in done.stderr


@pytest.mark.parametrize("command", ["--help", "--version", "config", "config --json", "scan --help"])
@pytest.mark.parametrize("stdout", [">&-", ">/dev/full"])
def test_every_command_tells_of_a_stdout_that_takes_nothing(shell, command, stdout):
    done = shell(f"TECHNIC {command} {stdout}")
    assert done.returncode == 1
    assert ("stdout is closed" if stdout == ">&-" else "No space left on device") in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert REPORT not in done.stderr


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_reader_that_has_seen_enough_ends_the_rows_quietly(start, form):
    scan = start("scan", "--format", form)
    scan.stdout.close()
    errors = scan.stderr.read()
    assert scan.wait(30) == 0
    assert "Completed" in errors
    assert not any(word in errors for word in ("Error", "Traceback", "Exception", "pipe"))


@pytest.mark.parametrize("times", [1, 2])
def test_rows_that_are_being_written_are_finished_unless_ctrl_c_comes_twice(start, times, monkeypatch):
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")  # here Ctrl-C cuts a write short
    monkeypatch.setenv("TECHNIC_SOURCES__SIMULATED__SYMBOLS", "300")  # more than a pipe holds
    scan = start("scan", "--format", "json")
    first = scan.stdout.buffer.raw.read(1000)
    os.kill(scan.pid, signal.SIGINT)
    if times == 1:
        rows = json.loads(first + scan.stdout.buffer.raw.readall())["results"]
        assert (scan.wait(30), len(rows)) == (0, 300)
    else:
        _press_until_it_ends(scan)
        assert scan.wait(1) == 130


def _press_until_it_ends(scan):
    """Ctrl-C again and again: Python takes two that come before it has looked for one."""
    end = time.monotonic() + 30
    while scan.poll() is None and time.monotonic() < end:
        os.kill(scan.pid, signal.SIGINT)
        os.sched_yield()


@pytest.mark.parametrize("name", ["n" * 300 + ".csv", "no/such/folder/rows.csv", "."])
def test_a_file_that_cannot_be_written_is_refused_before_the_scan(technic, name, tmp_path):
    done = technic("scan", "--output", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--output" in done.stderr
    assert "%" not in done.stderr  # no progress: nothing ran
    assert REPORT not in done.stderr


def test_a_file_with_the_longest_name_is_written(technic, tmp_path):
    name = "n" * 251 + ".csv"
    assert technic("scan", "--limit", "1", "--output", name).returncode == 0
    assert len((tmp_path / name).read_text().splitlines()) == 2


@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full"])
def test_a_server_without_a_stderr_serves_all_the_same(shell, stderr):
    done = shell(
        f"TECHNIC serve --port 0 {stderr} & server=$!;"
        " until grep -q ':0000 0A' <(grep -F -f <(ls -l /proc/$server/fd 2>/dev/null"
        " | sed -n 's/.*socket:.\\([0-9]*\\).$/\\1/p') /proc/net/tcp) || ! kill -0 $server; do :; done;"
        " kill -TERM $server; wait $server"
    )
    assert done.returncode == 0
