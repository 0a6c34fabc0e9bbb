"""`technic start` at a server that has no room: it says so, waits, and starts once there is some."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.server import RUN, serving


@pytest.fixture
def full_server(tmp_path, monkeypatch):
    """One scan runs for an hour, and one may wait."""
    with serving(
        tmp_path / "server",
        sources__simulated__symbols=64,
        sources__simulated__latency_seconds=60,
        sources__simulated__connections=1,
        engine__max_running_scans=1,
        engine__max_queued_scans=1,
        engine__drain_grace_seconds=0.1,
    ) as server:
        monkeypatch.setenv("TECHNIC_CLIENT__URL", server.url)
        yield server


def test_a_start_that_finds_no_room_says_so_once_and_starts_when_there_is_some(full_server, technic):
    running, waiting = [technic("start").stdout.strip() for _ in range(2)]
    words = [sys.executable, str(RUN), "start", "--patience", "100"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as third:
        said = third.stderr.readline()
        assert "as many scans run (1) and wait (1) as may" in said
        assert "up to 100 s" in said
        assert technic("cancel", waiting).returncode == 0
        scan_id, rest = third.communicate(timeout=60)
    assert (third.returncode, rest) == (0, "")
    assert len({running, waiting, scan_id.strip()}) == 3


def test_without_patience_it_is_refused_with_what_to_do(full_server, technic):
    for _ in range(2):
        assert technic("start").returncode == 0
    done = technic("start", "--patience", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "cancel a scan that is not needed" in done.stderr
