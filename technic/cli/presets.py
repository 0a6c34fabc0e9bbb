"""`technic presets`: the named filters, built-in ones and those of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from technic.cli.completion import complete_presets
from technic.cli.options import ConfigFile, settings_from
from technic.cli.vocabulary import naming, show

if TYPE_CHECKING:
    from technic.scanner.presets import Preset

EXAMPLES = """
technic presets
technic presets oversold trend_template
technic presets --json
"""
CODES = """
0    printed
2    usage: there is no such preset, or a setting cannot be used
"""


def presets(
    *,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="These only.", autocompletion=complete_presets),
    ] = None,
    config_file: ConfigFile = None,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="Print one JSON array.")] = False,
) -> None:
    """List the named filters that --preset takes.

    Each with what it finds and the conditions that it stands for. Your own come from [presets.NAME] in
    technic.toml.
    """
    from dataclasses import asdict  # noqa: PLC0415 - keeps `technic --help` quick

    from technic.scanner.own_presets import known_presets  # noqa: PLC0415

    known = known_presets(settings_from(config_file).settings)
    told = [known[name] for name in naming(names or [], tuple(known), "preset")]
    lines = [(preset.name, "\n".join([preset.description, *_asked(preset), ""])) for preset in told]
    show(("preset", "what it finds"), lines, [asdict(preset) for preset in told], as_json=as_json)


def _asked(preset: Preset) -> list[str]:
    """Its conditions, its order and its limit, a line each."""
    order = f"{preset.sort_by}, {'highest' if preset.descending else 'lowest'} first"
    return [
        *(f"  {condition}" for condition in preset.conditions),
        *([] if preset.sort_by is None else [f"  by {order}"]),
        *([] if preset.limit is None else [f"  {preset.limit} rows at most"]),
    ]
