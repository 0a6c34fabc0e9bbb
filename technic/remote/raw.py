"""Frames as they come: what each says of its kind and its number, before more is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from technic.remote.faults import ForeignAnswer

Raw = Mapping[str, Any]
Kind = Literal["hello", "match", "progress", "state"]

BEGINNING = "-1"
"""The place of one who has seen nothing."""
ENDED = frozenset({"completed", "failed", "cancelled"})
"""The statuses that nothing changes any more."""
_KINDS: Mapping[object, Kind] = {"hello": "hello", "match": "match", "progress": "progress", "state": "state"}


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a stream begins with.

    Attributes:
        epoch: What gives the numbers.
        seq: Up to where everything is known, or known with what follows.
        recovered: Whether the server tells all that happened since the reader's place.
    """

    epoch: str
    seq: int
    recovered: bool


def kind_of(raw: Raw) -> Kind | None:
    """The kind of a typed frame; None of a later version's, or of what answers nothing that was asked."""
    kind = raw.get("type")
    return _KINDS.get(kind) if isinstance(kind, str) else None


def greeting_of(raw: Raw) -> Greeting:
    """A hello. Raises ForeignAnswer."""
    epoch, seq = raw.get("epoch"), raw.get("seq")
    if not isinstance(epoch, str) or not isinstance(seq, int):
        raise ForeignAnswer("a stream begins with a hello that has no epoch or no seq")
    return Greeting(epoch, seq, raw.get("recovered") is True)


def seq_of(raw: Raw) -> int:
    """The number of a frame. Raises ForeignAnswer."""
    seq = raw.get("seq")
    if not isinstance(seq, int):
        raise ForeignAnswer("a frame has no seq")
    return seq


def rows_of(raw: Raw) -> list[Raw]:
    """The rows of a match. Raises ForeignAnswer."""
    rows = raw.get("rows")
    if not isinstance(rows, list):
        raise ForeignAnswer("a match has no rows")
    return rows


def symbol_of(row: object) -> str:
    """The symbol of a row. Raises ForeignAnswer."""
    symbol = row.get("symbol") if isinstance(row, Mapping) else None
    if not isinstance(symbol, str):
        raise ForeignAnswer("a row has no symbol")
    return symbol


def told_at(raw: Raw) -> float | None:
    """When a frame was told, in milliseconds of Unix time, where it says so."""
    at = raw.get("at")
    return float(at) if isinstance(at, int | float) else None


def place(epoch: str | None, seq: int) -> str:
    """Where one stands, as a server is told it: everything up to this number is known."""
    return BEGINNING if epoch is None or seq < 0 else f"{epoch}-{seq}"
