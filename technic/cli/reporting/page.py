"""The page of a report: one file with all in it, that loads nothing and lets nothing else run.

Its Content-Security-Policy names the three scripts by their hashes, and allows no request at all. Styles are
allowed as they stand, since plotly sets them one by one.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from technic import __version__
from technic.cli.reporting import figures, tables
from technic.cli.reporting.gathering import Findings
from technic.cli.reporting.markup import Markup, data_script, element, joined, raw_script
from technic.cli.reporting.words import label, moment, number, seconds, whole

GENERATOR: Final = "technic report"
"""By this a report is known again, which may be written over."""
_SPAN = "perf_3m"

Figures = dict[str, figures.Figure]


def page(found: Findings, rows_shown: int, now: datetime | None = None) -> bytes:
    """The whole file.

    Args:
        found: What it tells.
        rows_shown: How many rows its table has at most.
        now: When it is made.
    """
    plots = _plots(found)
    code = (_plotly(), _asset("report.js"))
    title = f"{found.results.total:,} matches, {moment(found.snapshot.completed_at)}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="generator", content=f"{GENERATOR} {__version__}"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(code)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"Scan {found.snapshot.scan_id[:8]}: {title}"),
        element("style", Markup(_asset("report.css"))),
    )
    body = element(
        "body",
        _masthead(found),
        element("main", *_sections(found, rows_shown), _provenance(found, now or datetime.now(UTC))),
        data_script("figures", plots),
        *(raw_script(script) for script in code),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n".encode()


def _plots(found: Findings) -> Figures:
    rows = found.results.rows
    if not rows:
        return {}
    plots: Figures = {
        "distribution": figures.distribution(rows),
        "sectors": figures.by_sector(rows),
        "performance": figures.against_performance(rows, _SPAN),
        "plans": figures.trade_plans(rows),
    }
    by_symbol = {row["symbol"]: row for row in rows}
    for place, (symbol, report) in enumerate(found.charts.items()):
        plots[f"candles-{place}"] = figures.candles(report, by_symbol[symbol])
    return plots


def _masthead(found: Findings) -> Markup:
    results, snapshot = found.results, found.snapshot
    scanned = results.performance_metrics.get("symbols_scanned")
    best = max((row["tech_rating"] for row in results.rows if row["tech_rating"] is not None), default=None)
    tiles = (
        ("Matches", whole(snapshot.matches)),
        ("Rows", whole(results.total)),
        ("Symbols rated", whole(scanned)),
        ("Failed", whole(len(results.failures))),
        ("Best rating", number(best, 0)),
        ("Took", seconds(results.elapsed_seconds)),
    )
    shown = (element("div", element("dt", name), element("dd", value)) for name, value in tiles)
    return element(
        "header",
        element(
            "p",
            "technic scan ",
            element("code", snapshot.scan_id[:8]),
            " · ",
            moment(snapshot.completed_at),
            class_="note",
        ),
        element(
            "h1",
            _title(found.request),
            " ",
            element("span", label(snapshot.status), class_=f"status {snapshot.status}"),
        ),
        element("dl", *shown, class_="tiles"),
        _notices(found),
    )


def _title(request: Mapping[str, Any]) -> str:
    """What the scan looked for, in some words."""
    if request.get("preset"):
        return label(request["preset"])
    where = request.get("sectors") or request.get("symbols") or ["All symbols"]
    more = f" and {len(where) - 3} more" if len(where) > 3 else ""  # noqa: PLR2004 - a title is short
    return ", ".join(map(str, where[:3])) + more


def _notices(found: Findings) -> Markup | None:
    error = found.results.error
    told = [error.detail] if error is not None else []
    told += found.results.warnings
    return element("ul", *(element("li", each) for each in told), class_="notices") if told else None


def _sections(found: Findings, rows_shown: int) -> list[Markup]:
    rows = found.results.rows
    made = [_section("What was asked", tables.asked(found.request))]
    if rows:
        made += [_overview(), _closely(found), _rows(found, rows_shown)]
    else:
        made.append(_section("Rows", element("p", "No symbol passed.")))
    if found.results.failures:
        made.append(_section("Failures", tables.failures(found.results.failures)))
    made.append(_section("Performance", tables.metrics(found.results.performance_metrics)))
    return made


def _overview() -> Markup:
    return joined(
        element(
            "div",
            _section("How the ratings are spread", _plot("distribution", "Rows by rating")),
            _section("Rating and performance", _plot("performance", "Rating over change of price")),
            _section("Ratings by sector", _plot("sectors", "Ratings of each sector")),
            _section("The best rows' plans", _plot("plans", "Stop and target of the best rows")),
            class_="pair",
        )
    )


def _closely(found: Findings) -> Markup:
    names = {row["symbol"]: row["name"] for row in found.results.rows}
    shown = [
        element(
            "figure",
            element("figcaption", element("b", symbol), " ", names[symbol] or ""),
            _plot(f"candles-{place}", f"Candles of {symbol}"),
        )
        for place, symbol in enumerate(found.charts)
    ]
    if not shown:
        return Markup()
    return _section("The best, closely", element("div", *shown, class_="pair"))


def _rows(found: Findings, most: int) -> Markup:
    rows, total = found.results.rows, found.results.total
    parts = [tables.rows_table(rows[:most])]
    if total > most:
        parts.append(element("p", f"The first {most:,} of {total:,} rows.", class_="note"))
    if total > len(rows):
        parts.append(element("p", f"The plots are of the first {len(rows):,}.", class_="note"))
    return _section("Rows", *parts)


def _provenance(found: Findings, now: datetime) -> Markup:
    days = sorted({row["as_of"] for row in found.results.rows if row["as_of"]})
    snapshot = found.snapshot
    told = (
        ("Scan", snapshot.scan_id),
        ("Status", label(snapshot.status)),
        ("Complete", "yes" if found.results.complete else "no"),
        ("Bars as of", " to ".join(dict.fromkeys((days[0], days[-1]))) if days else "nothing"),
        ("Source", found.health.get("source", "unknown")),
        ("Started", moment(snapshot.started_at)),
        ("Ended", moment(snapshot.completed_at)),
        ("Store", found.health.get("store", "unknown")),
        ("Epoch", found.epoch or "unknown"),
        ("Server", f"{found.url}, technic {found.health.get('version', 'unknown')}"),
        ("Report", f"technic {__version__}, {moment(now)}"),
    )
    note = element("p", "technic computes; it gives no advice.", class_="note")
    return _section("Where this comes from", tables.pairs(told), note)


def _section(title: str, *children: object) -> Markup:
    return element("section", element("h2", title), *children)


def _plot(name: str, title: str) -> Markup:
    return element("div", class_="plot", data_figure=name, role="img", aria_label=title)


def _policy(scripts: tuple[str, ...]) -> str:
    hashes = (b64encode(sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{each}'" for each in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:;"
        " base-uri 'none'; form-action 'none'"
    )


def _asset(name: str) -> str:
    return (files("technic.cli.reporting") / name).read_text(encoding="utf-8")


def _plotly() -> str:
    return (files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
