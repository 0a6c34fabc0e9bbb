"""All presets that can be asked for: the built-in ones, and those of the settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from technic.config.presets import PresetSettings
from technic.config.settings import Settings
from technic.errors import Fault, SettingsError
from technic.scanner.fields import BY_NAME, NAMES, nearest
from technic.scanner.filter_parsing import parse_filters
from technic.scanner.filters import to_json
from technic.scanner.presets import PRESETS, Preset


def known_presets(settings: Settings) -> Mapping[str, Preset]:
    """The presets by name, the built-in ones first.

    Raises:
        SettingsError: It names every fault of every preset of one's own.
    """
    faults = [
        f"presets.{name}{fault.pointer.replace('/', '.')}: {fault.detail.rstrip('.')}"
        for name, said in settings.presets.items()
        for fault in _faults(name, said)
    ]
    if faults:
        raise SettingsError("; ".join(faults), suggestion="Correct the preset; GET /fields lists the fields.")
    return {**PRESETS, **{name: _preset(name, said) for name, said in settings.presets.items()}}


def _faults(name: str, said: PresetSettings) -> Iterator[Fault]:
    if name in PRESETS:
        yield Fault("", "is the name of a built-in preset; choose another one")
    yield from parse_filters(said.filters, "/filters")[1]
    if said.sort_by is not None and said.sort_by not in BY_NAME:
        near = nearest(said.sort_by, NAMES)
        hint = f"; did you mean {near!r}?" if near else ""
        yield Fault("/sort_by", f"{said.sort_by[:60]!r} is not a field{hint}")


def _preset(name: str, said: PresetSettings) -> Preset:
    """Its filters as objects, however they were written: users copy and change what GET /presets shows."""
    return Preset(
        name,
        said.title or name.replace("_", " ").capitalize(),
        said.description,
        tuple(to_json(condition) for condition in parse_filters(said.filters)[0]),
        said.sort_by,
        said.descending,
        said.limit,
    )
