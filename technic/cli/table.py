"""The rows of a scan as a table for people: the dozen columns that matter, at home in 100 characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

BEST = 25
"""How many rows are shown where no limit was asked for."""

COMFORTABLE = 100
"""From this width on all columns fit; below it the sector goes, and then the name."""

_STYLES = {
    "STRONG_BUY": "bold green",
    "BUY": "green",
    "NEUTRAL": "dim",
    "SELL": "red",
    "STRONG_SELL": "bold red",
}

Row = Mapping[str, Any]


def rows_table(rows: Sequence[Row], width: int) -> Table:
    """The table of these rows.

    Args:
        rows: As JSON values, in order.
        width: Of the terminal, in characters; a wider one gives names and sectors more room.
    """
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    room = max(0, width - COMFORTABLE)
    table.add_column("Symbol", style="bold", no_wrap=True, max_width=10)
    if width >= COMFORTABLE - 30:
        table.add_column("Name", no_wrap=True, overflow="ellipsis", max_width=14 + room // 2)
    if width >= COMFORTABLE - 15:
        table.add_column("Sector", no_wrap=True, overflow="ellipsis", max_width=13 + room // 2, style="dim")
    table.add_column("Rating", no_wrap=True, min_width=15)
    for head in ("Close", "Change", "Entry", "Stop", "Target", "R/R"):
        table.add_column(head, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*_cells(row, width))
    return table


def _cells(row: Row, width: int) -> list[Text]:
    texts = [_plain(row["symbol"])]
    if width >= COMFORTABLE - 30:
        texts.append(_plain(row["name"]))
    if width >= COMFORTABLE - 15:
        texts.append(_plain(row["sector"]))
    prices = [Text(price(row[name])) for name in ("entry", "stop", "target")]
    ratio = row["reward_risk"]
    return [
        *texts,
        rating(row),
        Text(price(row["close"])),
        change(row["change_pct"]),
        *prices,
        Text("" if ratio is None else f"{ratio:.1f}"),
    ]


def rating(row: Row) -> Text:
    """The rating with its label, in the label's colour: `Strong Buy   62`."""
    signal, value = row["signal"], row["tech_rating"]
    if signal is None or value is None:
        return Text("")
    label = str(signal).replace("_", " ").title()
    return Text(f"{label:<11}{value:>4.0f}", style=_STYLES.get(signal, ""))


def change(value: float | None) -> Text:
    """A change in percent, with its sign: `+1.25 %`."""
    if value is None:
        return Text("")
    return Text(f"{value:+.2f}%", style="green" if value > 0 else "red" if value < 0 else "")


def price(value: float | None) -> str:
    """A price in at most nine characters; small ones keep more of their digits."""
    if value is None:
        return ""
    if abs(value) < 1:
        return f"{value:.4f}"
    return f"{value:,.2f}" if abs(value) < 100_000 else f"{value:,.0f}"  # noqa: PLR2004 - nine characters


def _plain(text: str | None) -> Text:
    """A text of somebody else's: no markup, and nothing that a terminal would obey."""
    return Text("".join(char if char.isprintable() else " " for char in text or ""))


def summary(shown: int, total: int, metrics: Mapping[str, Any], *, status: str) -> str:
    """One line under the rows: how many, of how many, what failed, how long it took."""
    rows = f"{total} rows" if shown == total else f"the best {shown} of {total} rows"
    parts = [
        rows if total != 1 else "1 row",
        f"{metrics['symbols_scanned']} of {metrics['symbols_requested']} rated",
    ]
    if metrics["symbols_failed"]:
        parts.append(f"{metrics['symbols_failed']} failed")
    parts.append(f"{metrics['total_seconds']:.2f} s")
    said = " · ".join(parts)
    return said if status == "completed" else f"{status}, partial: {said}"
