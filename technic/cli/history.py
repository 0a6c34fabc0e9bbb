"""`technic history`: the scans of a running server that have ended, and figures over them."""

from __future__ import annotations

from typing import Annotated

import typer

from technic.cli.completion import complete_presets
from technic.cli.forms import Ending, Form
from technic.cli.options import Format, Output, ServerUrl, server_url

_MOST = 10_000

EXAMPLES = """
technic history --since 7d --status failed
technic history --preset golden_cross --limit 200 --output scans.csv
technic history --stats --since 2026-11-01
"""
CODES = """
0    written
1    no server answers
2    usage
"""


def history(
    *,
    status: Annotated[
        list[Ending] | None, typer.Option(help="Only those that ended so; may be repeated.")
    ] = None,
    tag: Annotated[str | None, typer.Option(metavar="WORD", help="Only those with this tag.")] = None,
    preset: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only those of this preset.", autocompletion=complete_presets),
    ] = None,
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only those whose request names it: a symbol, a field.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="7d|DATE", help="Only those that ended since: 30m, 12h, 7d, 2w."),
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=_MOST, help="How many at most.")] = 20,
    stats: Annotated[
        bool, typer.Option("--stats", metavar="", help="Figures over all of them instead.")
    ] = False,
    form: Format = None,
    output: Output = None,
    url: ServerUrl = None,
) -> None:
    """List the scans of a running server that have ended, newest first.

    With --stats: how many ended how, how long they took, and what failed most.
    """
    from technic.cli import looking_back  # noqa: PLC0415 - keeps `technic --help` quick

    wanted = looking_back.Wanted(
        statuses=tuple(status or ()), tag=tag, preset=preset, text=text, since=since, limit=limit
    )
    if not stats:
        looking_back.show_history(server_url(url), wanted, form, output)
        return
    if status or {tag, preset, text} != {None} or form not in {None, Form.TABLE, Form.JSON}:
        raise typer.BadParameter("goes with --since alone, as a table or as json", param_hint="--stats")
    looking_back.show_statistics(server_url(url), since, form, output)
