"""What was asked for, and of which source, <-> JSON texts: a person can read them in the database."""

from __future__ import annotations

from datetime import date
from typing import Any

from technic.engine.codec.packing import from_json, to_json
from technic.scanner.presets import PRESETS, preset_of
from technic.scanner.request import ScanRequest, parse_request
from technic.scanner.units import SourceSpec

_OWN_PRESET = "own_preset"
"""Beside the request's fields: its preset where that is not built in; the settings may change or lose it."""


def encode_request(request: ScanRequest) -> str:
    """A request as a text."""
    own = request.own_preset
    return to_json({**request.as_json(), **({_OWN_PRESET: own} if own else {})})


def decode_request(text: str) -> ScanRequest:
    """A request from a text; its `as_of` was judged when it was made, by that day's clock.

    Raises:
        RecordDamaged: It is damaged, or asks for what this program does not know.
    """
    return from_json("request", text, _request)


def decode_asked(text: str) -> dict[str, Any]:
    """The JSON values of a request alone.

    Raises:
        RecordDamaged: It is damaged.
    """
    return from_json("request", text, lambda value: _parted(value)[0])


def _request(value: Any) -> ScanRequest:
    asked, own = _parted(value)
    presets = PRESETS if own is None else {own["name"]: preset_of(own)}
    return parse_request(asked, today=date.max, presets=presets)


def _parted(value: Any) -> tuple[dict[str, Any], Any]:
    """The request's fields, and its preset's definition."""
    asked = {**value}
    return asked, asked.pop(_OWN_PRESET, None)


def encode_source(source: SourceSpec) -> str:
    """A source as a text."""
    return to_json([source.name, dict(source.options), source.version])


def decode_source(text: str) -> SourceSpec:
    """A source from a text.

    Raises:
        RecordDamaged: It is damaged.
    """
    return from_json("source", text, lambda value: SourceSpec(*value))
