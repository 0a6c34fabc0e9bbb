"""Run one benchmark as a process of its own, and take its figures.

Each runs in a session of its own: what it starts (servers, workers, readers) ends with it when it takes too
long or when Ctrl-C ends the whole.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
GRACE_SECONDS = 5.0
LONGEST_LINE = 300


@dataclass(frozen=True, slots=True)
class Run:
    """What one run told.

    Attributes:
        figures: Its JSON object; None if it printed none.
        failure: Why the run does not count, in one line; None if it does.
    """

    figures: dict[str, Any] | None
    failure: str | None


def run(command: Sequence[str], timeout_seconds: float) -> Run:
    """Run `python <command>` from the root of the repository; it is over, with all it started, on return."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as told:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
            start_new_session=True,
        )
        try:
            printed, _ = process.communicate(timeout=timeout_seconds)
        except subprocess.TimeoutExpired:
            return Run(None, f"stopped: it took longer than {timeout_seconds:.0f} s")
        finally:
            _end(process)
        told.seek(0)
        return _judged(process.returncode, printed, told.read())


def _end(process: subprocess.Popen[str]) -> None:
    """End the process and its group: asked first, then killed."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            _tell_group(process.pid, number)
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                continue
    _tell_group(process.pid, signal.SIGKILL)  # what it left behind
    if process.stdout is not None:
        process.stdout.close()


def _tell_group(leader: int, number: int) -> None:
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        return  # nobody is left


def _judged(code: int, printed: str, told: str) -> Run:
    """Figures of the last line; a run that failed may have some, too."""
    figures = _object(_last_line(printed))
    if code != 0:
        return Run(figures, f"exit {code}: {_last_line(told)[:LONGEST_LINE] or 'it said nothing'}")
    if figures is None:
        return Run(None, "it printed no JSON object")
    return Run(figures, None)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


def _object(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
