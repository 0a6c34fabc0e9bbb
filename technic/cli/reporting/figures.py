"""The plots of a report, as plotly reads them: traces and layout, without colours, which the page has.

A trace's colour is the name of one of the page's, after a `$`: the page puts it in, light or dark.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from technic.cli.reporting.gathering import BARS_SHOWN

Row = Mapping[str, Any]
Figure = dict[str, Any]

BEST = 15
SECTORS_MOST = 20
_STEP = 10
_NAME_MOST = 28


def charted(text: object) -> str:
    """A text for plotly, which reads tags in texts: there shall be none."""
    plain = str(text).encode(errors="backslashreplace").decode()
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def distribution(rows: Sequence[Row]) -> Figure:
    """How many rows have which rating, in steps of ten points."""
    counts: dict[int, int] = defaultdict(int)
    for row in rows:
        if row["tech_rating"] is not None:
            counts[min(int(row["tech_rating"] // _STEP) * _STEP, 100 - _STEP)] += 1
    steps = range(-100, 100, _STEP)
    bars = {
        "type": "bar",
        "x": [step + _STEP / 2 for step in steps],
        "y": [counts[step] for step in steps],
        "width": _STEP * 0.92,
        "marker": {"color": [_tone(step + _STEP / 2) for step in steps]},
        "customdata": [f"{step} to {step + _STEP}" for step in steps],
        "hovertemplate": "%{customdata}: %{y}<extra></extra>",
    }
    return _figure([bars], x={"title": "Rating", "range": [-102, 102], "tickangle": 0}, y={"title": "Rows"})


def by_sector(rows: Sequence[Row]) -> Figure:
    """The ratings of each sector: the middle half as a box, the best sector on top."""
    ratings: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row["tech_rating"] is not None:
            ratings[str(row["sector"] or "Unknown")[:_NAME_MOST]].append(row["tech_rating"])
    ordered = sorted(ratings, key=lambda sector: (median(ratings[sector]), sector))[-SECTORS_MOST:]
    boxes = [
        {
            "type": "box", "orientation": "h", "name": charted(sector), "x": ratings[sector],
            "boxpoints": False, "line": {"color": "$accent", "width": 1.5}, "fillcolor": "$soft",
            "hoverinfo": "x",
        }
        for sector in ordered
    ]  # fmt: skip
    return _figure(
        boxes, x={"title": "Rating", "zeroline": True}, y={"automargin": True}, tall=max(BEST, len(ordered))
    )


def against_performance(rows: Sequence[Row], span: str) -> Figure:
    """A point a row: its rating over how its price has changed."""
    known = [row for row in rows if row["tech_rating"] is not None and row[span] is not None]
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": [row[span] for row in known],
        "y": [row["tech_rating"] for row in known],
        "text": [charted(f"{row['symbol']} {row['name'] or ''}"[:60]) for row in known],
        "marker": {"color": [_tone(row["tech_rating"]) for row in known], "size": 6, "opacity": 0.7},
        "hovertemplate": "%{text}<br>%{x:.1f} %, rating %{y:.0f}<extra></extra>",
    }
    return _figure([points], x={"title": "Change over 3 months, %", "zeroline": True}, y={"title": "Rating"})


def trade_plans(rows: Sequence[Row]) -> Figure:
    """The best rows' plans: from the entry down to the stop and up to the target, in percent."""
    planned = [row for row in rows if row["entry"] and row["stop"] and row["target"]][:BEST][::-1]
    names = [charted(str(row["symbol"])[:_NAME_MOST]) for row in planned]
    bars = [
        {
            "type": "bar", "orientation": "h", "name": label, "y": names,
            "x": [100 * (row[end] / row["entry"] - 1) for row in planned],
            "text": [f"{row[end]:,.2f}" for row in planned], "textposition": "inside",
            "insidetextanchor": "middle", "textangle": 0, "marker": {"color": colour},
            "hovertemplate": "%{y}: " + label.lower() + " %{text}, %{x:.1f} %<extra></extra>",
        }
        for end, label, colour in (("stop", "Stop", "$down"), ("target", "Target", "$up"))
    ]  # fmt: skip
    figure = _figure(
        bars,
        x={"title": "From the entry, %", "zeroline": True},
        y={"automargin": True, "type": "category"},
        tall=BEST,
    )
    figure["layout"] |= {"barmode": "relative", "showlegend": True}
    return figure


def candles(report: Mapping[str, Any], row: Row) -> Figure:
    """A symbol's last bars with its plan drawn in."""
    bars = report["bars"][-BARS_SHOWN:]
    prices = {name: [bar[name] for bar in bars] for name in ("open", "high", "low", "close")}
    days = [bar["date"] for bar in bars]
    candle = {
        "type": "candlestick", "x": days, **prices, "name": charted(row["symbol"]),
        "increasing": {"line": {"color": "$up", "width": 1}, "fillcolor": "$up"},
        "decreasing": {"line": {"color": "$down", "width": 1}, "fillcolor": "$down"},
    }  # fmt: skip
    volume = {
        "type": "bar", "x": days, "y": [bar["volume"] for bar in bars], "yaxis": "y2",
        "marker": {"color": "$faint"}, "opacity": 0.35, "hoverinfo": "skip",
    }  # fmt: skip
    figure = _figure([candle, volume], x={"type": "date", "rangeslider": {"visible": False}}, y={})
    figure["layout"]["xaxis"] |= {"rangebreaks": [{"bounds": ["sat", "mon"]}], "anchor": "y2", "tickangle": 0}
    figure["layout"]["yaxis"] |= {"domain": [0.22, 1]}
    figure["layout"]["yaxis2"] = {"domain": [0, 0.18], "showticklabels": False, "showgrid": False}
    plan = (("entry", "$accent"), ("stop", "$down"), ("target", "$up"))
    lines = [(name, row[name], colour) for name, colour in plan if row[name]]
    figure["layout"]["shapes"] = [_level(price, colour) for _, price, colour in lines]
    figure["layout"]["annotations"] = [_label(f"{name} {p:,.2f}", p, colour) for name, p, colour in lines]
    figure["layout"]["margin"]["r"] = 96
    return figure


def _level(price: float, colour: str) -> dict[str, Any]:
    line = {"color": colour, "width": 1.2, "dash": "dot"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": price, "y1": price, "line": line}


def _label(text: str, price: float, colour: str) -> dict[str, Any]:
    return {
        "text": text, "xref": "paper", "x": 1, "xanchor": "left", "y": price, "showarrow": False,
        "font": {"color": colour, "size": 11},
    }  # fmt: skip


def _tone(rating: float) -> str:
    """The colour of a rating: its sign's, and none between -10 and 10."""
    return "$up" if rating > 10 else "$down" if rating < -10 else "$faint"  # noqa: PLR2004 - where Buy begins


def _figure(data: list[dict[str, Any]], *, x: dict[str, Any], y: dict[str, Any], tall: int = 0) -> Figure:
    axes = {"xaxis": _axis(x), "yaxis": _axis(y)}
    margin = {"l": 56, "r": 16, "t": 12, "b": 46}
    return {
        "data": data,
        "layout": {**axes, "margin": margin, "showlegend": False, "height": max(300, 90 + 24 * tall)},
    }


def _axis(told: dict[str, Any]) -> dict[str, Any]:
    title = {"title": {"text": told["title"]}} if "title" in told else {}
    return {"zeroline": False, **told, **title}
