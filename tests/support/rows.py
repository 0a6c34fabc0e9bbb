"""Rows made by hand for tests of what happens to rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from technic.scanner.fields import FIELDS
from technic.scanner.rows import Rows


def make_rows(count: int, **columns: list[Any]) -> Rows:
    """S1, S2, …; every column that is not given is missing."""
    built: dict[str, Any] = {"symbol": [f"S{n}" for n in range(1, count + 1)]} | columns
    made = {}
    for field in FIELDS:
        empty = () if field.kind == "list" else None
        values = built.get(field.name, [empty] * count)
        if field.numeric:
            made[field.name] = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
        else:
            made[field.name] = np.fromiter(values, np.object_, count)
    return Rows(made)
