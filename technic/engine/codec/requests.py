"""What was asked for, and of which source, <-> JSON texts: a person can read them in the database."""

from __future__ import annotations

from datetime import date
from typing import Any

from technic.engine.codec.packing import from_json, to_json
from technic.scanner.request import ScanRequest, parse_request
from technic.scanner.units import SourceSpec


def encode_request(request: ScanRequest) -> str:
    """A request as a text."""
    return to_json(request.as_json())


def decode_request(text: str) -> ScanRequest:
    """A request from a text; its `as_of` was judged when it was made, by that day's clock.

    Raises:
        RecordDamaged: It is damaged, or asks for what this program does not know.
    """
    return from_json("request", text, lambda value: parse_request(value, today=date.max))


def decode_asked(text: str) -> dict[str, Any]:
    """The JSON values of a request alone.

    Raises:
        RecordDamaged: It is damaged.
    """
    return from_json("request", text, dict)


def encode_source(source: SourceSpec) -> str:
    """A source as a text."""
    return to_json([source.name, dict(source.options), source.version])


def decode_source(text: str) -> SourceSpec:
    """A source from a text.

    Raises:
        RecordDamaged: It is damaged.
    """
    return from_json("source", text, lambda value: SourceSpec(*value))
