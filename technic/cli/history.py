"""`technic history`: the scans of a running server that have ended, and figures over them."""

from __future__ import annotations

from typing import Annotated

import typer

from technic.cli.forms import Ending, Listing
from technic.cli.options import ServerUrl

_MOST = 10_000


def history(
    *,
    url: ServerUrl = "http://127.0.0.1:8000",
    status: Annotated[
        list[Ending] | None, typer.Option(help="Only those that ended so; may be repeated.")
    ] = None,
    tag: Annotated[str | None, typer.Option(metavar="WORD", help="Only those with this tag.")] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="7d|DATE", help="Only those that ended since: 30m, 12h, 7d, 2w."),
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=_MOST, help="How many at most.")] = 20,
    stats: Annotated[
        bool, typer.Option("--stats", metavar="", help="Figures over all of them instead.")
    ] = False,
    form: Annotated[Listing, typer.Option("--format", help="How to write them.")] = Listing.TABLE,
) -> None:
    """List the scans of a running server that have ended, newest first.

    With --stats: how many ended how, how long they took, and what failed most.
    """
    from technic.cli import looking_back  # noqa: PLC0415 - keeps `technic --help` quick

    if stats and (status or tag is not None or form is Listing.CSV):
        raise typer.BadParameter("goes with --since alone, as a table or as json", param_hint="--stats")
    if stats:
        looking_back.show_statistics(url, since, form)
    else:
        named = {"status": ",".join(status or ()), "tag": tag or ""}
        looking_back.show_history(url, named, since, limit, form)
