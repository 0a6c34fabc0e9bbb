"""One symbol looked at: by a server, or by an engine of this process; and written as it was asked for."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from technic.app import open_engine
from technic.cli.forms import Form
from technic.cli.options import server_url
from technic.cli.output import destination, print_to, put
from technic.cli.places import check_places
from technic.cli.remote import connected
from technic.cli.scanning import on_its_own, quiet_logs
from technic.cli.sheets import sheet
from technic.cli.symbol_page import symbol_page
from technic.config.loader import LoadedSettings
from technic.engine.inspection import Look
from technic.http.encoding import json_bytes
from technic.scanner.request import parse_request

_BAR = ("date", "open", "high", "low", "close", "volume")
_DRAWN = "⣿─┼●"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look at.

    Attributes:
        symbol: Which.
        asked: Of a request by field: the bars that are rated, the figures of the trade plan.
        bars: So many of the newest bars are drawn.
        ascii_only: Whether with plain ASCII alone.
    """

    symbol: str
    asked: Mapping[str, Any]
    bars: int
    ascii_only: bool


def inspect(
    where: LoadedSettings | str | None, wanted: Wanted, form: Form | None, output: Path | None
) -> None:
    """Write why a symbol has its rating.

    Args:
        where: A server's url, None for the one that the settings name; or settings for an engine of our own.
        wanted: Which symbol.
        form: How it is written; a form of rows alone has its bars.
        output: The file; None for stdout.

    Raises:
        TechnicError: It is not known, or cannot be rated or written.
        typer.BadParameter: The symbol, the url or the file cannot be meant.
    """
    if not wanted.symbol.strip():
        raise typer.BadParameter("it is empty; name one, like SIM0001", param_hint="SYMBOL")
    to = destination(form, output)
    report = asyncio.run(
        _by_ourselves(where, wanted)
        if isinstance(where, LoadedSettings)
        else _asked(server_url(where), wanted)
    )
    match to.form:
        case Form.TABLE:
            plain = wanted.ascii_only or not _can_draw(to.path)
            print_to(to, lambda width: symbol_page(report, width, bars=wanted.bars, ascii_only=plain))
        case Form.JSON:
            put(json_bytes(report) + b"\n", to.path)
        case _:
            put(sheet(report["bars"], _BAR, to.form), to.path)


async def _asked(url: str, wanted: Wanted) -> Mapping[str, Any]:
    async with connected(url) as client:
        return await client.symbol(wanted.symbol, **wanted.asked)


async def _by_ourselves(loaded: LoadedSettings, wanted: Wanted) -> Mapping[str, Any]:
    request = parse_request(wanted.asked, today=datetime.now(UTC).date())
    check_places(loaded.settings)
    quiet_logs(loaded)
    async with open_engine(on_its_own(loaded.settings)) as engine:
        return await engine.inspect(Look(wanted.symbol, request))


def _can_draw(path: Path | None) -> bool:
    """Whether what the chart is drawn with can be written; a file is UTF-8."""
    if path is not None:
        return True
    try:
        _DRAWN.encode(sys.stdout.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
