"""What the shell is offered when TAB is pressed, asked in the shell's own protocol."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time

import pytest

from technic.cli.completion import BOUND_SECONDS
from technic.scanner.fields import NAMES
from technic.scanner.presets import PRESETS
from technic.scanner.sectors import GICS_SECTORS
from tests.support.server import RUN


@pytest.fixture
def offered(monkeypatch):
    """What bash is offered for a line whose last word is not finished; nothing else may be said."""

    def ask(*words, code=0):
        line = ("technic", *words)
        done = subprocess.run(
            [sys.executable, str(RUN)],
            env=os.environ
            | {
                "_TECHNIC_COMPLETE": "complete_bash",
                "COMP_WORDS": "\n".join(line),
                "COMP_CWORD": str(len(line) - 1),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.stderr, done.returncode) == ("", code)
        return done.stdout.split()

    monkeypatch.setenv("TECHNIC_CLIENT__URL", "http://127.0.0.1:9")  # nobody's
    return ask


@pytest.fixture
def quick(quick_server, monkeypatch, offered):
    monkeypatch.setenv("TECHNIC_CLIENT__URL", quick_server.url)
    return quick_server


def test_commands_and_options_are_offered(offered):
    assert set(offered("")) >= {"scan", "start", "watch", "results", "cancel", "history", "symbol"}
    assert offered("watch", "--until") == ["--until-idle"]
    assert offered("results", "x", "--format", "par") == ["parquet"]


def test_presets_and_fields_are_offered_without_a_server(offered):
    assert offered("scan", "--preset", "") == list(PRESETS)
    assert offered("start", "--preset", "over") == ["oversold", "overbought"]
    assert offered("results", "x", "--sort-by", "") == list(NAMES)
    assert offered("scan", "--sort-by", "tech") == ["tech_rating"]


def test_sectors_are_those_of_the_server_else_those_that_all_know(offered, quick_server, monkeypatch):
    """The last of a list is completed; a hyphen for a space is the same sector, and needs no quotes."""
    assert offered("scan", "--sectors", "") == [name.replace(" ", "-") for name in GICS_SECTORS]
    assert offered("scan", "--sectors", "Energy,health") == ["Energy,health-Care"]
    monkeypatch.setenv("TECHNIC_CLIENT__URL", quick_server.url)
    assert "Health-Care" in offered("start", "--sectors", "")


def test_a_sector_that_was_completed_is_understood(technic):
    done = technic("scan", "--sectors", "health-Care", "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert "Health Care" in done.stdout


@pytest.mark.usefixtures("quick")
def test_scans_and_symbols_are_those_of_the_server(technic, offered):
    scan_id = technic("start", "--symbols", "SIM0001").stdout.strip()
    assert technic("watch", scan_id).returncode == 0
    assert scan_id in offered("watch", "")
    assert offered("results", scan_id[:12]) == [scan_id]
    assert scan_id not in offered("cancel", scan_id, "")
    assert offered("symbol", "sim004") == [f"sim004{digit}" for digit in range(10)]
    assert offered("symbol", "SIM004") == [f"SIM004{digit}" for digit in range(10)]


def test_where_no_server_answers_nothing_is_offered_and_nothing_said(offered):
    for words in (("watch", ""), ("results", ""), ("cancel", ""), ("symbol", "SI")):
        assert offered(*words) == []


def test_a_url_that_was_typed_goes_before_the_settings(offered, quick_server, technic):
    scan_id = technic("start", "--symbols", "SIM0001", "--url", quick_server.url).stdout.strip()
    assert scan_id in offered("watch", "--url", quick_server.url, "")
    assert offered("watch", "--url", "no url", "") == []


def test_broken_settings_cost_no_word_either(offered, tmp_path):
    (tmp_path / "technic.toml").write_text("this is no TOML")
    assert offered("watch", "") == []
    assert offered("scan", "--preset", "nr") == ["nr7"]


def test_a_server_that_says_nothing_is_given_up_in_time(offered, monkeypatch):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        offered("scan", "--preset", "nr")
        without = time.monotonic() - began
        monkeypatch.setenv("TECHNIC_CLIENT__URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        assert offered("watch", "") == []
        taken = time.monotonic() - began
    assert taken < BOUND_SECONDS + 10 * without + 5  # what Python needs to start is not its


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_is_printed_without_a_server(technic, shell, monkeypatch):
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    done = technic("--show-completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert "_TECHNIC_COMPLETE" in done.stdout


def test_a_real_bash_completes_with_what_was_installed(tmp_path, monkeypatch):
    """The script goes into a home of its own, and bash is asked as TAB asks it."""
    bash = shutil.which("bash")
    assert bash
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "technic"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{RUN}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    asked = (
        "technic --install-completion >/dev/null && . ~/.bash_completions/technic.sh && "
        "COMP_WORDS=(technic scan --preset golden) && COMP_CWORD=3 && "
        '$(complete -p technic | sed "s/.*-F \\([^ ]*\\).*/\\1/") technic && echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run([bash, "-c", asked], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("golden_cross\n", "")
