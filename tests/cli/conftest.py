"""A command line of its own for every test: an empty folder, and no setting from outside."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[2] / "run.py"


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """A working folder without technic.toml; a small market, kept in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.upper().startswith("TECHNIC_"):
            monkeypatch.delenv(name)
    for name in ("FORCE_COLOR", "NO_COLOR", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TECHNIC_DATA_DIR", str(tmp_path / "kept"))
    monkeypatch.setenv("TECHNIC_SOURCES__SIMULATED__SYMBOLS", "64")
    monkeypatch.setenv("TECHNIC_SOURCES__SIMULATED__YEARS", "2")
    monkeypatch.setenv("TECHNIC_ENGINE__WORKERS", "1")
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)  # a command takes Ctrl-C for itself


@pytest.fixture
def run_py():
    """The program."""
    return RUN


@pytest.fixture
def technic():
    """Run one command to its end: `technic("scan", "--limit", "3")`."""

    def run(*arguments):
        return subprocess.run(
            [sys.executable, str(RUN), *arguments], capture_output=True, text=True, check=False, timeout=60
        )

    return run


@pytest.fixture
def start():
    """Start one command and leave it running; whatever still runs at the end is killed."""
    running = []

    def begin(*arguments):
        process = subprocess.Popen(
            [sys.executable, str(RUN), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()
