"""`technic results`: the rows of a scan that a server has."""

from __future__ import annotations

from typing import Annotated

import typer

from technic.cli.options import Format, Output, ScanId, ServerUrl, SortBy, server_url

EXAMPLES = """
technic results f90d09e5
technic results f90d09e5 --sort-by rsi --ascending --limit 10
technic results f90d09e5 --partial
technic results f90d09e5 --output rows.parquet
technic results f90d09e5 --format csv | head
"""
CODES = """
0    the rows were written
1    the scan failed, is not known or goes on; or no server answers
2    usage
130  Ctrl-C: nothing was written
"""


def results(
    *,
    scan_id: ScanId,
    sort_by: SortBy = None,
    ascending: Annotated[bool, typer.Option("--ascending", metavar="", help="Lowest first.")] = False,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="How many rows; 25 in a table, else all.")
    ] = None,
    offset: Annotated[int, typer.Option(metavar="N", min=0, help="How many to pass over first.")] = 0,
    partial: Annotated[
        bool, typer.Option("--partial", metavar="", help="Also of a scan that goes on: what it has found.")
    ] = False,
    form: Format = None,
    output: Output = None,
    url: ServerUrl = None,
) -> None:
    """Write the rows of a scan that a server has.

    The same tables and forms as those of technic scan. Large results come as a stream: a file is whole or not
    there at all, and a restart of the server meanwhile costs nothing but time.
    """
    if ascending and sort_by is None:
        raise typer.BadParameter("goes with --sort-by", param_hint="--ascending")
    from technic.cli import fetching  # noqa: PLC0415 - keeps `technic --help` quick

    wanted = fetching.Wanted(
        scan_id=scan_id,
        sort_by=sort_by,
        descending=not ascending,
        limit=limit,
        offset=offset,
        partial=partial,
    )
    raise typer.Exit(fetching.fetch(server_url(url), wanted, form, output))
