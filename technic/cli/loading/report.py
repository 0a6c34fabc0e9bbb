"""What a load has found: as values, and as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from technic.cli.loading.account import Account
from technic.cli.loading.plan import LoadPlan
from technic.cli.loading.vitals import Vitals

_DURATIONS = {
    "start": "POST /scan/start",
    "opening": "a stream's first frame",
    "delivery": "delivery (a)",
    "spread": "delivery (b)",
    "poll": "GET /scan/progress",
    "health": "GET /health",
    "own_lag": "this program's loop",
}
PROCESS = "process."
"""How the names begin of what the server tells of its process."""
NOTES = {
    "delivery": "from the moment at which the server told a frame, as the frame says (`at`), to its receipt "
    "here; only where the server runs on this machine",
    "spread": "from the first reader's receipt of a frame to another's, both in this process",
    "own_lag": "how late this program's own event loop was; the other durations hold it",
}


@dataclass(frozen=True, slots=True)
class Report:
    """A load and its end.

    Attributes:
        plan: What was planned.
        account: What was seen.
        vitals: What the server told of itself.
        seconds: How long it took, with what had to end when the time was up.
        passed: The bounds that were passed, in sentences.
        interrupted: Whether somebody ended it before its time.
    """

    plan: LoadPlan
    account: Account
    vitals: Vitals
    seconds: float
    passed: Sequence[str]
    interrupted: bool

    def body(self) -> dict[str, Any]:
        """As one JSON object."""
        seen = self.account
        return {
            "ok": not self.passed,
            "passed": list(self.passed),
            "interrupted": self.interrupted,
            "plan": self._planned(),
            "seconds": round(self.seconds, 3),
            "scans": dict(seen.ended),
            "scans_unfinished": seen.unfinished,
            "starts_refused": seen.refused,
            "scans_per_second": round(seen.ended.total() / self.seconds, 3),
            "symbols_per_second": round(seen.symbols / self.seconds, 1),
            "frames": dict(seen.frames),
            "frames_per_second": round(seen.frames.total() / self.seconds, 1),
            "frames_lost": seen.lost,
            "frames_doubled": seen.doubled,
            "frames_out_of_order": seen.out_of_order,
            "gaps": seen.gaps,
            "reconnections": seen.reconnections,
            "stalled": {"readers": seen.stalled, "cut_off": seen.cut_off, "ms": seen.stall.milliseconds()},
            "errors": dict(seen.errors),
            "milliseconds": {name: getattr(seen, name).milliseconds() for name in _DURATIONS},
            "measured": dict(NOTES),
            "server": self._server(),
        }

    def _planned(self) -> dict[str, Any]:
        names = ("url", "scans", "watchers", "stalled_share", "slow_share", "reconnecting_share")
        more = ("seconds", "ramp_seconds", "request")
        return {name: getattr(self.plan, name) for name in (*names, *more)}

    def _server(self) -> dict[str, Any]:
        return {
            name: {"first": vital.first, "last": vital.last, "max": vital.most}
            for name, vital in self.vitals.figures.items()
        }


def picture(account: Account, vitals: Vitals, *, only: str = "") -> RenderableType:
    """How it stands, for a terminal, with the server's figures whose names begin with `only`."""
    parts: list[RenderableType] = [*map(Text, sentences(account)), Text(), _durations(account)]
    if vitals.figures:
        parts += [Text(), _figures(vitals, only)]
    return Group(*parts)


def sentences(account: Account) -> Iterator[str]:
    """What was counted, a line each."""
    seconds = max(account.seconds, 1e-3)
    ended = ", ".join(f"{count:,} {status}" for status, count in account.ended.items()) or "none ended"
    running = f"; {account.running:,} run, watched by {account.readers:,}" if account.running else ""
    refused = f"; {account.refused:,} starts put off, the server was full" if account.refused else ""
    yield f"scans     {ended}{running}{refused}"
    yield (
        f"a second  {account.ended.total() / seconds:,.1f} scans, {account.symbols / seconds:,.0f} symbols, "
        f"{account.frames.total() / seconds:,.0f} frames"
    )
    yield (
        f"frames    {account.frames.total():,}: {account.lost:,} lost, {account.doubled:,} doubled, "
        f"{account.out_of_order:,} out of order; {account.gaps:,} gaps told"
    )
    yield (
        f"readers   {account.reconnections:,} came back, {account.cut_off:,} of {account.stalled:,} stalled "
        "ones cut off"
    )
    errors = ", ".join(f"{count:,} {code}" for code, count in account.errors.most_common(8))
    yield f"errors    {errors or 'none'}"


def _durations(account: Account) -> Table:
    rows = {words: getattr(account, name).milliseconds() for name, words in _DURATIONS.items()}
    table = _table("ms", "p50", "p95", "p99", "max", "count")
    for words, found in rows.items():
        if found is not None:
            numbers = (f"{found[name]:,.2f}" for name in ("p50", "p95", "p99", "max"))
            table.add_row(words, *numbers, f"{found['count']:,}")
    return table


def _figures(vitals: Vitals, only: str) -> Table:
    table = _table("the server", "first", "last", "max")
    for name, vital in vitals.figures.items():
        if not (vital.most and name.startswith(only)):
            continue
        table.add_row(Text(name), *(f"{value:,.10g}" for value in (vital.first, vital.last, vital.most)))
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def whole(report: Report) -> list[RenderableType]:
    """The report for people: the figures, how they were measured, and how it went."""
    notes = [f"(a) {NOTES['delivery']};", f"(b) {NOTES['spread']}."]
    lines = [f"Failed: {sentence}." for sentence in report.passed]
    lines = lines or ["Nothing was lost, doubled or out of order."]
    style = "bold red" if report.passed else "green"
    return [
        picture(report.account, report.vitals),
        Text("\n".join(["", *notes]), style="dim"),
        Text("\n".join(lines), style=style),
    ]
