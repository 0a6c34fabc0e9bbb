"""Failures <-> lists that `packing` packs."""

from __future__ import annotations

import json
from typing import Any

from technic.engine.codec.packing import to_json
from technic.errors import Failure


def plain_failure(failure: Failure) -> list[Any]:
    """A failure as a list; its place in the list is a field's name."""
    return [
        failure.error_type,
        failure.code,
        failure.detail,
        failure.message,
        failure.suggestion,
        failure.recoverable,
        failure.retry_after,
        list(failure.affected_symbols),
        to_json(dict(failure.metadata)) if failure.metadata else "",
    ]


def rich_failure(value: list[Any]) -> Failure:
    """A failure from its list. Raises ValueError, TypeError or LookupError where it is none."""
    error_type, code, detail, message, suggestion, recoverable, retry_after, symbols, metadata = value
    return Failure(
        error_type=error_type,
        code=code,
        detail=detail,
        message=message,
        suggestion=suggestion,
        recoverable=recoverable,
        retry_after=retry_after,
        affected_symbols=tuple(symbols),
        metadata=json.loads(metadata) if metadata else {},
    )
