"""The forms in which rows are written."""

from __future__ import annotations

from enum import StrEnum


class Form(StrEnum):
    """How the rows are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
