"""Results <-> pieces of bytes: what to know and the figures first, then failures, then rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from technic.engine.codec.failures import plain_failure, rich_failure
from technic.engine.codec.packing import RecordDamaged, pack, to_json, unpack
from technic.engine.codec.rows import Piece, decode_rows, encode_rows
from technic.errors import Failure
from technic.scanner.result import ScanResult
from technic.scanner.rows import Rows

VERSION = 1
_PIECE_FAILURES = 1_000


def encode_result(result: ScanResult) -> Iterator[bytes | Piece]:
    """A result as pieces, in the order in which `decode_result` wants them; a Piece others may have."""
    every = range(0, len(result.failures), _PIECE_FAILURES)
    failures = [result.failures[first : first + _PIECE_FAILURES] for first in every]
    rows = list(encode_rows(result.rows))
    head = [list(result.warnings), to_json(dict(result.performance_metrics)), len(failures), len(rows)]
    yield pack(head, VERSION)
    for some in failures:
        yield pack([plain_failure(failure) for failure in some], VERSION)
    yield from rows


def decode_result(pieces: Sequence[bytes]) -> ScanResult:
    """A result from its pieces.

    Raises:
        RecordDamaged: They are damaged, of another version, or one is missing.
    """
    result, first = decode_without_rows(pieces)
    return replace(result, rows=decode_rows(pieces[first:]))


def decode_without_rows(pieces: Sequence[bytes | None]) -> tuple[ScanResult, int]:
    """A result with no rows, and the place at which the pieces of its rows begin; these are not looked at.

    Raises:
        RecordDamaged: They are damaged, of another version, or one is missing.
    """
    if not pieces:
        raise RecordDamaged("a stored result has no pieces")
    warnings, metrics, failed, tables = unpack("result", pieces[0] or b"", VERSION, _head)
    if len(pieces) != 1 + failed + tables:
        raise RecordDamaged(f"a stored result has {len(pieces)} pieces instead of {1 + failed + tables}")
    failures: list[Failure] = []
    for piece in pieces[1 : 1 + failed]:
        failures += unpack("result", piece or b"", VERSION, _failures)
    return ScanResult(Rows.empty(), tuple(failures), warnings, metrics), 1 + failed


def _head(value: list[Any]) -> tuple[tuple[str, ...], dict[str, Any], int, int]:
    warnings, metrics, failed, tables = value
    return tuple(warnings), json.loads(metrics), failed, tables


def _failures(value: list[Any]) -> list[Failure]:
    return [rich_failure(entry) for entry in value]
