"""How a scan's progress looks on stderr: a live picture on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from technic.cli.harmless import Harmless
from technic.cli.plain import plain
from technic.engine.scan.events import Snapshot, StageView
from technic.remote.raw import ENDED
from technic.remote.snapshot import Snapshot as Told
from technic.remote.snapshot import Stage

PLAIN_STEP = 10.0
"""Percent between two plain lines of one stage."""

Standing = Snapshot | Told
"""How a scan stands, as an engine of this process says it or as a server does."""

_REFRESH_PER_SECOND = 10.0
_BAR_WIDTH = 36
_GOES_ON = "stopping; Ctrl-C again stops at once"


class Progress(Protocol):
    """Whoever shows how far a scan has come."""

    def show(self, snapshot: Standing) -> None:
        """The scan stands so now."""

    def close(self) -> None:
        """Leave the terminal as it was; idempotent."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""


def progress_on_stderr(*, as_json: bool = False) -> Progress:
    """The one that suits the present stderr, or JSON lines there."""
    if as_json:
        from technic.cli.json_lines import JsonProgress  # noqa: PLC0415 - rarely needed

        return JsonProgress()
    return LiveProgress(Console(stderr=True)) if is_live() else PlainProgress()


def is_live() -> bool:
    """Whether stderr can be drawn on again and again; colours may be asked for where it cannot."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


class Closing:
    """The `with` of both: leaving it closes."""

    def close(self) -> None:
        """Leave the terminal as it was; idempotent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class LiveProgress(Closing):
    """The four stages as bars, redrawn in place; log lines pass above them.

    Args:
        console: A terminal.
        stopping: What is said of a scan that was asked to stop.
    """

    def __init__(self, console: Console, *, stopping: str = _GOES_ON) -> None:
        self._stopping = stopping
        self._spinner = Spinner("line", style="cyan")
        self._live = Live(console=console, refresh_per_second=_REFRESH_PER_SECOND, redirect_stdout=False)
        self._live.start()

    def show(self, snapshot: Standing) -> None:
        """The scan stands so now."""
        self._live.update(Harmless(picture(snapshot, self._spinner, self._stopping)))

    def close(self) -> None:
        """Leave the last picture standing and give the cursor back; idempotent."""
        self._live.stop()


class PlainProgress(Closing):
    """A line whenever the stage changes or the whole has come another tenth further.

    Args:
        prefix: Of each line.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._stage = ""
        self._step = -1

    def show(self, snapshot: Standing) -> None:
        """The scan stands so now; most snapshots say nothing new."""
        step = int(snapshot.percentage // PLAIN_STEP)
        if snapshot.stage == self._stage and step <= self._step and not ended(snapshot):
            return
        self._stage, self._step = snapshot.stage, step
        sys.stderr.write(f"{self._prefix}{snapshot.percentage:5.1f} %  {plain(snapshot.message)}\n")
        sys.stderr.flush()


def picture(snapshot: Standing, spinner: Spinner, stopping: str = _GOES_ON) -> Group:
    """The four stages, one line each, and a line on the whole.

    Args:
        snapshot: Of the scan.
        spinner: Turns where something goes on.
        stopping: What is said of a scan that was asked to stop.
    """
    grid = Table.grid(padding=(0, 1))
    for stage in snapshot.stages:
        grid.add_row(*_line(stage, spinner, stopped=_stopped(snapshot)))
    return Group(grid, Text(whole(snapshot, stopping), style="bold"))


def _line(stage: StageView | Stage, spinner: Spinner, *, stopped: bool) -> tuple[RenderableType, ...]:
    """One stage; where nothing had to be done it is done, unless the scan stopped before it."""
    done = stage.status == "completed" or (stage.status == "skipped" and not stopped)
    running = stage.status == "running"
    label = stage.name.replace("_", " ").capitalize()
    full = stage.total == 0 and done
    return (
        spinner if running else Text("✓" if done else " ", style="green"),
        Text(label, style="" if running or done else "dim"),
        ProgressBar(total=max(1, stage.total), completed=1 if full else stage.current, width=_BAR_WIDTH),
        Text(f"{stage.current}/{stage.total}" if stage.total else "", justify="right"),
        Text(f"{stage.seconds:.1f} s" if stage.seconds else ""),
    )


def whole(snapshot: Standing, stopping: str = _GOES_ON) -> str:
    """The line on the whole: how far, how fast, what was found, how long still."""
    parts = [
        f"{snapshot.percentage:5.1f} %",
        f"{snapshot.matches:,} {'match' if snapshot.matches == 1 else 'matches'}",
    ]
    if snapshot.failures:
        parts.append(f"{snapshot.failures} failed")
    if snapshot.queue_position is not None:
        parts.append(f"number {snapshot.queue_position} in the queue")
    if snapshot.symbols_per_second:
        parts.append(f"{snapshot.symbols_per_second:,.0f} symbols/s")
    if snapshot.cancel_requested and not ended(snapshot):
        parts.append(stopping)
    elif _stopped(snapshot):
        parts.append(str(snapshot.status))
    elif snapshot.eta_seconds:
        parts.append(f"{to_go(snapshot.eta_seconds)} to go")
    return "  ·  ".join(parts)


def _stopped(snapshot: Standing) -> bool:
    """Whether it ended before its end."""
    return ended(snapshot) and snapshot.status != "completed"


def ended(snapshot: Standing) -> bool:
    """Whether nothing can change it any more."""
    return snapshot.status in ENDED


def to_go(seconds: float) -> str:
    """Seconds as people say them: 8 s, 3 min, 2.5 h."""
    if seconds < 90:  # noqa: PLR2004 - from here on minutes read better
        return f"{max(1.0, seconds):.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"  # noqa: PLR2004 - and hours
