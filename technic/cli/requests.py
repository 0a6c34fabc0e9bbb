"""The request that the options of a command stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from technic.errors import Fault, InvalidRequest
from technic.scanner.expressions import parse_expression
from technic.scanner.presets import PRESETS, Preset
from technic.scanner.request import ScanRequest, parse_request

_STAND_IN = {"field": "symbol", "op": "is_null", "value": False}
"""Keeps the place of a filter that cannot be read, so that the faults of the others point to their own."""


def request_of(asked: Mapping[str, Any], presets: Mapping[str, Preset] | None = PRESETS) -> ScanRequest:
    """The request that the options stand for.

    Args:
        asked: The options.
        presets: Those that it may name; None leaves that to the server.

    Raises:
        InvalidRequest: With every fault of all options.
    """
    filters, faults = _filters(asked.get("filters", ()))
    try:
        request = parse_request({**asked, "filters": filters}, presets=presets)
    except InvalidRequest as error:
        raise InvalidRequest((*faults, *error.faults)) from None
    if faults:
        raise InvalidRequest(tuple(faults))
    return request


def _filters(texts: Sequence[str]) -> tuple[list[dict[str, Any]], list[Fault]]:
    """The conditions that people typed, as JSON, and the faults of texts that are none, by their place."""
    found: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for place, text in enumerate(texts):
        try:
            found.append(parse_expression(text))
        except InvalidRequest as error:
            found.append(_STAND_IN)
            faults += [replace(fault, pointer=f"/filters/{place}{fault.pointer}") for fault in error.faults]
    return found, faults
