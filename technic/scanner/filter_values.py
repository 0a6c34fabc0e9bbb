"""What a filter may compare a column with: constants of its own kind, nothing that is merely like one."""

from __future__ import annotations

import math
from datetime import date

from technic.scanner.filters import Constant

KIND_WORDS = {"number": "a number", "integer": "a number", "flag": "true or false", "text": "text",
              "date": 'a day like "2024-01-31"'}  # fmt: skip
"""What a value of each kind is called in a sentence; kinds with the same word can be compared."""

TEXT_MOST = 200
"""How long a text may be."""


def typed(value: object, kind: str) -> Constant | None:
    """The value as its column's kind; None where it is of another."""
    if kind == "flag":
        return value if isinstance(value, bool) else None
    if kind == "text":
        return value if isinstance(value, str) and 0 < len(value) <= TEXT_MOST else None
    if kind == "date":
        return day(value)
    return _finite(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _finite(value: float) -> float | None:
    try:
        number = float(value)
    except OverflowError:  # a whole number of more than 308 digits
        return None
    return number if math.isfinite(number) else None


def day(value: object) -> date | None:
    """A day, from itself or from an ISO text like 2024-01-31; None for anything else."""
    if type(value) is date:  # a datetime is a date too, but no day
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None  # noqa: PLR2004
    except ValueError:
        return None
