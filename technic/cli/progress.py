"""How a scan's progress looks on stderr: a live picture on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from technic.engine.scan.events import Snapshot, StageView, Status

PLAIN_STEP = 10.0
"""Percent between two plain lines of one stage."""

_REFRESH_PER_SECOND = 10.0
_BAR_WIDTH = 36


class Progress(Protocol):
    """Whoever shows how far a scan has come."""

    def show(self, snapshot: Snapshot) -> None:
        """The scan stands so now."""

    def close(self) -> None:
        """Leave the terminal as it was; idempotent."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""


def progress_on_stderr() -> Progress:
    """The one that suits the present stderr."""
    console = Console(stderr=True)
    return LiveProgress(console) if console.is_terminal else PlainProgress()


class _Closing:
    """The `with` of both: leaving it closes."""

    def close(self) -> None:
        """Leave the terminal as it was; idempotent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class LiveProgress(_Closing):
    """The four stages as bars, redrawn in place; log lines pass above them."""

    def __init__(self, console: Console) -> None:
        self._spinner = Spinner("line", style="cyan")
        self._live = Live(console=console, refresh_per_second=_REFRESH_PER_SECOND, redirect_stdout=False)
        self._live.start()

    def show(self, snapshot: Snapshot) -> None:
        """The scan stands so now."""
        self._live.update(picture(snapshot, self._spinner))

    def close(self) -> None:
        """Leave the last picture standing and give the cursor back; idempotent."""
        self._live.stop()


class PlainProgress(_Closing):
    """A line whenever the stage changes or the whole has come another tenth further."""

    def __init__(self) -> None:
        self._stage = ""
        self._step = -1

    def show(self, snapshot: Snapshot) -> None:
        """The scan stands so now; most snapshots say nothing new."""
        step = int(snapshot.percentage // PLAIN_STEP)
        if snapshot.stage == self._stage and step <= self._step and not snapshot.status.ended:
            return
        self._stage, self._step = snapshot.stage, step
        sys.stderr.write(f"{snapshot.percentage:5.1f} %  {snapshot.message}\n")
        sys.stderr.flush()


def picture(snapshot: Snapshot, spinner: Spinner) -> Group:
    """The four stages, one line each, and a line on the whole."""
    grid = Table.grid(padding=(0, 1))
    for stage in snapshot.stages:
        grid.add_row(*_line(stage, spinner, stopped=_stopped(snapshot)))
    return Group(grid, Text(whole(snapshot), style="bold"))


def _line(stage: StageView, spinner: Spinner, *, stopped: bool) -> tuple[RenderableType, ...]:
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


def whole(snapshot: Snapshot) -> str:
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
    if snapshot.cancel_requested and not snapshot.status.ended:
        parts.append("stopping; Ctrl-C again stops at once")
    elif _stopped(snapshot):
        parts.append(snapshot.status.value)
    elif snapshot.eta_seconds:
        parts.append(f"{_duration(snapshot.eta_seconds)} to go")
    return "  ·  ".join(parts)


def _stopped(snapshot: Snapshot) -> bool:
    """Whether it ended before its end."""
    return snapshot.status.ended and snapshot.status is not Status.COMPLETED


def _duration(seconds: float) -> str:
    """Seconds as people say them: 8 s, 3 min, 2.5 h."""
    if seconds < 90:  # noqa: PLR2004 - from here on minutes read better
        return f"{max(1.0, seconds):.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"  # noqa: PLR2004 - and hours
