"""Settings from the three places where people write them, and which place each came from.

    technic.toml  <  environment TECHNIC_SECTION__KEY  <  command line

Each place becomes one flat layer of dotted keys, so that the later one wins key by key and every value
remembers who said it. pydantic does the reading of the values themselves. (pydantic-settings would merge
the layers too, but tells neither where a value came from nor that a variable sets nothing.)
"""

from __future__ import annotations

import errno
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from technic.config.keys import (
    ENVIRONMENT_PREFIX,
    environment_name,
    flatten,
    is_secret,
    is_section,
    key_of,
    known_keys,
    nearest,
    nest,
)
from technic.config.plain_files import open_plain
from technic.config.settings import Settings
from technic.errors import SettingsError

DEFAULT_FILE = Path("technic.toml")
DEFAULT_ORIGIN = "default"

_MOST_FILE_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings in force.

    Attributes:
        settings: All of them, valid.
        origins: For every dotted key, where its value comes from: `default`, the file's name,
            `environment TECHNIC_...` or `command line`.
    """

    settings: Settings
    origins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Said:
    """A value as somebody wrote it, and where."""

    value: Any
    origin: str


def load_settings(
    config_file: Path | None = None, overrides: Mapping[str, Any] | None = None
) -> LoadedSettings:
    """Read all three places; the later one wins, key by key.

    Args:
        config_file: The file to read instead of the working folder's technic.toml; it must exist.
        overrides: What the command line says, by dotted key (`server.port`); None says nothing.

    Raises:
        SettingsError: The file cannot be read, or a key is unknown, or a value cannot be used; one
            sentence names every key, who said it, and what would do.
    """
    said = _from_file(config_file) | _from_environment(os.environ) | _from_command_line(overrides or {})
    _refuse_unknown(said)
    settings = _validated(said)
    origins = {key: said[key].origin if key in said else DEFAULT_ORIGIN for key in known_keys()}
    return LoadedSettings(settings, origins)


def _from_file(config_file: Path | None) -> dict[str, _Said]:
    """What the file says; nothing where none was asked for and none is there."""
    path = config_file or DEFAULT_FILE
    try:
        tables = tomllib.loads(_text_of(path))
    except FileNotFoundError as error:
        if config_file is None:
            return {}
        raise SettingsError(
            f"the configuration file {path} does not exist", suggestion="Check the path given with --config."
        ) from error
    except OSError as error:
        raise SettingsError(
            f"the configuration file {path} cannot be read: {error.strerror}",
            suggestion="Name a plain file of at most 1 MiB that this user may read.",
        ) from error
    except (ValueError, RecursionError) as error:  # not TOML, not even UTF-8, or nested beyond reason
        raise SettingsError(
            f"the configuration file {path} is not valid TOML: {error}",
            suggestion='Each line is `key = value`, texts in quotes; a section starts with "[server]".',
        ) from error
    return {key: _Said(value, str(path)) for key, value in flatten(tables, whole=known_keys()).items()}


def _text_of(path: Path) -> str:
    with open_plain(path) as file:
        content = file.read(_MOST_FILE_BYTES + 1)
    if len(content) > _MOST_FILE_BYTES:
        raise OSError(errno.EFBIG, "it is larger than 1 MiB", str(path))
    return content.decode()


def _from_environment(environment: Mapping[str, str]) -> dict[str, _Said]:
    """What the environment says; an empty variable says nothing, as containers set them by the dozen."""
    return {
        key_of(name): _Said(value, f"environment {name}")
        for name, value in environment.items()
        if name.upper().startswith(ENVIRONMENT_PREFIX) and value.strip()
    }


def _from_command_line(overrides: Mapping[str, Any]) -> dict[str, _Said]:
    return {key: _Said(value, "command line") for key, value in overrides.items() if value is not None}


def _refuse_unknown(said: Mapping[str, _Said]) -> None:
    unknown = [_unknown(key, entry) for key, entry in said.items() if key not in known_keys()]
    if unknown:
        raise SettingsError(
            "; ".join(unknown), suggestion="Correct or remove it; `technic config` lists every key."
        )


def _unknown(key: str, entry: _Said) -> str:
    """One sentence about a key that sets nothing."""
    from_environment = entry.origin.startswith("environment ")
    spelled = environment_name if from_environment else str
    where = (
        f"{spelled(key)} ({entry.origin.partition(' ')[0]})"
        if from_environment
        else f"{key} ({entry.origin})"
    )
    if is_section(key):
        first = next(known for known in known_keys() if known.startswith(f"{key}."))
        return f"{where} is a section, not a setting; set a key of it, such as {spelled(first)}"
    meant = nearest(key)
    return f"{where} is not a setting" + (f"; did you mean {spelled(meant)}?" if meant else "")


def _validated(said: Mapping[str, _Said]) -> Settings:
    try:
        return Settings.model_validate(nest({key: entry.value for key, entry in said.items()}))
    except ValidationError as error:
        faults = [_fault(fault, said) for fault in error.errors(include_url=False, include_context=False)]
    raise SettingsError("; ".join(faults), suggestion="Correct it in the place that the brackets name.")


def _fault(fault: ErrorDetails, said: Mapping[str, _Said]) -> str:
    """One sentence about a value that cannot be used: its key, its origin, what is allowed."""
    path = ".".join(str(part) for part in fault["loc"])
    key = next((key for key in said if path == key or path.startswith(f"{key}.")), None)
    if key is None:
        return fault["msg"]
    allowed = fault["msg"][:1].lower() + fault["msg"][1:]
    if isinstance(said[key].value, Mapping):  # a table of the user's own names: say where in it
        return f"{path.removesuffix('.[key]')} ({said[key].origin}): {allowed}"
    value = "(hidden)" if is_secret(key) else repr(said[key].value)
    return f"{key} = {value} ({said[key].origin}): {allowed}"
