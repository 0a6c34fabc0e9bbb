"""The tables of scans.db, and how an older file becomes a newer one: forward only, one step a version.

A step is SQL without transactions of its own: all steps of a start are one transaction, so that a file is
either of the old version or of the new one. A step that was released is never changed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

_FIRST = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE scans (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        status TEXT NOT NULL,
        request TEXT NOT NULL,
        snapshot BLOB NOT NULL,
        reserved_seq INTEGER NOT NULL,
        reserved_percentage REAL NOT NULL,
        strikes INTEGER NOT NULL,
        source TEXT,
        claim_key TEXT UNIQUE,
        claim_request TEXT,
        created_at REAL NOT NULL,
        ended_at REAL,
        rows INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL DEFAULT 0,
        figures TEXT
    )""",
    "CREATE INDEX scans_by_end ON scans (ended_at, number, status, bytes, id) WHERE ended_at IS NOT NULL",
    "CREATE INDEX scans_unfinished ON scans (created_at, number) WHERE ended_at IS NULL",
    """CREATE TABLE states (
        number INTEGER NOT NULL REFERENCES scans ON DELETE CASCADE,
        seq INTEGER NOT NULL,
        snapshot BLOB NOT NULL,
        PRIMARY KEY (number, seq)
    ) WITHOUT ROWID""",
    """CREATE TABLE checkpoints (
        number INTEGER NOT NULL REFERENCES scans ON DELETE CASCADE,
        place INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        checkpoint BLOB NOT NULL,
        PRIMARY KEY (number, place)
    )""",
    """CREATE TABLE results (
        number INTEGER NOT NULL REFERENCES scans ON DELETE CASCADE,
        place INTEGER NOT NULL,
        piece BLOB NOT NULL,
        PRIMARY KEY (number, place)
    )""",
    """CREATE TABLE failures (
        number INTEGER NOT NULL REFERENCES scans ON DELETE CASCADE,
        symbol TEXT NOT NULL,
        code TEXT NOT NULL,
        error_type TEXT NOT NULL,
        PRIMARY KEY (number, symbol)
    ) WITHOUT ROWID""",
    """CREATE TABLE tags (
        number INTEGER NOT NULL REFERENCES scans ON DELETE CASCADE,
        tag TEXT NOT NULL,
        PRIMARY KEY (number, tag)
    ) WITHOUT ROWID""",
    "INSERT INTO meta VALUES ('epoch', lower(hex(randomblob(4))))",
)

_ENDS_IN_ORDER = (
    "ALTER TABLE scans ADD COLUMN end_number INTEGER",
    "UPDATE scans SET end_number = CAST(ended_at * 1000 AS INTEGER) WHERE ended_at IS NOT NULL",
    "CREATE INDEX scans_by_end_number ON scans (end_number) WHERE ended_at IS NOT NULL",
)
"""Which scan ended after which, whatever the clock said: the numbers rise and mean nothing else."""

_SHARED_PIECES = (
    "CREATE TABLE pieces (digest BLOB NOT NULL PRIMARY KEY, content BLOB NOT NULL)",
    """CREATE TABLE shares (
        number INTEGER NOT NULL REFERENCES scans ON DELETE CASCADE,
        digest BLOB NOT NULL,
        PRIMARY KEY (number, digest)
    ) WITHOUT ROWID""",
    "CREATE INDEX shares_by_digest ON shares (digest)",
    """CREATE TRIGGER last_share AFTER DELETE ON shares
    WHEN NOT EXISTS (SELECT 1 FROM shares WHERE digest = OLD.digest)
    BEGIN DELETE FROM pieces WHERE digest = OLD.digest; END""",
    "ALTER TABLE results ADD COLUMN digest BLOB",
)
"""Which pieces of tables several scans have, so that they are kept once."""

STEPS: tuple[Sequence[str], ...] = (_FIRST, _ENDS_IN_ORDER, _SHARED_PIECES)
"""Step n makes a file of version n one of version n + 1."""


def version_of(connection: sqlite3.Connection) -> int:
    """Which version a file has; 0 where it is new."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def epoch_of(connection: sqlite3.Connection) -> str:
    """The name of a file's numbering."""
    epoch: str = connection.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()[0]
    return epoch


def migrate(connection: sqlite3.Connection, steps: Sequence[Sequence[str]] = STEPS) -> None:
    """Bring a file to the newest version, or leave it as it was.

    Raises:
        sqlite3.Error: A step failed; the file is as before.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in steps[version_of(connection) :]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
