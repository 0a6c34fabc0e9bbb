"""Moments as clients write them: RFC 3339, or a day."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from technic.scanner.request_faults import Refused

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(\.\d{1,9})?([Zz]|[+ -]\d{2}:\d{2})", re.ASCII
)


def moment_of(text: str) -> datetime:
    """The moment that a text names, in UTC; a day is its beginning, in UTC.

    A plus that its query has turned into a blank is one again.

    Raises:
        ValueError: It is neither RFC 3339 nor a day, or there is no such moment.
    """
    if _DAY.fullmatch(text):
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    day, time, fraction, zone = found.groups()
    zone = "+00:00" if zone in "Zz" else zone.replace(" ", "+")
    try:
        return datetime.fromisoformat(f"{day}T{time}{(fraction or '')[:7]}{zone}").astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error


def _moment(value: Any) -> datetime:
    try:
        return moment_of(str(value).strip())
    except ValueError:
        raise Refused("must be a moment as in 2018-02-07T21:00:00Z, or a day as in 2018-02-07.") from None


_SCHEMA = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema(_SCHEMA)]
"""A query's moment."""
