"""Who was computed for when a process died."""

from __future__ import annotations

import subprocess
import sys

import pytest

from technic.engine.suspects import OPENING, ROWS, Suspects
from technic.errors import Unusable

KILLED = """
import os, signal, sys
from pathlib import Path
from technic.engine.suspects import OPENING, ROWS, Suspects

suspects = Suspects(Path(sys.argv[1]))
suspects.open()
suspects.noted(OPENING, "innocent", lambda: None)()
suspects.noted(ROWS, "guilty", os.kill)(os.getpid(), signal.SIGKILL)
"""


def test_the_next_process_knows_for_whom_one_that_was_killed_computed(tmp_path):
    path = tmp_path / "suspects"
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert ended.returncode == -9
    suspects = Suspects(path)
    assert suspects.open() == {"guilty"}
    suspects.clear()
    suspects.close()
    assert Suspects(path).open() == frozenset()


def test_nobody_is_noted_who_is_not_computed_for(tmp_path):
    suspects = Suspects(tmp_path / "suspects")
    assert suspects.open() == frozenset()
    with pytest.raises(ZeroDivisionError):
        suspects.noted(OPENING, "a", lambda: 1 / 0)()
    assert suspects.noted(ROWS, "b", lambda value: value)(7) == 7
    suspects.close()
    assert suspects.noted(ROWS, "c", lambda: 8)() == 8
    assert Suspects(tmp_path / "suspects").open() == frozenset()


def test_without_a_file_nothing_is_noted():
    suspects = Suspects(None)
    assert suspects.open() == frozenset()
    suspects.clear()
    assert suspects.noted(ROWS, "a", lambda: 1)() == 1


def test_a_file_that_cannot_be_had_is_said(tmp_path):
    with pytest.raises(Unusable):
        Suspects(tmp_path / "no such folder" / "suspects").open()
