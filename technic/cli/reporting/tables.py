"""The tables of a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from technic.cli.reporting.markup import Markup, element, joined
from technic.cli.reporting.words import cell, label, seconds, whole
from technic.errors import TechnicError
from technic.scanner.fields import BY_NAME, FIELDS, Field

COLUMNS = (
    *(field for field in FIELDS if field.shown),
    *(BY_NAME[name] for name in ("relative_volume", "perf_1m", "perf_3m", "position_size")),
)
FAILURES_MOST = 100
_LIST_MOST = 20


def rows_table(rows: Sequence[Mapping[str, Any]]) -> Markup:
    """The rows by rank; a click on a head sorts them."""
    heads = element("tr", _head("#", "number", "Rank"), *(_column_head(field) for field in COLUMNS))
    body = element("tbody", *(_row(rank, row) for rank, row in enumerate(rows, 1)))
    table = element("table", element("thead", heads), body, id="rows", class_="sortable")
    return element("div", table, class_="wide", tabindex="0", role="region", aria_label="Rows")


def _column_head(field: Field) -> Markup:
    kind = "number" if field.numeric and field.kind != "date" else "text"
    return _head(field.label, kind, f"{field.description} {field.unit}".strip())


def _head(text: str, kind: str, title: str) -> Markup:
    button = element("button", text, type="button", title=title)
    return element("th", button, scope="col", class_=kind, data_kind=kind)


def _row(rank: int, row: Mapping[str, Any]) -> Markup:
    cells = [element("td", rank, class_="number", data_value=rank)]
    for field in COLUMNS:
        value = row.get(field.name)
        kind = "number" if field.numeric and field.kind != "date" else "text"
        place = field.values.index(value) if field.values and value in field.values else value
        head = field.name == "symbol"
        cells.append(
            element(
                "th" if head else "td",
                cell(field, value),
                class_=f"{kind} {_tone(field, value)}".strip(),
                data_value=place,
                scope="row" if head else None,
            )
        )
    return element("tr", *cells)


def _tone(field: Field, value: Any) -> str:
    if field.name == "signal":
        return "up" if "BUY" in str(value) else "down" if "SELL" in str(value) else ""
    if field.name in {"change_pct", "tech_rating"} or field.name.startswith("perf_"):
        return "up" if (value or 0) > 0 else "down" if (value or 0) < 0 else ""
    return ""


def pairs(told: Iterable[tuple[object, object]]) -> Markup:
    """Names with their values."""
    return element("dl", *(element("div", element("dt", name), element("dd", value)) for name, value in told))


def asked(request: Mapping[str, Any]) -> Markup:
    """What was asked for, each field that was set; long lists are cut."""
    told = [(label(name), _shown(value)) for name, value in request.items() if name != "async_mode"]
    return pairs(told) if told else element("p", "Everything, as it is by default.")


def _shown(value: Any) -> str:
    if isinstance(value, list):
        more = f" and {len(value) - _LIST_MOST} more" if len(value) > _LIST_MOST else ""
        return ", ".join(map(_shown, value[:_LIST_MOST])) + more
    if isinstance(value, Mapping):
        if {"field", "op"} <= value.keys():
            return f"{value['field']} {value['op']} {_shown(value.get('value'))}"
        return ", ".join(f"{name}: {_shown(part)}" for name, part in value.items())
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def failures(errors: Sequence[TechnicError | None]) -> Markup:
    """What failed, one symbol a line."""
    lines = [
        element(
            "tr",
            element("th", ", ".join(error.affected_symbols[:_LIST_MOST]), scope="row"),
            element("td", error.code),
            element("td", error.detail),
            element("td", error.advice),
        )
        for error in errors[:FAILURES_MOST]
        if error is not None
    ]
    heads = element(
        "tr", *(element("th", text, scope="col") for text in ("Symbol", "Code", "What", "What to do"))
    )
    more = len(errors) - FAILURES_MOST
    note = element("p", f"and {more} more", class_="note") if more > 0 else None
    table = element("table", element("thead", heads), element("tbody", *lines))
    return joined(element("div", table, class_="wide", tabindex="0"), note)


def metrics(figures: Mapping[str, Any]) -> Markup:
    """How the scan went, figure by figure; what holds figures itself is told with its own name before."""
    return pairs(_metrics(figures, ""))


def _metrics(figures: Mapping[str, Any], before: str) -> Iterable[tuple[str, str]]:
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _metrics(value, f"{before}{label(name)}: ")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            timed = "seconds" in name or "timings" in before.casefold()
            rate = name == "symbols_per_second"
            yield before + label(name), whole(value) if rate or not timed else seconds(value)
