"""Changes of scans as SQL. All of it runs in the writer's thread, inside one transaction a batch."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from technic.engine.codec.checkpoints import encode_checkpoint
from technic.engine.codec.packing import to_json
from technic.engine.codec.requests import encode_request, encode_source
from technic.engine.codec.results import encode_result
from technic.engine.codec.rows import Piece
from technic.engine.codec.snapshots import encode_snapshot
from technic.engine.stores.changes import Change
from technic.engine.stores.ended import ended_scan, failed_symbols
from technic.engine.stores.shares import let_go, share
from technic.engine.suspects import WRITING, Suspects
from technic.errors import Failure, told
from technic.scanner.result import ScanResult

_ROW_BYTES = 200
"""About what a scan takes besides what is counted."""


@dataclass(slots=True)
class Tally:
    """Ended scans that came to the disk.

    Attributes:
        scans: How many; below nothing where they went.
        nbytes: How many bytes; the same.
        last: The highest number of an end among them.
    """

    scans: int = 0
    nbytes: int = 0
    last: int = 0

    def add(self, other: Tally) -> None:
        """Count more."""
        self.scans += other.scans
        self.nbytes += other.nbytes
        self.last = max(self.last, other.last)


def count(connection: sqlite3.Connection) -> Tally:
    """The ended scans that there are."""
    scans, nbytes = connection.execute(
        "SELECT count(*), total(bytes) FROM scans WHERE ended_at IS NOT NULL"
    ).fetchone()
    (last,) = connection.execute("SELECT max(end_number) FROM scans WHERE ended_at IS NOT NULL").fetchone()
    return Tally(scans, int(nbytes), last or 0)


def write(
    connection: sqlite3.Connection, changes: Iterable[Change], doomed: Iterable[str], suspects: Suspects
) -> Tally:
    """Write all of it, or nothing; for whom, is noted.

    Raises:
        Exception: Why nothing was written.
    """
    tally = Tally()
    connection.execute("BEGIN IMMEDIATE")
    try:
        for scan_id in doomed:
            tally.add(delete(connection, scan_id))
        for change in changes:
            tally.add(suspects.noted(WRITING, change.snapshot.scan_id, _change)(connection, change))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return tally


def delete(connection: sqlite3.Connection, scan_id: str) -> Tally:
    """Forget a scan with all that belongs to it. Inside a transaction."""
    found = connection.execute(
        "SELECT ended_at IS NOT NULL, bytes FROM scans WHERE id = ?", (told(scan_id),)
    ).fetchone()
    if found is None:
        return Tally()
    connection.execute("DELETE FROM scans WHERE id = ?", (told(scan_id),))
    return Tally(-1, -found[1]) if found[0] else Tally()


def _change(connection: sqlite3.Connection, change: Change) -> Tally:
    """One change. Progress alone is one statement: after each the thread has to get the interpreter anew."""
    tally = Tally()
    if change.whole:
        tally.add(delete(connection, change.snapshot.scan_id))
        _insert(connection, change)
    else:
        _update(connection, change)
    if change.has_parts:
        tally.add(_parts(connection, change))
    return tally


def _parts(connection: sqlite3.Connection, change: Change) -> Tally:
    """What stands beside the scan itself."""
    (number,) = connection.execute(
        "SELECT number FROM scans WHERE id = ?", (told(change.snapshot.scan_id),)
    ).fetchone()
    if change.dropped:
        _drop_checkpoints(connection, number)
    connection.executemany(
        "INSERT OR REPLACE INTO states VALUES (?, ?, ?)",
        ((number, state.seq, encode_snapshot(state)) for state in change.states),
    )
    for place, kept in enumerate(change.kept, start=change.place):
        entry, pieces = encode_checkpoint(kept.checkpoint)
        share(connection, number, pieces)
        connection.execute(
            "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?)", (number, place, kept.seq, entry)
        )
    return _end(connection, number, change) if change.snapshot.status.ended else Tally()


def _drop_checkpoints(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("DELETE FROM checkpoints WHERE number = ?", (number,))
    let_go(connection, number)


def _keep_result(connection: sqlite3.Connection, number: int, result: ScanResult) -> None:
    """A result instead of the checkpoints."""
    pieces = list(encode_result(result))
    _drop_checkpoints(connection, number)
    share(connection, number, [piece for piece in pieces if isinstance(piece, Piece)])
    connection.executemany(
        "INSERT INTO results VALUES (?, ?, ?, ?)",
        [
            (number, place, b"", piece.digest) if isinstance(piece, Piece) else (number, place, piece, None)
            for place, piece in enumerate(pieces)
        ],
    )


def _insert(connection: sqlite3.Connection, change: Change) -> None:
    snapshot = change.snapshot
    connection.execute(
        "INSERT INTO scans (status, snapshot, reserved_seq, reserved_percentage, strikes, source,"
        " id, request, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*_now(change), encode_request(change.request), snapshot.created_at.timestamp()),
    )
    if change.claim is not None:  # a key that another scan has stays with that one
        connection.execute(
            "UPDATE OR IGNORE scans SET claim_key = ?, claim_request = ? WHERE id = ?",
            (told(change.claim.key), change.claim.request_key, told(snapshot.scan_id)),
        )


def _update(connection: sqlite3.Connection, change: Change) -> None:
    updated = connection.execute(
        "UPDATE scans SET status = ?, snapshot = ?, reserved_seq = ?, reserved_percentage = ?, strikes = ?,"
        " source = ? WHERE id = ?",
        _now(change),
    )
    if updated.rowcount != 1:
        raise LookupError("the scan is not in the database any more")


def _now(change: Change) -> tuple[str, bytes, int, float, int, str | None, str]:
    """What a scan is now, and its id."""
    return (
        str(change.snapshot.status),
        encode_snapshot(change.snapshot),
        change.reserved.seq,
        change.reserved.percentage,
        change.strikes,
        None if change.source is None else encode_source(change.source),
        told(change.snapshot.scan_id),
    )


def _end(connection: sqlite3.Connection, number: int, change: Change) -> Tally:
    """A scan has ended: its result instead of its checkpoints, and what history and figures need."""
    snapshot, result = change.snapshot, change.result
    connection.execute("DELETE FROM states WHERE number = ?", (number,))
    if result is not None:
        _keep_result(connection, number, result)
    failures = _failures(change)
    _index(connection, number, change, failures)
    metrics = {} if result is None else result.performance_metrics
    ended = ended_scan(snapshot, failures, change.request.preset, metrics)
    connection.execute(
        "UPDATE scans SET ended_at = ?, end_number = ?, rows = ?, figures = ?,"
        " bytes = ? + length(request) + length(snapshot)"
        " + (SELECT total(length(piece)) FROM results WHERE number = scans.number)"
        " + (SELECT total(length(checkpoint)) FROM checkpoints WHERE number = scans.number)"
        " + (SELECT total(length(content)) FROM shares JOIN pieces USING (digest)"
        " WHERE number = scans.number) WHERE number = ?",
        (
            ended.ended_at,
            change.end_number,
            result.total if result else 0,
            to_json(ended.as_json()),
            _ROW_BYTES,
            number,
        ),
    )
    size = connection.execute("SELECT bytes FROM scans WHERE number = ?", (number,)).fetchone()[0]
    return Tally(1, int(size), change.end_number)


def _index(connection: sqlite3.Connection, number: int, change: Change, failures: list[Failure]) -> None:
    """What a scan can be found by, and what failed in it."""
    connection.executemany(
        "INSERT OR IGNORE INTO tags VALUES (?, ?)", ((number, told(tag)) for tag in change.snapshot.tags)
    )
    connection.executemany(
        "INSERT OR IGNORE INTO failures VALUES (?, ?, ?, ?)",
        ((number, told(symbol), code, kind) for symbol, code, kind in failed_symbols(failures)),
    )


def _failures(change: Change) -> list[Failure]:
    if change.result is not None:
        return list(change.result.failures)
    return [failure for kept in change.source_kept for failure in kept.checkpoint.failures]
