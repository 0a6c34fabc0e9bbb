"""Ended scans and figures over them as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from technic.cli.plain import plain

_STYLES = {"completed": "green", "failed": "bold red", "cancelled": "yellow"}
_STEPS = 24
"""So many of the newest steps of the throughput are shown."""
_SHORT_SECONDS = 0.1
_MINUTE, _HOUR = 60, 3600
_ID_LEAST = 8
_BESIDE_IDS = 66
"""What the other columns of scans take."""
_COUNTS = ("Symbols", "Matches", "Failures")
_MATCHES = _COUNTS[1:2]
"""What is left of the counts where the terminal has no room for all."""

Body = Mapping[str, Any]


def scans_table(scans: Sequence[Body], total: int, width: int) -> list[RenderableType]:
    """A line a scan, below it how many there are; on a narrow terminal ids are cut, then counts left out."""
    if not scans:
        return [Text("No scan has ended that this is asked of.", style="dim")]
    counts = _COUNTS if width >= _BESIDE_IDS + _ID_LEAST else _MATCHES
    table = _table("Scan", "Status", *(f">{name}" for name in counts), ">Took", "Ended")
    for scan in scans:
        table.add_row(
            _plain(str(scan["scan_id"])[: max(_ID_LEAST, width - _BESIDE_IDS)]),
            _status(scan["status"]),
            *(f"{scan[name.lower()]:,}" for name in counts),
            duration(scan["elapsed_seconds"]),
            local(scan["completed_at"]),
        )
    shown = f"{total:,} scans" if len(scans) == total else f"the newest {len(scans):,} of {total:,} scans"
    hint = "" if len(scans) == total else " (--limit N for more)"
    return [table, Text("1 scan" if total == 1 else shown + hint, style="dim")]


def statistics_tables(body: Body) -> list[RenderableType]:
    """How many ended how; then a table each of durations, stages, throughput, failures and symbols."""
    if not body["scans"]:
        return [Text("No scan has ended that this is asked of.", style="dim")]
    counts = ", ".join(f"{count:,} {status}" for status, count in body["by_status"].items())
    ended = "1 scan has ended" if body["scans"] == 1 else f"{body['scans']:,} scans have ended"
    tables = [
        _quantiles("Symbols", body["seconds"]),
        _quantiles("Stage", body["stage_seconds"]),
        _throughput(body),
        _failures(body["failures"]),
        _symbols(body["symbols"]),
    ]
    parts: list[RenderableType] = [Text(f"{ended}: {counts}")]
    for table in tables:
        if table.row_count:
            parts += ["", table]
    return parts


def _quantiles(head: str, by_name: Mapping[str, Body]) -> Table:
    table = _table(head, ">Half within", ">95 % within", ">Scans")
    for name, found in by_name.items():
        table.add_row(_plain(name), duration(found["p50"]), duration(found["p95"]), f"{found['count']:,}")
    return table


def _throughput(body: Body) -> Table:
    """The newest steps; one in which nothing ended is not there."""
    table = _table("Hour from", ">Scans", ">Symbols")
    for step in body["throughput"][-_STEPS:]:
        table.add_row(local(step["at"]), f"{step['scans']:,}", f"{step['symbols']:,}")
    return table


def _failures(failures: Sequence[Body]) -> Table:
    table = _table("Failure", "Kind", ">Symbols", ">Scans")
    for failure in failures:
        counts = (f"{failure['symbols']:,}", f"{failure['scans']:,}")
        table.add_row(_plain(failure["code"]), _plain(failure["error_type"]), *counts)
    return table


def _symbols(symbols: Sequence[Body]) -> Table:
    table = _table("Symbol that fails", ">In scans", "Mostly of")
    for symbol in symbols:
        table.add_row(_plain(symbol["symbol"]), f"{symbol['scans']:,}", _plain(symbol["code"]))
    return table


def _table(*heads: str) -> Table:
    """A plain table; the columns whose heads begin with > stand at the right."""
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False)
    for head in heads:
        right = head.startswith(">")
        table.add_column(head.removeprefix(">"), justify="right" if right else "left", no_wrap=True)
    return table


def duration(seconds: float | None) -> str:
    """Seconds as people read them: `4 ms`, `0.32 s`, `1 m 05 s`, `2 h 03 m`."""
    if seconds is None:
        return ""
    if seconds < _SHORT_SECONDS:
        return f"{1000 * seconds:.0f} ms"
    if seconds < _MINUTE:
        return f"{seconds:.2f} s"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} m {int(seconds % _MINUTE):02} s"
    return f"{int(seconds // _HOUR)} h {int(seconds % _HOUR // _MINUTE):02} m"


def local(moment: str | None) -> str:
    """A moment as the reader's own clock shows it."""
    if moment is None:
        return ""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _status(status: str) -> Text:
    return Text(status, style=_STYLES.get(status, ""))


def _plain(text: object) -> Text:
    """A text of somebody else's: no markup, and nothing that a terminal would obey."""
    return Text(plain(text))
