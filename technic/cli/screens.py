"""How a watch of scans on a server looks: live bars on a terminal, lines elsewhere, JSON for scripts."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.console import Console

from technic.cli.board import Board, farewell
from technic.cli.complaints import complain, tell
from technic.cli.json_lines import JsonProgress
from technic.cli.plain import plain
from technic.cli.progress import (
    Closing,
    LiveProgress,
    PlainProgress,
    Standing,
    ended,
    is_live,
)
from technic.errors import TechnicError
from technic.http.problems import error_body

_LEAVES = "Ctrl-C leaves, the scans go on"
_SHORT = 8


class Screen(Protocol):
    """Whoever shows how scans on a server stand."""

    def show(self, snapshot: Standing) -> None:
        """One of them stands so now."""

    def missing(self, scan_id: str, error: TechnicError) -> None:
        """Nothing more can be told of one."""

    def away(self, why: str) -> None:
        """The connection is lost; another one is to come."""

    def draw(self) -> None:
        """Some time has gone by; called several times a second."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""


def screen(*, one: bool, as_json: bool, stream: TextIO | None = None) -> Screen:
    """The one that suits the present streams.

    Args:
        one: Whether one scan alone is watched.
        as_json: Whether a script reads.
        stream: Where; stdout by default.
    """
    if as_json:
        return JsonScreen(stream or sys.stdout)
    if not is_live():
        return LineScreen(one=one)
    return OneScreen() if one else BoardScreen()


class OneScreen(LiveProgress):
    """The four stages of one scan."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        super().__init__(self._console, stopping="stopping")
        self._is_away = False

    def show(self, snapshot: Standing) -> None:
        """The bars as they stand now."""
        self._is_away = False
        super().show(snapshot)

    def missing(self, scan_id: str, error: TechnicError) -> None:  # noqa: ARG002 - the error names it
        """It is not known."""
        complain(error)

    def away(self, why: str) -> None:
        """A line above the bars, once until it is there again."""
        if not self._is_away:
            self._console.print(
                f"The server is away ({plain(why)}); waiting for it.", style="red", markup=False
            )
        self._is_away = True

    def draw(self) -> None:
        """It draws itself."""


class BoardScreen(Board):
    """Many scans, a line each."""

    def __init__(self) -> None:
        super().__init__(Console(stderr=True), _LEAVES)

    def missing(self, scan_id: str, error: TechnicError) -> None:
        """One is not known."""
        self.forget(scan_id)
        complain(error)


class LineScreen(Closing):
    """Plain lines, with the scan's id where there are several."""

    def __init__(self, *, one: bool) -> None:
        self._one = one
        self._lines: dict[str, PlainProgress] = {}
        self._is_away = False

    def show(self, snapshot: Standing) -> None:
        """A line where there is news."""
        self._is_away = False
        prefix = "" if self._one else f"{snapshot.scan_id[:_SHORT]}  "
        self._lines.setdefault(snapshot.scan_id, PlainProgress(prefix)).show(snapshot)
        if ended(snapshot):
            del self._lines[snapshot.scan_id]
            if not self._one:
                tell(farewell(snapshot).plain)

    def missing(self, scan_id: str, error: TechnicError) -> None:
        """One is not known."""
        self._lines.pop(scan_id, None)
        complain(error)

    def away(self, why: str) -> None:
        """Said once, until it is there again."""
        if not self._is_away:
            tell(f"The server is away ({why}); waiting for it.")
        self._is_away = True

    def draw(self) -> None:
        """What is written stands."""


class JsonScreen(JsonProgress):
    """JSON, an object a line."""

    def missing(self, scan_id: str, error: TechnicError) -> None:
        """`{"type": "missing", ...}`."""
        self.write({"type": "missing", "scan_id": scan_id, "error": error_body(error)})

    def away(self, why: str) -> None:
        """`{"type": "away", ...}`."""
        self.write({"type": "away", "detail": why})

    def draw(self) -> None:
        """What is written stands."""
