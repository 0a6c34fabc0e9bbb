"""The options that more than one command takes, and the settings that they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from technic.config.loader import LoadedSettings

_SETTINGS = "Settings"

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Read this file instead of ./technic.toml.",
        rich_help_panel=_SETTINGS,
    ),
]
Source = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Where bars come from: simulated or files.", rich_help_panel=_SETTINGS),
]
BarsFolder = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Bars: a folder of CSV or Parquet files, or one long table.",
        rich_help_panel=_SETTINGS,
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Where technic keeps what it has fetched.", rich_help_panel=_SETTINGS),
]
Workers = Annotated[
    int | None,
    typer.Option(metavar="N", help="Worker processes; one a core by default.", rich_help_panel=_SETTINGS),
]
ServerUrl = Annotated[str, typer.Option("--url", metavar="URL", help="Where the server listens.")]


def settings_from(
    config_file: Path | None,
    *,
    source: str | None = None,
    bars: Path | None = None,
    data_dir: Path | None = None,
    workers: int | None = None,
    **more: Any,
) -> LoadedSettings:
    """The settings in force under these options; `more` by key with `__` for the dot. Raises SettingsError.

    `--data DIR` alone means the files in it; with another source named it would be silently unused.
    """
    from technic.config.loader import load_settings  # noqa: PLC0415 - keeps `technic --help` quick

    if bars is not None and source not in {None, "files"}:
        raise typer.BadParameter(f"goes with --source files, not with --source {source}", param_hint="--data")
    options = {
        "source": "files" if bars is not None else source,
        "sources.files.path": bars,
        "data_dir": data_dir,
        "engine.workers": workers,
    }
    return load_settings(config_file, options | {key.replace("__", "."): said for key, said in more.items()})
