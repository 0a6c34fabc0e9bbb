"""`technic start`: a scan on a running server."""

from __future__ import annotations

from typing import Annotated

import typer

from technic.cli import asking
from technic.cli.options import JsonLines, Patience, ServerUrl, SortBy, server_url

EXAMPLES = """
technic start --preset oversold
technic start --preset golden_cross --tag nightly --watch
technic results "$(technic start --preset oversold --watch)"
"""
CODES = """
0    started; with --watch: completed
1    refused, or no server answers; with --watch: failed or cancelled
2    usage: an option cannot be used
130  left with Ctrl-C; a scan that was started goes on
"""


def start(
    *,
    symbols: asking.Symbols = None,
    sectors: asking.Sectors = None,
    industries: asking.Industries = None,
    max_symbols: asking.MaxSymbols = None,
    as_of: asking.AsOf = None,
    lookback_bars: asking.LookbackBars = None,
    deadline_seconds: asking.DeadlineSeconds = None,
    preset: asking.Preset = None,
    filters: asking.Filters = None,
    min_tech_rating: asking.MinTechRating = None,
    sort_by: SortBy = None,
    ascending: asking.Ascending = False,
    limit: asking.Limit = None,
    account_size: asking.AccountSize = None,
    risk_pct: asking.RiskPct = None,
    target_rr: asking.TargetRr = None,
    allow_shorts: asking.AllowShorts = False,
    priority: Annotated[
        int | None, typer.Option(metavar="N", min=0, max=9, help="0 to 9; 9 goes first. 5.")
    ] = None,
    tags: Annotated[
        list[str] | None, typer.Option("--tag", metavar="WORD", help="A word of yours; may be repeated.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", metavar="", help="Compute anew what the server has.")
    ] = False,
    key: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Started once, however often it is asked with this key."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", metavar="", help="Show it on stderr until it has ended.")
    ] = False,
    as_json: JsonLines = False,
    patience: Patience = 60.0,
    url: ServerUrl = None,
) -> None:
    """Start a scan on a running server, and print its id.

    The id alone goes to stdout, so that it can be given to another command; with --watch once the scan has
    ended.
    """
    asked = asking.asked_of(locals())
    from technic.cli import starting  # noqa: PLC0415 - keeps `technic --help` quick

    how = starting.How(key=key, watch=watch, as_json=as_json, patience_seconds=patience)
    raise typer.Exit(starting.start(server_url(url), asked, how))
