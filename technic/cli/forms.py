"""The words that options choose from."""

from __future__ import annotations

from enum import StrEnum


class Form(StrEnum):
    """How the rows are written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    MSGPACK = "msgpack"


BINARY = frozenset({Form.PARQUET, Form.MSGPACK})
"""Those that are no text."""


class Ending(StrEnum):
    """How a scan may have ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
