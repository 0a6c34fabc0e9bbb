"""The options that more than one command takes, and the settings that they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from technic.cli.completion import complete_fields, complete_scans
from technic.cli.forms import Form

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
    typer.Option(
        metavar="NAME",
        help="Where bars come from: simulated, files, or an installed source.",
        rich_help_panel=_SETTINGS,
    ),
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
ServerUrl = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        help="The server; by default client.url, or what server.host and server.port name.",
        rich_help_panel=_SETTINGS,
    ),
]
ScanIds = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SCAN_ID ...",
        help="Their ids; how they begin will do.",
        show_default=False,
        autocompletion=complete_scans,
    ),
]
ScanId = Annotated[
    str,
    typer.Argument(metavar="SCAN_ID", help="Its id; how it begins will do.", autocompletion=complete_scans),
]
SortBy = Annotated[
    str | None,
    typer.Option(metavar="FIELD", help="Order of the rows; tech_rating.", autocompletion=complete_fields),
]
Format = Annotated[
    Form | None, typer.Option("--format", help="How to write them; by the file's name, else a table.")
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write them here, not to stdout.")
]
JsonLines = Annotated[
    bool, typer.Option("--json", metavar="", help="Progress as JSON, an object a line, for scripts.")
]
Patience = Annotated[
    float,
    typer.Option(
        metavar="S", min=0, max=86_400, help="How long the server may be away.", rich_help_panel=_SETTINGS
    ),
]

_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what a server listens on, not we
_USUAL_PORT = 8000


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


def server_url(said: str | None) -> str:
    """The server that a command talks to: as was said, else as the settings have it. Raises SettingsError."""
    if said is not None:
        return said
    settings = settings_from(None).settings
    if settings.client.url is not None:
        return settings.client.url
    host = _EVERY_ADDRESS.get(settings.server.host, settings.server.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.server.port or _USUAL_PORT}"
