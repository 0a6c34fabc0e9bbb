"""Forgetting what is too old or too much in scans.db, in small portions: the writer is never away for long.

The file gives its free pages back a few at a time (auto_vacuum=INCREMENTAL); a VACUUM would copy the whole
file and hold everyone up.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from technic.engine.stores.writing import Tally, delete

_PORTION = 64
_PORTION_BYTES = 32 << 20
_PAGES = 2_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may stay.

    Attributes:
        oldest: Ended before this, in seconds since 1970, a scan goes.
        scans: How many stay at most; the first to end go, whatever the clock said then.
        nbytes: How many bytes stay at most; the newest scan does, however large.
    """

    oldest: float
    scans: int
    nbytes: int


@dataclass(frozen=True, slots=True)
class Portion:
    """What went, and whether there may be more to go."""

    gone: tuple[str, ...]
    tally: Tally
    more: bool


def forget_portion(connection: sqlite3.Connection, bounds: Bounds, have: Tally) -> Portion:
    """Forget some of what is too old, then of what is too much, as far as it must go."""
    gone: list[str] = []
    tally = Tally()
    connection.execute("BEGIN IMMEDIATE")
    try:
        while more := len(gone) < _PORTION and -tally.nbytes <= _PORTION_BYTES:
            scan_id = _next(connection, bounds, have.scans + tally.scans, have.nbytes + tally.nbytes)
            if scan_id is None:
                break
            tally.add(delete(connection, scan_id))
            gone.append(scan_id)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    if gone:  # execute() would free one page alone
        connection.executescript(f"PRAGMA incremental_vacuum({_PAGES})")
    return Portion(tuple(gone), tally, not more)


def _next(connection: sqlite3.Connection, bounds: Bounds, scans: int, nbytes: int) -> str | None:
    """Which scan goes next; None where all may stay. A clock that went back makes no scan the oldest."""
    found = connection.execute(
        "SELECT id FROM scans WHERE ended_at < ? ORDER BY ended_at LIMIT 1", (bounds.oldest,)
    ).fetchone()
    if found is None and scans > 1 and (scans > bounds.scans or nbytes > bounds.nbytes):
        found = connection.execute(
            "SELECT id FROM scans WHERE ended_at IS NOT NULL ORDER BY end_number, number LIMIT 1"
        ).fetchone()
    return None if found is None else found[0]
