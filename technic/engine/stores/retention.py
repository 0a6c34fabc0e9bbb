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
        scans: How many stay at most.
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
    """Forget some of the oldest, as far as they must go."""
    rows = connection.execute(
        "SELECT id, ended_at, bytes FROM scans WHERE ended_at IS NOT NULL ORDER BY ended_at, number LIMIT ?",
        (_PORTION,),
    ).fetchall()
    gone, tally = [], Tally()
    connection.execute("BEGIN IMMEDIATE")
    try:
        for scan_id, ended_at, _ in rows:
            left = have.scans + tally.scans
            much = left > 1 and (left > bounds.scans or have.nbytes + tally.nbytes > bounds.nbytes)
            if (not much and ended_at >= bounds.oldest) or -tally.nbytes > _PORTION_BYTES:
                break
            tally.add(delete(connection, scan_id))
            gone.append(scan_id)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    if gone:
        connection.executescript(
            f"PRAGMA incremental_vacuum({_PAGES})"
        )  # execute() would free one page alone
    more = len(gone) == len(rows) == _PORTION or -tally.nbytes > _PORTION_BYTES
    return Portion(tuple(gone), tally, more)
