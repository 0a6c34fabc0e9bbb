"""The words that options choose from."""

from __future__ import annotations

from enum import StrEnum


class Form(StrEnum):
    """How the rows are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


class Listing(StrEnum):
    """How a list of scans is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Ending(StrEnum):
    """How a scan may have ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
