"""What a scan came to, as a client has it: rows, failures, figures; as a DataFrame where that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from technic.remote.frames import Row
from technic.remote.raw import ENDED
from technic.remote.snapshot import Problem, Status, Told
from technic.scanner.fields import BY_NAME, NAMES

if TYPE_CHECKING:
    import pandas as pd


class Results(Told):
    """The rows of a scan, all or a page of them; the fields are those of `GET /scan/results`.

    Attributes:
        scan_id: Of which scan.
        status: How the scan stands.
        complete: Whether the scan completed and no symbol failed.
        rows: In the order that was asked for.
        total: How many there are, before paging.
        performance_metrics: The scan's figures.
        elapsed_seconds: How long it ran.
        error: Why it failed: an error of the problem's class, not raised.
        failures: An error for each symbol that could not be rated, not raised.
        warnings: What to know about the rows, in sentences.
    """

    scan_id: str
    status: Status
    complete: bool
    rows: tuple[dict[str, Any], ...] = Field(validation_alias="results")
    total: int
    performance_metrics: dict[str, Any]
    elapsed_seconds: float | None
    error: Problem
    failures: tuple[Problem, ...]
    warnings: tuple[str, ...]

    @property
    def ended(self) -> bool:
        """Whether these are the last word on the scan."""
        return self.status in ENDED

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a pandas DataFrame, typed as that of `run_scan`; made anew each time."""
        return frame_of(self.rows)


def frame_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Rows as a DataFrame, a column a field: numbers, nullable whole numbers and flags, days as datetime64.

    Columns that this version does not know come last, as pandas takes them.
    """
    import pandas as pd  # noqa: PLC0415 - slow to load and rarely needed

    others = [name for name in (rows[0] if rows else ()) if name not in BY_NAME]
    columns: dict[str, Any] = {name: _column(name, [row.get(name) for row in rows]) for name in NAMES}
    columns |= {name: [row.get(name) for row in rows] for name in others}
    return pd.DataFrame(columns)


def _column(name: str, values: list[Any]) -> Any:
    """A column's values as pandas keeps them best."""
    import numpy as np  # noqa: PLC0415 - see above
    import pandas as pd  # noqa: PLC0415 - see above

    kind = BY_NAME[name].kind
    if kind == "date":
        return np.array(values, dtype="datetime64[D]")
    if kind in {"integer", "flag"}:
        return pd.array(values, dtype="Int64" if kind == "integer" else "boolean")
    if kind == "number":
        return np.array(values, dtype=np.float64)
    return values if kind == "list" else np.array(values, dtype=np.object_)
