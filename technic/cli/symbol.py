"""`technic symbol`: why one symbol has its rating."""

from __future__ import annotations

from typing import Annotated

import typer

from technic.cli import asking
from technic.cli.completion import complete_symbols
from technic.cli.options import (
    BarsFolder,
    ConfigFile,
    DataDir,
    Format,
    Output,
    ServerUrl,
    Source,
    settings_from,
)

EXAMPLES = """
technic symbol SIM0001
technic symbol AAPL --bars 250
technic symbol AAPL --as-of 2018-02-07 --data ~/bars
technic symbol SIM0001 --format json
technic symbol SIM0001 --output bars.csv
"""
CODES = """
0    shown
1    the symbol is not known or cannot be rated; or no server answers
2    usage
"""


def symbol(
    *,
    name: Annotated[str, typer.Argument(metavar="SYMBOL", help="Which.", autocompletion=complete_symbols)],
    bars: Annotated[int, typer.Option("--bars", metavar="N", min=2, max=5000, help="Days drawn.")] = 120,
    as_of: asking.AsOf = None,
    lookback_bars: asking.LookbackBars = None,
    account_size: asking.AccountSize = None,
    risk_pct: asking.RiskPct = None,
    target_rr: asking.TargetRr = None,
    allow_shorts: asking.AllowShorts = False,
    ascii_only: Annotated[
        bool, typer.Option("--ascii", metavar="", help="Draw with plain ASCII characters.")
    ] = False,
    form: Format = None,
    output: Output = None,
    url: ServerUrl = None,
    source: Source = None,
    bars_folder: BarsFolder = None,
    config_file: ConfigFile = None,
    data_dir: DataDir = None,
) -> None:
    """Show why a symbol has its rating.

    Its prices as a small chart, the 26 votes, the plan for a trade. It asks a running server; with --source
    or --data it looks at the bars itself, without one. As json all that is known, else the bars.
    """
    asked = asking.asked_of(locals())
    from technic.cli import inspecting  # noqa: PLC0415 - keeps `technic --help` quick

    local = source is not None or bars_folder is not None
    if local and url is not None:
        raise typer.BadParameter("asks a server; leave out --source and --data", param_hint="--url")
    loaded = settings_from(config_file, source=source, bars=bars_folder, data_dir=data_dir)
    wanted = inspecting.Wanted(name, asked, bars=bars, ascii_only=ascii_only)
    inspecting.inspect(loaded if local else url, wanted, form, output)
