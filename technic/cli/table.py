"""The rows of a scan as a table for people: the dozen columns that matter, at home in 100 characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from technic.cli.plain import plain

BEST = 25
"""How many rows are shown where no limit was asked for."""

COMFORTABLE = 100
"""The width at which all columns fit; in less the sector goes, and then the name, but no figure."""

_NAME_LEAST = 8
_SECTOR_LEAST = 10

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
        width: Of the terminal, in characters; names and sectors share what the figures leave.

    A column that no row has anything for is left out.
    """
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False)
    symbols, figures = _texts("Symbol", [_plain(row["symbol"]) for row in rows]), _filled(_figures(rows))
    room = width - sum(column.width + 1 for column in (symbols, *figures))
    columns = [symbols, *_names(rows, room), *figures]
    for column in columns:
        table.add_column(
            column.head, justify=column.justify, style=column.style, width=column.width, no_wrap=True
        )
    for cells in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*cells)
    return table


@dataclass(frozen=True, slots=True)
class _Column:
    """One column, its cells and how wide it is."""

    head: str
    cells: Sequence[Text]
    width: int
    justify: JustifyMethod = "left"
    style: str = ""


def _texts(head: str, cells: Sequence[Text], style: str = "bold") -> _Column:
    """A column as wide as its widest cell."""
    return _Column(head, cells, max([cell_len(head), *(cell.cell_len for cell in cells)]), "left", style)


def _numbers(head: str, cells: Sequence[Text]) -> _Column:
    return replace(_texts(head, cells, ""), justify="right")


def _figures(rows: Sequence[Row]) -> list[_Column]:
    """The columns that are never cut."""
    prices = {
        head: [Text(price(row[head.lower()])) for row in rows]
        for head in ("Close", "Entry", "Stop", "Target")
    }
    ratios = ["" if row["reward_risk"] is None else f"{row['reward_risk']:.1f}" for row in rows]
    return [
        _texts("Rating", [rating(row) for row in rows], ""),
        _numbers("Close", prices["Close"]),
        _numbers("Change", [change(row["change_pct"]) for row in rows]),
        *(_numbers(head, prices[head]) for head in ("Entry", "Stop", "Target")),
        _numbers("R/R", [Text(ratio) for ratio in ratios]),
    ]


def _filled(columns: Sequence[_Column]) -> list[_Column]:
    """Those that say something of at least one row."""
    return [column for column in columns if any(cell.plain.strip() for cell in column.cells)]


def _names(rows: Sequence[Row], room: int) -> list[_Column]:
    """Name and sector, cut to what the figures leave; left out where that is too little."""
    name = _texts("Name", [_plain(row["name"]) for row in rows], "")
    sector = _texts("Sector", [_plain(row["sector"]) for row in rows], "dim")
    filled = _filled([name, sector])
    if not filled or room < _NAME_LEAST + 1:
        return []
    if len(filled) == 1 or room < _NAME_LEAST + _SECTOR_LEAST + 2:
        return [replace(filled[0], width=min(filled[0].width, room - 1))]
    wide = min(sector.width, max(_SECTOR_LEAST, (room - 2) * 45 // 100))
    return [replace(name, width=min(name.width, room - 2 - wide)), replace(sector, width=wide)]


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
    return Text(plain(text or ""))


def summary(shown: int, total: int, metrics: Mapping[str, Any], *, status: str) -> str:
    """One line under the rows: how many, of how many, what failed, how long it took."""
    rows = f"{total} rows" if shown == total else f"the best {shown} of {total} rows (--limit N for more)"
    parts = [
        rows if total != 1 else "1 row",
        f"{metrics['symbols_scanned']} of {metrics['symbols_requested']} rated",
    ]
    if metrics["symbols_failed"]:
        parts.append(f"{metrics['symbols_failed']} failed")
    parts.append(f"{metrics['total_seconds']:.2f} s")
    said = " · ".join(parts)
    return said if status == "completed" else f"{status}, partial: {said}"
