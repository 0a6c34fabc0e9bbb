"""`technic scan`: one scan in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from technic.cli.forms import Form
from technic.cli.options import BarsFolder, ConfigFile, DataDir, Source, Workers, settings_from

_WHAT = "What to scan"
_ROWS = "Which rows"
_PLAN = "Trade plan"


def _what(*names: str, help: str, metavar: str | None = None) -> Any:  # noqa: A002 - typer's own word
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=_WHAT)


def _rows(*names: str, help: str, metavar: str | None = None) -> Any:  # noqa: A002 - typer's own word
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=_ROWS)


def _plan(*names: str, help: str, metavar: str | None = None) -> Any:  # noqa: A002 - typer's own word
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=_PLAN)


def scan(
    *,
    symbols: Annotated[str | None, _what(metavar="A,B", help="These symbols only.")] = None,
    sectors: Annotated[str | None, _what(metavar="A,B", help="Symbols of these sectors only.")] = None,
    industries: Annotated[str | None, _what(metavar="A,B", help="Symbols of these industries only.")] = None,
    max_symbols: Annotated[int | None, _what(metavar="N", help="How many symbols at most.")] = None,
    as_of: Annotated[str | None, _what(metavar="DATE", help="The market as it was: 2018-02-07.")] = None,
    lookback_bars: Annotated[
        int | None, _what(metavar="N", help="Bars used of each symbol; 600. 0 for all.")
    ] = None,
    deadline_seconds: Annotated[float | None, _what(metavar="S", help="Give up after so long.")] = None,
    preset: Annotated[
        str | None, _rows(metavar="NAME", help="A named filter: oversold, golden_cross …")
    ] = None,
    filters: Annotated[
        list[str] | None,
        _rows("--filter", metavar="'rsi < 30'", help="Keep rows that meet this; may be repeated."),
    ] = None,
    min_tech_rating: Annotated[
        float | None, _rows(metavar="R", help="Least rating, -100 to 100; Buy lies above 10.")
    ] = None,
    sort_by: Annotated[str | None, _rows(metavar="FIELD", help="Order of the rows; tech_rating.")] = None,
    ascending: Annotated[bool, _rows("--ascending", metavar="", help="Lowest first.")] = False,
    limit: Annotated[
        int | None, _rows(metavar="N", help="How many rows; 25 in a table, else all that passed.")
    ] = None,
    account_size: Annotated[float | None, _plan(metavar="$", help="The account; 10000.")] = None,
    risk_pct: Annotated[float | None, _plan(metavar="%", help="Of it, to risk in one trade; 1.")] = None,
    target_rr: Annotated[float | None, _plan(metavar="R", help="Reward for each dollar risked; 2.")] = None,
    allow_shorts: Annotated[
        bool, _plan("--allow-shorts", metavar="", help="Plan for Sell and Strong Sell too.")
    ] = False,
    form: Annotated[
        Form | None, typer.Option("--format", help="How to write them; by the file's name, else a table.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write them here, not to stdout.")
    ] = None,
    source: Source = None,
    bars: BarsFolder = None,
    config_file: ConfigFile = None,
    data_dir: DataDir = None,
    workers: Workers = None,
) -> None:
    """Run one scan in this process: progress on stderr, rows on stdout.

    Ctrl-C stops it and prints what was found so far; a second Ctrl-C stops at once.
    """
    from technic.cli import scanning  # noqa: PLC0415 - keeps `technic --help` quick

    loaded = settings_from(config_file, source=source, bars=bars, data_dir=data_dir, workers=workers)
    body = {
        "symbols": _listed(symbols),
        "sectors": _listed(sectors),
        "industries": _listed(industries),
        "max_symbols": max_symbols,
        "as_of": as_of,
        "lookback_bars": lookback_bars,
        "deadline_seconds": deadline_seconds,
        "preset": preset,
        "filters": filters,
        "min_tech_rating": min_tech_rating,
        "sort_by": sort_by,
        "descending": False if ascending else None,
        "limit": limit,
        "account_size": account_size,
        "risk_pct": risk_pct,
        "target_rr": target_rr,
        "allow_shorts": allow_shorts or None,
    }
    asked = {name: said for name, said in body.items() if said is not None}
    raise typer.Exit(scanning.scan(loaded, asked, form, output))


def _listed(text: str | None) -> list[str] | None:
    """`A, B` as the list that it stands for."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]
