"""What a scan can be asked for on the command line: the options of `technic scan` and `technic start`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from technic.cli.completion import complete_presets, complete_sectors

_WHAT = "What to scan"
_ROWS = "Which rows"
_PLAN = "Trade plan"


def _what(*names: str, help: str, metavar: str = "", **more: Any) -> Any:  # noqa: A002 - typer's own word
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=_WHAT, **more)


def _rows(*names: str, help: str, metavar: str = "", **more: Any) -> Any:  # noqa: A002 - typer's own word
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=_ROWS, **more)


def _plan(*names: str, help: str, metavar: str = "") -> Any:  # noqa: A002 - typer's own word
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=_PLAN)


Symbols = Annotated[str | None, _what(metavar="A,B", help="These symbols only.")]
Sectors = Annotated[
    str | None,
    _what(metavar="A,B", help="Symbols of these sectors only.", autocompletion=complete_sectors),
]
Industries = Annotated[str | None, _what(metavar="A,B", help="Symbols of these industries only.")]
MaxSymbols = Annotated[int | None, _what(metavar="N", help="How many symbols at most.")]
AsOf = Annotated[str | None, _what(metavar="DATE", help="The market as it was: 2018-02-07.")]
LookbackBars = Annotated[int | None, _what(metavar="N", help="Bars used of each symbol; 600. 0 for all.")]
DeadlineSeconds = Annotated[float | None, _what(metavar="S", help="Give up after so long.")]
Preset = Annotated[
    str | None,
    _rows(metavar="NAME", help="A named filter: oversold, golden_cross …", autocompletion=complete_presets),
]
Filters = Annotated[
    list[str] | None,
    _rows("--filter", metavar="'rsi < 30'", help="Keep rows that meet this; may be repeated."),
]
MinTechRating = Annotated[
    float | None, _rows(metavar="R", help="Least rating, -100 to 100; Buy lies above 10.")
]
Ascending = Annotated[bool, _rows("--ascending", help="Lowest first.")]
Limit = Annotated[int | None, _rows(metavar="N", help="How many rows; 25 in a table, else all that passed.")]
AccountSize = Annotated[float | None, _plan(metavar="$", help="The account; 10000.")]
RiskPct = Annotated[float | None, _plan(metavar="%", help="Of it, to risk in one trade; 1.")]
TargetRr = Annotated[float | None, _plan(metavar="R", help="Reward for each dollar risked; 2.")]
AllowShorts = Annotated[bool, _plan("--allow-shorts", help="Plan for Sell and Strong Sell too.")]

_LISTS = ("symbols", "sectors", "industries")
_AS_THEY_ARE = (
    "max_symbols", "as_of", "lookback_bars", "deadline_seconds", "preset", "filters", "min_tech_rating",
    "sort_by", "limit", "account_size", "risk_pct", "target_rr", "priority", "tags",
)  # fmt: skip


def asked_of(said: Mapping[str, Any]) -> dict[str, Any]:
    """The request that the options of a command say, by field, as far as they say any.

    Args:
        said: The command's parameters by name, others among them; filters as texts.
    """
    body = {name: said.get(name) for name in _AS_THEY_ARE}
    body |= {name: _listed(said.get(name)) for name in _LISTS}
    body |= {
        "descending": False if said.get("ascending") else None,
        "allow_shorts": said.get("allow_shorts") or None,
        "fresh": said.get("fresh") or None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _listed(text: str | None) -> list[str] | None:
    """`A, B` as the list that it stands for."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]
