"""`technic scan`: one scan in this process."""

from __future__ import annotations

import typer

from technic.cli import asking
from technic.cli.options import (
    BarsFolder,
    ConfigFile,
    DataDir,
    Format,
    JsonLines,
    Output,
    SortBy,
    Source,
    Workers,
    settings_from,
)

EXAMPLES = """
technic scan --preset oversold
technic scan --filter 'rsi < 40' --filter 'close > sma200' --sectors Energy,Utilities
technic scan --preset breakout_20d --output breakouts.csv
technic scan --data ~/bars --format json --json > result.json 2> progress.jsonl
"""
CODES = """
0    done, also where no row passed
1    failed; stderr says why and what to do
2    usage: an option or a setting cannot be used
130  stopped with Ctrl-C; what was found is written
"""


def scan(
    *,
    symbols: asking.Symbols = None,
    sectors: asking.Sectors = None,
    industries: asking.Industries = None,
    max_symbols: asking.MaxSymbols = None,
    as_of: asking.AsOf = None,
    lookback_bars: asking.LookbackBars = None,
    deadline_seconds: asking.DeadlineSeconds = None,
    preset: asking.Preset = None,
    filters: asking.Filters = None,
    min_tech_rating: asking.MinTechRating = None,
    sort_by: SortBy = None,
    ascending: asking.Ascending = False,
    limit: asking.Limit = None,
    account_size: asking.AccountSize = None,
    risk_pct: asking.RiskPct = None,
    target_rr: asking.TargetRr = None,
    allow_shorts: asking.AllowShorts = False,
    form: Format = None,
    output: Output = None,
    as_json: JsonLines = False,
    source: Source = None,
    bars: BarsFolder = None,
    config_file: ConfigFile = None,
    data_dir: DataDir = None,
    workers: Workers = None,
) -> None:
    """Run one scan in this process: progress on stderr, rows on stdout.

    Ctrl-C stops it and prints what was found so far; a second Ctrl-C stops at once.
    """
    asked = asking.asked_of(locals())
    from technic.cli import scanning  # noqa: PLC0415 - keeps `technic --help` quick

    loaded = settings_from(config_file, source=source, bars=bars, data_dir=data_dir, workers=workers)
    raise typer.Exit(scanning.scan(loaded, asked, form, output, as_json=as_json))
