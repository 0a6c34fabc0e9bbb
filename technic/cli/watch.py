"""`technic watch`: scans of a running server, live."""

from __future__ import annotations

from typing import Annotated

import typer

from technic.cli.options import JsonLines, Patience, ScanIds, ServerUrl, server_url

EXAMPLES = """
technic watch                       all scans, until Ctrl-C
technic watch f90d09e5 078a92d9     two of them, until both have ended
technic watch --until-idle --json   for scripts: JSON lines on stdout
"""
CODES = """
0    all completed
1    one failed, was cancelled or is not known; or no server answers
2    usage
130  left with Ctrl-C
"""


def watch(
    *,
    scan_ids: ScanIds = None,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", metavar="", help="Leave once no scan goes on.")
    ] = False,
    as_json: JsonLines = False,
    patience: Patience = 60.0,
    url: ServerUrl = None,
) -> None:
    """Show scans of a running server, live.

    Those that are named until they have ended; without a name all, those to come too, until Ctrl-C. It goes
    on through a restart of the server. Ctrl-C leaves; it cancels nothing.
    """
    if until_idle and scan_ids:
        raise typer.BadParameter("is about all scans; name none", param_hint="--until-idle")
    from technic.cli import watching  # noqa: PLC0415 - keeps `technic --help` quick

    raise typer.Exit(
        watching.watch(
            server_url(url),
            scan_ids or (),
            as_json=as_json,
            until_idle=until_idle,
            patience_seconds=patience,
        )
    )
