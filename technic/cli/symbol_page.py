"""One symbol for people at a terminal: its prices, why it has its rating, and the plan for a trade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from technic.cli.chart import Scale, chart, gauge
from technic.cli.plain import plain
from technic.cli.table import change, price, rating

Report = Mapping[str, Any]

_LINES = 12
_GAUGE = 41
_AXIS = 20
"""What stands beside the chart."""
_NARROWEST = 20
_BESIDE_GAUGE = 26
_BESIDE_EACH_OTHER = 85
"""The width from which averages and oscillators stand side by side."""
_GROUPS = {"all": "Rating", "moving_averages": "Averages", "oscillators": "Oscillators"}
_VOTES = {1: ("Buy", "green"), -1: ("Sell", "red"), 0: ("Neutral", "dim"), None: ("", "")}
_LEVELS = ("entry", "stop", "target")


def symbol_page(report: Report, width: int, *, bars: int, ascii_only: bool) -> Iterator[RenderableType]:
    """The parts of the page.

    Args:
        report: What `GET /symbols/{symbol}` says.
        width: Of the terminal, in characters.
        bars: So many of the newest are drawn.
        ascii_only: Whether nothing but ASCII can be shown.
    """
    yield _head(report)
    yield Text()
    yield from _prices(report, width, bars, ascii_only=ascii_only)
    yield Text()
    yield _gauges(report, width, ascii_only=ascii_only)
    yield Text()
    yield from _votes(report["votes"], width, box.ASCII if ascii_only else box.SIMPLE_HEAD)
    yield _plan(report["row"])
    yield from (Text(plain(warning), style="yellow") for warning in report["warnings"])


def _head(report: Report) -> Text:
    """`AAPL  Apple Inc. - Information Technology   159.54 -2.14%   Sell  -23`."""
    row = report["row"]
    about = [plain(report[name]) for name in ("name", "sector", "industry") if report[name]]
    head = Text(plain(report["symbol"]), style="bold")
    head.append("  " + ", ".join(about), style="not bold")
    parts = ("\n", price(row["close"]), " ", change(row["change_pct"]), "  ", rating(row))
    return Text.assemble(head, *parts, f"  on {report['as_of']}")


def _prices(report: Report, width: int, bars: int, *, ascii_only: bool) -> Iterator[Text]:
    """The closes as a line, with the levels of the trade plan beside it, and the days below."""
    shown = report["bars"][-bars:]
    closes = [bar["close"] for bar in shown if bar["close"] is not None]
    if not closes:
        return
    levels = {name: report["row"][name] for name in _LEVELS if report["row"][name] is not None}
    prices = [*closes, *levels.values()]
    low, high = min(prices), max(prices)
    room = max(_NARROWEST, width - _AXIS)
    lines = chart(closes, room, _LINES, low=low, high=high, ascii_only=ascii_only)
    beside = _beside(Scale(low, high, _LINES), levels | {"close": closes[-1]})
    for number, line in enumerate(lines):
        yield Text.assemble((line, "cyan"), " ", (beside.get(number, ""), "bold"), no_wrap=True)
    first, last = shown[0]["date"], shown[-1]["date"]
    yield Text(f"{first}{last:>{max(1, room - len(first))}}", style="dim", no_wrap=True)


def _beside(scale: Scale, levels: Mapping[str, float]) -> dict[int, str]:
    """What stands beside a line: its highest and lowest price, and what lies on it."""
    beside = {0: price(scale.high), scale.lines - 1: price(scale.low)}
    for name, level in levels.items():
        line = scale.line(level)
        said = f"{price(level)} {name}"
        before = beside.get(line, "")
        beside[line] = f"{before}, {name}" if " " in before else said
    return beside


def _gauges(report: Report, width: int, *, ascii_only: bool) -> Table:
    grid = Table.grid(padding=(0, 1))
    room = min(_GAUGE, max(_NARROWEST, width - _BESIDE_GAUGE) | 1)  # odd: it has a middle
    for name, label in _GROUPS.items():
        value = report["ratings"][name]["value"]
        line = "" if value is None else gauge(value, room, ascii_only=ascii_only)
        style = "green" if (value or 0) > 0 else "red"
        figure = Text("" if value is None else f"{value:+.0f}", justify="right")
        grid.add_row(
            label, Text("-100", style="dim"), Text(line, style=style), Text("100", style="dim"), figure
        )
    return grid


def _votes(votes: Sequence[Mapping[str, Any]], width: int, lines: box.Box) -> Iterator[RenderableType]:
    """Moving averages at the left, oscillators at the right; below them where there is no room."""
    both = {
        head: [vote for vote in votes if vote["group"] == group]
        for head, group in (("Moving average", "moving_averages"), ("Oscillator", "oscillators"))
    }
    for heads in [list(both)] if width >= _BESIDE_EACH_OTHER else [[head] for head in both]:
        yield _beside_each_other({head: both[head] for head in heads}, lines)
        yield Text()


def _beside_each_other(groups: Mapping[str, Sequence[Mapping[str, Any]]], lines: box.Box) -> Table:
    table = Table(box=lines, pad_edge=False, show_edge=False)
    for head in groups:
        table.add_column(head, no_wrap=True)
        table.add_column("Value", justify="right", no_wrap=True)
        table.add_column("Vote", no_wrap=True)
    for place in range(max(map(len, groups.values()))):
        cells = [
            cell for group in groups.values() for cell in _vote(group[place] if place < len(group) else None)
        ]
        table.add_row(*cells)
    return table


def _vote(vote: Mapping[str, Any] | None) -> tuple[Text, Text, Text]:
    if vote is None:
        return Text(), Text(), Text()
    value = next(iter(vote["values"].values()), None)
    said, style = _VOTES.get(vote["vote"], ("", ""))
    return Text(vote["label"]), Text("" if value is None else f"{value:,.2f}"), Text(said, style=style)


def _plan(row: Mapping[str, Any]) -> RenderableType:
    if row["entry"] is None:
        return Text("No trade plan: there is one for Buy and Strong Buy.", style="dim")
    levels = "   ".join(f"{name.capitalize()} {price(row[name])}" for name in _LEVELS)
    ratio = "" if row["reward_risk"] is None else f"   R/R {row['reward_risk']:.1f}"
    size = "" if row["position_size"] is None else f"   {row['position_size']:,} shares"
    return Group(Text(f"{levels}{ratio}{size}", style="bold"))
