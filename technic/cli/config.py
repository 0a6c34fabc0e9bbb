"""`technic config`: the settings in force and where each comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from technic.cli.options import BarsFolder, ConfigFile, DataDir, Source, Workers, settings_from

if TYPE_CHECKING:
    from rich.table import Table

    from technic.config.loader import LoadedSettings

EXAMPLES = """
technic config
technic config --json
TECHNIC_SERVER__PORT=9000 technic config
"""
CODES = """
0    printed
2    usage: a setting cannot be used; says which and who said it
"""


def config(
    *,
    config_file: ConfigFile = None,
    source: Source = None,
    bars: BarsFolder = None,
    data_dir: DataDir = None,
    workers: Workers = None,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="Print one JSON object.")] = False,
) -> None:
    """Print the settings in force and where each comes from.

    technic.toml < environment TECHNIC_SECTION__KEY < command line. Secrets are never printed.
    """
    import orjson  # noqa: PLC0415 - keeps `technic --help` quick
    from rich.console import Console  # noqa: PLC0415

    loaded = settings_from(config_file, source=source, bars=bars, data_dir=data_dir, workers=workers)
    if as_json:
        typer.echo(orjson.dumps(described(loaded), option=orjson.OPT_INDENT_2))
    else:
        Console(soft_wrap=True).print(_table(loaded))


def described(loaded: LoadedSettings) -> dict[str, dict[str, Any]]:
    """Every setting by its key: value, origin, description and the environment variable that sets it."""
    from technic.config.keys import environment_name, known_keys, value_of  # noqa: PLC0415

    return {
        key: {
            "value": _plain(value_of(loaded.settings, key)),
            "origin": loaded.origins[key],
            "environment": environment_name(key),
            "description": field.description,
        }
        for key, field in known_keys().items()
    }


def _plain(value: Any) -> Any:
    """A value as JSON; a secret's text is its mask, a path's or a day's the usual one."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if hasattr(value, "model_dump"):  # a table of its own
        return value.model_dump(mode="json", exclude_unset=True)
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()} or None
    return [_plain(part) for part in value] if isinstance(value, tuple) else str(value)


def _table(loaded: LoadedSettings) -> Table:
    """One line a setting; what somebody set stands out from the defaults."""
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table("setting", "value", "from", box=None, pad_edge=False, header_style="bold")
    for key, entry in described(loaded).items():
        style = "dim" if entry["origin"] == "default" else "bold"
        value = "" if entry["value"] is None else str(entry["value"])
        table.add_row(key, escape(value), escape(entry["origin"]), style=style)
    return table
