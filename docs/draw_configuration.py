"""Draws docs/configuration.md from the models in technic/config/settings.py.

Run it after a setting has changed: `.venv/bin/python docs/draw_configuration.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel

from technic.config.keys import known_keys
from technic.config.presets import PresetSettings
from technic.config.settings import Section, Settings

PAGE = Path(__file__).with_name("configuration.md")

INTRODUCTION = """\
# Configuration

Drawn by `docs/draw_configuration.py` from the models in `technic/config/settings.py`; a test holds the two
together. Everything has a default: with no configuration at all technic scans its built-in market and serves
on loopback.

## Three places

Each setting has one dotted key, and three places may say what it is. The later one wins, key by key:

    technic.toml   <   environment   <   command line

| place | how the key `sources.simulated.symbols` is set there |
|---|---|
| `technic.toml` here, or the file of `--config` | `[sources.simulated]`, under it `symbols = 20000` |
| environment | `TECHNIC_SOURCES__SIMULATED__SYMBOLS=20000`; a dot is two underscores |
| command line | only the most common ones have an option: see `technic serve --help` |

- A list is JSON or comma-separated in the environment: `TECHNIC_SERVER__ALLOWED_ORIGINS=https://a.example,https://b.example`.
- An empty environment variable says nothing.
- An unknown key, also an environment variable that begins with `TECHNIC_` and sets nothing, is an error that
  names the nearest known key. A value that cannot be used is an error that names the key, who said it and
  what is allowed.
- `technic config` prints every setting in force and where it comes from; with `--json` as one object.

A file that sets a few:

```toml
data_dir = "/srv/technic"
source = "files"

[server]
port = 8080
allowed_origins = ["https://app.example"]

[engine]
workers = 4

[sources.files]
path = "/srv/bars"
```
"""

HEAD = "| setting | default | allowed | meaning |\n|---|---|---|---|"
PRESETS = (
    "A name is a letter and then letters, digits and underscores, all small."
    " [How they are used](howto/own-presets.md)."
)

FOUND_AT_START = {
    "data_dir": "the user's data folder; on Linux `~/.local/share/technic`",
    "engine.workers": "one a processor that the process may use",
}
"""Defaults that depend on the machine."""


def page() -> str:
    """The whole page."""
    sections = groupby(known_keys(), key=lambda key: key.rpartition(".")[0])
    tables = [_section(name, list(keys)) for name, keys in sections]
    return "".join([INTRODUCTION, tables[0], _presets(), *tables[1:]])


def _presets() -> str:
    """The keys of a preset of one's own."""
    rows = "\n".join(_line(name, name, PresetSettings) for name in PresetSettings.model_fields)
    words = f"{inspect.getdoc(PresetSettings)} {PRESETS}"
    return f"\n## [presets.NAME]\n\n{words}\n\n{HEAD}\n{rows}\n"


def _section(name: str, keys: list[str]) -> str:
    """One table of settings, under its name and what its model says of itself."""
    model = _model(name)
    title, words = (f"[{name}]", inspect.getdoc(model)) if name else ("At the top", "Outside any section.")
    rows = "\n".join(_line(key, key.rpartition(".")[2], model) for key in keys)
    return f"\n## {title}\n\n{words}\n\n{HEAD}\n{rows}\n"


def _model(name: str) -> type[Section]:
    """The model of a section, by its dotted name."""
    model: Any = Settings
    for part in filter(None, name.split(".")):
        model = model.model_fields[part].annotation
    found: type[Section] = model
    return found


def _line(key: str, name: str, model: type[BaseModel]) -> str:
    field = model.model_fields[name]
    default = FOUND_AT_START[key] if field.default_factory else _default(field.default)
    allowed = ", ".join(_allowed(model, name))
    return f"| `{key}` | {default} | {allowed} | {field.description} |"


def _default(value: Any) -> str:
    if value in (None, "") or value in ((), [], {}):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _allowed(model: type[BaseModel], name: str) -> Iterator[str]:
    """What a value may be, in words, from the JSON schema of the field."""
    schema = model.model_json_schema()["properties"][name]
    schema = schema.get("anyOf", [schema])[0]
    if "enum" in schema or "const" in schema:
        yield " or ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
        return
    yield _KINDS[schema.get("format", schema["type"])]
    bounds = _bounds(model, name)
    if bounds:
        yield bounds
    if "multipleOf" in schema:
        yield f"a multiple of {schema['multipleOf']}"


def _bounds(model: type[BaseModel], name: str) -> str:
    """The narrowest bounds of a number; a kind of number and the field itself may both set some."""
    rules: list[Any] = model.model_fields[name].metadata
    lowest = [f"{rule.ge:,}" for rule in rules if isinstance(rule, Ge)]
    lowest += [f"above {rule.gt:,}" for rule in rules if isinstance(rule, Gt)]
    most: list[Any] = [rule.le for rule in rules if isinstance(rule, Le)]
    highest = min([*most, _BOUNDLESS])
    if not lowest:
        return ""
    return f"{lowest[-1]} and more" if highest >= _BOUNDLESS else f"{lowest[-1]} to {highest:,}"


_KINDS = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "`true` or `false`",
    "array": "list",
    "object": "tables",
    "path": "path",
    "date": "day, `2026-01-31`",
}
_BOUNDLESS = 2**53


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
