"""What scans.db knows, as the store tells it. Functions of a connection that reads; for a thread.

A scan whose entry is damaged raises RecordDamaged for itself; lists go without it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import structlog

from technic.engine.codec.checkpoints import decode_checkpoint
from technic.engine.codec.packing import RecordDamaged, to_json
from technic.engine.codec.requests import decode_asked, decode_request
from technic.engine.codec.results import decode_result
from technic.engine.codec.snapshots import decode_snapshot
from technic.engine.scan.events import Snapshot
from technic.engine.stores.base import Claim, Remembered
from technic.engine.stores.ended import EndedScan
from technic.engine.stores.history import HistoryEntry, HistoryQuery, StatisticsQuery
from technic.engine.stores.shares import piece_by_digest
from technic.engine.stores.shelf import needle
from technic.errors import told

_log = structlog.get_logger(__name__)
_BEYOND = "\U0010ffff"
_RESULT = "SELECT piece, digest FROM results WHERE number = ? ORDER BY place"


def remembered(connection: sqlite3.Connection, scan_id: str) -> Remembered | None:
    """All that is known of an ended scan."""
    with _at_one_moment(connection):
        row = connection.execute(
            "SELECT number, request, snapshot FROM scans WHERE id = ?", (told(scan_id),)
        ).fetchone()
        if row is None:
            return None
        number, request, snapshot = row
        piece_of = piece_by_digest(connection)
        pieces = [
            piece if digest is None else piece_of(digest) or b""
            for piece, digest in connection.execute(_RESULT, (number,)).fetchall()
        ]
        kept = _blobs(
            connection, "SELECT checkpoint FROM checkpoints WHERE number = ? ORDER BY place", number
        )
        parts = [decode_checkpoint(entry, piece_of) for entry in kept]
    return Remembered(
        decode_request(request),
        decode_snapshot(snapshot),
        tuple(part.rows for part in parts if part.rows is not None),
        tuple(failure for part in parts for failure in part.failures),
        decode_result(pieces) if pieces else None,
    )


def snapshot(connection: sqlite3.Connection, scan_id: str) -> Snapshot | None:
    """The last snapshot of an ended scan."""
    row = connection.execute("SELECT snapshot FROM scans WHERE id = ?", (told(scan_id),)).fetchone()
    return None if row is None else decode_snapshot(row[0])


def has_ended(connection: sqlite3.Connection, scan_id: str) -> bool:
    """Whether there is an ended scan of this id."""
    asked = "SELECT 1 FROM scans WHERE id = ? AND ended_at IS NOT NULL"
    return connection.execute(asked, (told(scan_id),)).fetchone() is not None


def claim(connection: sqlite3.Connection, key: str) -> Claim | None:
    """Which scan has a key."""
    row = connection.execute(
        "SELECT claim_request, id FROM scans WHERE claim_key = ?", (told(key),)
    ).fetchone()
    return None if row is None else Claim(key, *row)


def history(
    connection: sqlite3.Connection, query: HistoryQuery, without: tuple[str, ...] = ()
) -> tuple[list[HistoryEntry], int]:
    """Ended scans, newest end first, and how many the query means in all.

    Args:
        connection: Where to read.
        query: Which.
        without: Ids of scans that are forgotten already.
    """
    where, values = _condition(query, without)
    page = f"SELECT number FROM scans WHERE {where} ORDER BY ended_at DESC, number DESC LIMIT ? OFFSET ?"  # noqa: S608 - our own words
    columns = f"SELECT id, request, snapshot, rows FROM scans WHERE number IN ({page})"  # noqa: S608 - our own words
    with _at_one_moment(connection):
        total = connection.execute(f"SELECT count(*) FROM scans WHERE {where}", values).fetchone()[0]  # noqa: S608 - our own words
        rows = connection.execute(
            f"{columns} ORDER BY ended_at DESC, number DESC", (*values, query.limit, query.offset)
        ).fetchall()
    return [entry for row in rows if (entry := _entry(*row)) is not None], total


def _entry(scan_id: str, request: str, snapshot: bytes, rows: int) -> HistoryEntry | None:
    try:
        return HistoryEntry(decode_snapshot(snapshot), decode_asked(request), rows)
    except RecordDamaged as error:
        _log.warning("a scan of the history is damaged", scan_id=scan_id, reason=error.detail)
        return None


def _condition(query: HistoryQuery, without: tuple[str, ...]) -> tuple[str, list[Any]]:
    """A query as SQL and its values; a prefix is a span of ids, so that no sign in it has a meaning."""
    parts = ["ended_at IS NOT NULL"]
    values: list[Any] = []
    if query.statuses:
        parts.append(f"status IN ({_marks(query.statuses)})")
        values += [str(status) for status in query.statuses]
    if query.tag is not None:
        parts.append("EXISTS (SELECT 1 FROM tags WHERE tags.number = scans.number AND tag = ?)")
        values.append(told(query.tag))
    if query.scan_id is not None:
        parts.append("id >= ? AND id < ?")
        values += [told(query.scan_id), told(query.scan_id) + _BEYOND]
    for sign, moment in ((">=", query.since), ("<", query.until)):
        if moment is not None:
            parts.append(f"ended_at {sign} ?")
            values.append(moment.timestamp())
    if query.preset is not None:
        parts.append("CASE WHEN json_valid(request) THEN json_extract(request, '$.preset') END = ?")
        values.append(told(query.preset))
    if query.text is not None:
        parts.append("instr(lower(request), ?)")
        values.append(needle(query.text))
    if without:
        parts.append("id NOT IN (SELECT value FROM json_each(?))")  # they may be more than SQL takes marks
        values.append(to_json([told(scan_id) for scan_id in without]))
    return " AND ".join(parts), values


def ended_scans(
    connection: sqlite3.Connection, query: StatisticsQuery, without: tuple[str, ...] = ()
) -> tuple[list[EndedScan], list[tuple[str, str, int]]]:
    """What the figures need: a record of each scan, and how often each symbol failed of what."""
    where, values = _condition(HistoryQuery(since=query.since, until=query.until), without)
    among = f"number IN (SELECT number FROM scans WHERE {where})"  # noqa: S608 - our own words
    counted = f"SELECT symbol, code, count(*) FROM failures WHERE {among} GROUP BY symbol, code"  # noqa: S608 - our own words
    with _at_one_moment(connection):
        figures = connection.execute(f"SELECT figures FROM scans WHERE {where}", values).fetchall()  # noqa: S608 - our own words
        failed = connection.execute(counted, values).fetchall()
    return [ended for (text,) in figures if (ended := _ended(text)) is not None], failed


def _ended(text: str) -> EndedScan | None:
    """A record, None where it is damaged: one scan less in the figures."""
    try:
        values = orjson.loads(text)
        values["failures"] = tuple(((code, kind), count) for (code, kind), count in values["failures"])
        return EndedScan(**values)
    except (ValueError, TypeError, LookupError):
        return None


def _blobs(connection: sqlite3.Connection, sql: str, number: int) -> list[bytes]:
    return [row[0] for row in connection.execute(sql, (number,))]


def _marks(values: tuple[Any, ...]) -> str:
    return ", ".join("?" * len(values))


@contextmanager
def _at_one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """Several reads of one state of the database."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
