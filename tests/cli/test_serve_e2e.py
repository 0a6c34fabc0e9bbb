"""`technic serve` from outside: what it says, and how it ends."""

import json
import re
import signal
import socket
import urllib.request

import pytest


def greeting(process):
    """The line that says where it listens; log lines may come before it."""
    for line in process.stderr:
        if "listens on" in line:
            return line
    raise AssertionError(f"it ended: {process.wait()}")


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ()], ids=["serve", "no command"])
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_listens_serves_and_goes_when_told(start, monkeypatch, command, signum):
    monkeypatch.setenv("TECHNIC_SERVER__PORT", "0")
    process = start(*command)
    line = greeting(process)
    assert "source simulated" in line
    assert "1 workers" in line or "1 worker" in line
    url = re.search(r"http://127\.0\.0\.1:\d+", line)[0]
    with urllib.request.urlopen(f"{url}/health", timeout=10) as answer:  # noqa: S310 - loopback
        assert json.load(answer)["status"] == "healthy"
    process.send_signal(signum)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "Traceback" not in err


def test_a_port_in_use_is_told_with_what_to_do(technic):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = technic("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "is in use" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_folder_that_cannot_be_written_is_told_with_what_to_do(technic, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    done = technic("serve", "--port", "0", "--data-dir", str(tmp_path / "file" / "kept"))
    assert done.returncode == 2
    assert f"cannot be written: {tmp_path / 'file'} is a file, not a folder" in done.stderr
    assert "--data-dir" in done.stderr
    assert "Traceback" not in done.stderr


def test_bars_that_are_not_there_are_told_before_it_serves(technic, tmp_path):
    done = technic("serve", "--port", "0", "--data", str(tmp_path / "no" / "such" / "folder"))
    assert done.returncode == 2
    assert f"cannot be read: there is no {tmp_path / 'no'}\n" in done.stderr
    assert "Traceback" not in done.stderr
