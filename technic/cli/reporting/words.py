"""Numbers, times and labels as a person reads them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from technic.scanner.fields import Field

NOTHING = "–"  # noqa: RUF001 - what stands where there is no value


def number(value: float | None, digits: int = 2) -> str:
    """With commas between thousands."""
    return NOTHING if value is None else f"{value:,.{digits}f}"


def whole(value: float | None) -> str:
    """A whole number."""
    return number(value, 0)


def seconds(value: float | None) -> str:
    """A duration."""
    if value is None:
        return NOTHING
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:,.2f} s"


def moment(at: datetime | None) -> str:
    """A time, in UTC."""
    return NOTHING if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def label(text: object) -> str:
    """STRONG_BUY as Strong buy, max_symbols as Max symbols."""
    return str(text).replace("_", " ").capitalize()


def cell(field: Field, value: Any) -> str:
    """A value of a row."""
    if value is None:
        return NOTHING
    if field.kind == "number":
        return number(value, 0 if field.unit in {"points", "shares"} or abs(value) >= 1e5 else 2) + (  # noqa: PLR2004 - cents of 100,000 are nobody's
            " %" if field.unit == "%" else ""
        )
    if field.kind == "integer":
        return whole(value)
    if field.kind == "list":
        return "; ".join(value)
    return label(value) if field.values else str(value)
