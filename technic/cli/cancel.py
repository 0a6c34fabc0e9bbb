"""`technic cancel`: stop scans on a running server."""

from __future__ import annotations

from typing import Annotated

import typer

from technic.cli.options import Patience, ScanIds, ServerUrl, server_url

EXAMPLES = """
technic cancel f90d09e5
technic cancel f90d09e5 078a92d9 --wait
technic cancel --all --yes
"""
CODES = """
0    each was asked to stop, or had ended before
1    one is not known, or no server answers
2    usage
130  Ctrl-C
"""


def cancel(
    *,
    scan_ids: ScanIds = None,
    everything: Annotated[
        bool, typer.Option("--all", metavar="", help="All that go on; asks before it does on a terminal.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", metavar="", help="Do not ask.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", metavar="", help="Wait until they have stopped, and show it.")
    ] = False,
    patience: Patience = 60.0,
    url: ServerUrl = None,
) -> None:
    """Stop scans on a running server; what they found is kept.

    Says of each what happened to it. A scan stops within one unit of work; --wait waits for that.
    """
    if bool(scan_ids) == everything:
        raise typer.BadParameter("name scans, or --all; one of the two", param_hint="SCAN_ID")
    from technic.cli import cancelling  # noqa: PLC0415 - keeps `technic --help` quick

    code = cancelling.cancel(server_url(url), scan_ids or (), yes=yes, wait=wait, patience_seconds=patience)
    raise typer.Exit(code)
