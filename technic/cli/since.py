"""When something began, as people say it: 7d for seven days ago, a day, or a moment."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import typer

from technic.http.times import moment_of

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def since_of(text: str, now: datetime) -> datetime:
    """The moment that a text names; a day is its beginning where the reader of the clock lives.

    Args:
        text: `30m`, `12h`, `7d`, `2w`, `2026-01-31` or an RFC 3339 moment.
        now: The present moment, aware.

    Raises:
        typer.BadParameter: It names none.
    """
    try:
        ago = re.fullmatch(r"([0-9]{1,9})([mhdw])", text.strip().lower())
        if ago:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip()):
            return datetime.fromisoformat(text.strip()).astimezone()
        return moment_of(text.strip())
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} is no time; 7d, 12h, 2026-01-31 and 2026-01-31T09:00:00Z are", param_hint="--since"
        ) from None
