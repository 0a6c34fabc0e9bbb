"""What settings there are, each under one dotted key: `server.port`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from operator import attrgetter
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from technic.config.settings import Section, Settings

ENVIRONMENT_PREFIX = "TECHNIC_"


@cache
def known_keys() -> Mapping[str, FieldInfo]:
    """Every setting by its dotted key, in the order of the settings."""
    return dict(_leaves(Settings, ""))


def _leaves(section: type[Section], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in section.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            yield from _leaves(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def flatten(tree: Mapping[str, Any], prefix: str = "", whole: Collection[str] = ()) -> dict[str, Any]:
    """Nested tables as dotted keys, in order; an empty table leaves nothing behind.

    Args:
        tree: The tables.
        prefix: What stands before each key.
        whole: Keys whose values stay as they are, tables too: their names are the user's.
    """
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping) and f"{prefix}{name}" not in whole:
            flat |= flatten(value, f"{prefix}{name}.", whole)
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted keys as nested tables; no key may be the beginning of another one."""
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        *tables, name = key.split(".")
        place = tree
        for table in tables:
            place = place.setdefault(table, {})
        place[name] = value
    return tree


def value_of(settings: Settings, key: str) -> Any:
    """The value that stands under a dotted key; KeyError where there is none."""
    if key not in known_keys():
        raise KeyError(key)
    return attrgetter(key)(settings)


def is_secret(key: str) -> bool:
    """Whether a setting's value must not be shown."""
    field = known_keys().get(key)
    return field is not None and SecretStr in {field.annotation, *get_args(field.annotation)}


def is_section(key: str) -> bool:
    """Whether a key names a table of settings and not one of them."""
    return any(known.startswith(f"{key}.") for known in known_keys())


def environment_name(key: str) -> str:
    """The environment variable that sets a key: `TECHNIC_SERVER__PORT`."""
    return ENVIRONMENT_PREFIX + key.upper().replace(".", "__")


def key_of(variable: str) -> str:
    """The key that an environment variable sets."""
    return variable[len(ENVIRONMENT_PREFIX) :].lower().replace("__", ".")


def nearest(key: str) -> str | None:
    """The known key that somebody who wrote this one most likely meant."""
    keys = list(known_keys())
    same_name = [known for known in keys if known.rpartition(".")[2] == key.rpartition(".")[2]]
    close = get_close_matches(key, keys, n=1, cutoff=0.6)
    return next(iter(close or same_name), None)
