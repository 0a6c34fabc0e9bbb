"""Pieces of tables that several scans have: each stands in the database once, for as long as one has it.

A trigger of the schema drops a piece with the last share in it, also where whole scans are deleted. A piece
is what its digest says, or it is lost: whoever shares one that was damaged on the disk mends it for all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable

from technic.engine.codec.rows import Piece


def share(connection: sqlite3.Connection, number: int, pieces: Iterable[Piece]) -> None:
    """A scan has these pieces from now on. Inside a transaction."""
    for piece in pieces:
        asked = "SELECT content = ? FROM pieces WHERE digest = ?"
        held = connection.execute(asked, (piece.content, piece.digest)).fetchone()
        if held != (1,):
            connection.execute("INSERT OR REPLACE INTO pieces VALUES (?, ?)", (piece.digest, piece.content))
        connection.execute("INSERT OR IGNORE INTO shares VALUES (?, ?)", (number, piece.digest))


def let_go(connection: sqlite3.Connection, number: int) -> None:
    """A scan has no pieces any more. Inside a transaction."""
    connection.execute("DELETE FROM shares WHERE number = ?", (number,))


def piece_by_digest(connection: sqlite3.Connection) -> Callable[[bytes], bytes | None]:
    """Finds what a piece holds; None where it is lost."""

    def found(digest: bytes) -> bytes | None:
        row = connection.execute("SELECT content FROM pieces WHERE digest = ?", (digest,)).fetchone()
        content = None if row is None else row[0]
        return content if isinstance(content, bytes) and Piece.of(content).digest == digest else None

    return found
