"""Large results of scans.db whose rows stay where they lie until somebody reads them, a sheet at a time.

Which pieces a sheet has is found by their first bytes. From then on pieces are read by their digests: a scan
that is forgotten meanwhile, or a number that another scan gets, can make a reading fail, and never mix two.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from technic.engine.codec.packing import RecordDamaged
from technic.engine.codec.requests import decode_request
from technic.engine.codec.results import decode_without_rows
from technic.engine.codec.rows import HEAD_BYTES, decode_rows, head_of
from technic.engine.codec.snapshots import decode_snapshot
from technic.engine.sheets import SHEET_ROWS
from technic.engine.stores.base import Remembered
from technic.engine.stores.shares import piece_by_digest
from technic.errors import told
from technic.scanner.rows import Rows

LARGE_ROWS = 2 * SHEET_ROWS
"""A result of more rows is read a sheet at a time."""

T = TypeVar("T")


class Read(Protocol):
    """Runs a function with a connection that reads, in a thread."""

    def __call__(self, function: Callable[[sqlite3.Connection], T]) -> Awaitable[T]:
        """What the function finds."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    rows: int
    digests: tuple[bytes, ...]


class StoredSheets:
    """The rows of a result on the disk.

    Args:
        read: Who reads.
        sheets: Where each sheet lies.
    """

    def __init__(self, read: Read, sheets: Sequence[_Sheet]) -> None:
        self._read = read
        self._sheets = tuple(sheets)

    @property
    def sizes(self) -> Sequence[int]:
        """How many rows each sheet has."""
        return tuple(sheet.rows for sheet in self._sheets)

    async def read(self, place: int) -> Rows:
        """The sheet at this place. Raises CacheError where it is damaged, or gone."""
        return await self._read(partial(_rows, sheet=self._sheets[place]))

    def holds(self, rows: Rows) -> bool:  # noqa: ARG002 - as the port has it
        """Never: what is read is made anew each time."""
        return False


async def unread(read: Read, scan_id: str) -> Remembered | None:
    """An ended scan without its rows; None where it is unknown, or not so large that this would save much.

    Raises:
        CacheError: What is kept of it is damaged, or cannot be read now.
    """
    found = await read(partial(_found, scan_id=scan_id))
    if found is None:
        return None
    known, sheets = found
    return Remembered(known.request, known.snapshot, result=known.result, unread=StoredSheets(read, sheets))


def _found(connection: sqlite3.Connection, scan_id: str) -> tuple[Remembered, list[_Sheet]] | None:
    asked = "SELECT number, request, snapshot FROM scans WHERE id = ? AND rows > ?"
    row = connection.execute(asked, (told(scan_id), LARGE_ROWS)).fetchone()
    if row is None:
        return None
    number, request, snapshot = row
    entries = connection.execute(
        "SELECT piece, digest FROM results WHERE number = ? ORDER BY place", (number,)
    ).fetchall()
    result, first = decode_without_rows([piece for piece, _ in entries])
    digests = [digest for _, digest in entries[first:]]
    if None in digests:  # written by an earlier version: the pieces stand in the result themselves
        return None
    known = Remembered(decode_request(request), decode_snapshot(snapshot), result=result)
    return known, _sheets(connection, digests)


def _sheets(connection: sqlite3.Connection, digests: Sequence[bytes]) -> list[_Sheet]:
    """The pieces by sheets: each begins with the column with which the first one does."""
    sheets: list[_Sheet] = []
    begins = ""
    for digest in digests:
        rows, name = head_of(_start(connection, digest))
        begins = begins or name
        if name == begins:
            sheets.append(_Sheet(rows, ()))
        sheets[-1] = _Sheet(sheets[-1].rows, (*sheets[-1].digests, digest))
    return sheets


def _start(connection: sqlite3.Connection, digest: bytes) -> bytes:
    """The first bytes of a piece, without those behind them."""
    row = connection.execute("SELECT rowid FROM pieces WHERE digest = ?", (digest,)).fetchone()
    if row is None:
        raise RecordDamaged("a piece of a stored table of rows is lost")
    with connection.blobopen("pieces", "content", row[0], readonly=True) as blob:
        return blob.read(HEAD_BYTES)


def _rows(connection: sqlite3.Connection, sheet: _Sheet) -> Rows:
    rows = decode_rows(map(piece_by_digest(connection), sheet.digests))
    if len(rows) != sheet.rows:
        raise RecordDamaged("a stored table of rows has another length than it says")
    return rows
