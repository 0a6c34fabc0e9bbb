"""`technic report`: one scan of a running server as one page that works without it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from technic.cli.options import ScanId, ServerUrl

CHARTS_MOST = 24
ROWS_MOST = 5_000

EXAMPLES = """
technic report f90d09e5
technic report f90d09e5 --output friday.html --charts 8 --rows 500
"""
CODES = """
0    written
1    the scan is not known or has not ended; or no server answers; or the file cannot be written
2    usage; or the file is there and is no report
"""


def report(
    scan_id: ScanId,
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The page; scan-SCAN_ID.html by default."),
    ] = None,
    charts: Annotated[
        int, typer.Option(metavar="N", min=0, max=CHARTS_MOST, help="Candles of the best N rows.")
    ] = 4,
    rows: Annotated[
        int, typer.Option(metavar="N", min=1, max=ROWS_MOST, help="Rows in the table at most.")
    ] = 200,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Write over a file that is no report.")
    ] = False,
    url: ServerUrl = None,
) -> None:
    """Write one HTML page of a scan: plots, rows, plans, failures.

    The page opens without a server or a network. A report may be written over; any other file
    only with --force.
    """
    from technic.cli.reporting import command  # noqa: PLC0415 - keeps `technic --help` quick

    command.write_report(scan_id, url, output, charts=charts, rows=rows, force=force)
