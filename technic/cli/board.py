"""Many scans on a terminal at once: a line each while they go on, and a line above when they have ended."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from technic.cli.harmless import Harmless
from technic.cli.plain import plain
from technic.cli.progress import Closing, Standing, ended, to_go

_STYLES = {"completed": "green", "failed": "bold red", "cancelled": "yellow"}
_ID, _BAR = 8, 20
_BELOW = 3
"""Lines that are kept free below the scans."""


class Board(Closing):
    """Scans that go on, drawn again and again; what has ended scrolls away above them.

    Args:
        console: A terminal.
        leave: What is said of Ctrl-C.
    """

    def __init__(self, console: Console, leave: str) -> None:
        self._console = console
        self._leave = leave
        self._running: dict[str, Standing] = {}
        self._ended = 0
        self._away = ""
        self._live = Live(console=console, auto_refresh=False, redirect_stdout=False)
        self._live.start()

    def show(self, snapshot: Standing) -> None:
        """A scan stands so now; `draw` shows it."""
        self._away = ""
        if not ended(snapshot):
            self._running[snapshot.scan_id] = snapshot
            return
        self._running.pop(snapshot.scan_id, None)
        self._ended += 1
        self._console.print(farewell(snapshot), highlight=False, no_wrap=True, overflow="ellipsis")

    def forget(self, scan_id: str) -> None:
        """Nothing more can be told of a scan."""
        self._running.pop(scan_id, None)

    def away(self, why: str) -> None:
        """The server is not there."""
        self._away = why

    def draw(self) -> None:
        """Draw them as they stand; to be called some times a second."""
        self._live.update(Harmless(self._picture()), refresh=True)

    def close(self) -> None:
        """Leave the last picture standing, and give the cursor back; idempotent."""
        if self._live.is_started:
            self.draw()
        self._live.stop()

    def _picture(self) -> RenderableType:
        room = max(1, self._console.height - _BELOW)
        running = list(self._running.values())
        grid = Table.grid(padding=(0, 1))
        for column in lines(running[:room]):
            grid.add_row(*column)
        hidden = len(running) - room
        more = [Text(f"and {hidden:,} more", style="dim")] if hidden > 0 else []
        return Group(grid, *more, Text(self._foot(running), style="bold red" if self._away else "dim"))

    def _foot(self, running: list[Standing]) -> str:
        if self._away:
            return f"The server is away ({self._away}); waiting for it. {self._leave}"
        waiting = sum(snapshot.status == "pending" for snapshot in running)
        counts = f"{len(running) - waiting:,} run, {waiting:,} wait, {self._ended:,} ended"
        return f"{counts}  ·  {self._leave}"


def lines(snapshots: Iterable[Standing]) -> Iterable[tuple[RenderableType, ...]]:
    """A line a scan: id, bar, how far, where, how fast, what was found, how long still."""
    for snapshot in snapshots:
        waits = snapshot.queue_position
        where = f"number {waits} in the queue" if waits else plain(snapshot.stage.replace("_", " "))
        yield (
            Text(plain(snapshot.scan_id[:_ID]), style="bold"),
            ProgressBar(total=100, completed=snapshot.percentage, width=_BAR),
            Text(f"{snapshot.percentage:5.1f} %", no_wrap=True),
            Text("stopping" if snapshot.cancel_requested else where, style="dim", no_wrap=True),
            Text(f"{snapshot.symbols_per_second or 0:,.0f}/s", justify="right", no_wrap=True),
            Text(f"{snapshot.matches:,} found", justify="right", no_wrap=True),
            Text(f"{to_go(snapshot.eta_seconds)} to go" if snapshot.eta_seconds else "", no_wrap=True),
        )


def farewell(snapshot: Standing) -> Text:
    """The line of a scan that has ended."""
    said = Text(f"{plain(snapshot.scan_id)}  ")
    said.append(f"{snapshot.status:<9}", style=_STYLES.get(str(snapshot.status), ""))
    parts = [f"{snapshot.matches:,} {'match' if snapshot.matches == 1 else 'matches'}"]
    if snapshot.failures:
        parts.append(f"{snapshot.failures:,} failed")
    parts.append(f"{snapshot.elapsed_seconds:.2f} s")
    if snapshot.error is not None:
        parts.append(plain(snapshot.error.detail))
    return said.append("  " + "  ·  ".join(parts))
