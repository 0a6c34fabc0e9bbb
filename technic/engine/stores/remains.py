"""What earlier processes left in scans.db: read once, at the start, by the connection that writes."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from technic.engine.codec.checkpoints import decode_checkpoint
from technic.engine.codec.packing import RecordDamaged
from technic.engine.codec.requests import decode_request, decode_source
from technic.engine.codec.snapshots import decode_snapshot
from technic.engine.scan.events import Snapshot, Status
from technic.engine.stores.base import Claim, Kept, Reservation, Unfinished
from technic.engine.stores.entries import Entry
from technic.engine.stores.schema import epoch_of
from technic.engine.stores.shares import piece_by_digest
from technic.scanner.request import ScanRequest

_log = structlog.get_logger(__name__)
_COLUMNS = "number, id, status, request, snapshot, reserved_seq, reserved_percentage, strikes, source,"
_COLUMNS += " claim_key, claim_request, created_at"


@dataclass(frozen=True, slots=True)
class Remains:
    """What there is.

    Attributes:
        epoch: The name of the file's numbering.
        left: Scans that can go on, oldest first.
        ruined: Scans that cannot, for what was kept of them is damaged; each has its end already.
        thinned: Ids of scans of `left` that lost a damaged checkpoint: what it held is to be done again.
    """

    epoch: str
    left: tuple[Entry, ...]
    ruined: tuple[Entry, ...]
    thinned: frozenset[str]


def remains(connection: sqlite3.Connection) -> Remains:
    """What an earlier process left."""
    epoch = epoch_of(connection)
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM scans WHERE ended_at IS NULL ORDER BY created_at, number"  # noqa: S608 - our own words
    ).fetchall()
    left, ruined, thinned = [], [], set()
    for row in rows:
        fields = dict(zip(_COLUMNS.replace(",", "").split(), row, strict=True))
        try:
            entry, whole = _entry(connection, fields)
        except RecordDamaged as error:
            _log.warning(
                "a scan that was left is damaged and ends", scan_id=fields["id"], reason=error.detail
            )
            ruined.append(_ruined(fields, error))
            continue
        left.append(entry)
        if not whole:
            thinned.add(fields["id"])
    return Remains(epoch, tuple(left), tuple(ruined), frozenset(thinned))


def unfinished(entry: Entry) -> Unfinished:
    """A scan that was left, as the port tells of it."""
    return Unfinished(
        request=entry.request,
        snapshot=entry.snapshot,
        reserved=entry.reserved,
        strikes=entry.strikes,
        source=entry.source,
        kept=tuple(sorted(entry.kept, key=lambda kept: kept.seq)),
        states=tuple(entry.states),
    )


def _entry(connection: sqlite3.Connection, fields: dict[str, Any]) -> tuple[Entry, bool]:
    """A scan that was left, and whether all its checkpoints can be read."""
    number, key = fields["number"], fields["claim_key"]
    states = connection.execute("SELECT snapshot FROM states WHERE number = ? ORDER BY seq", (number,))
    entry = Entry(
        request=decode_request(fields["request"]),
        snapshot=decode_snapshot(fields["snapshot"]),
        reserved=_reserved(fields),
        claim=None if key is None else Claim(key, fields["claim_request"], fields["id"]),
        strikes=fields["strikes"],
        source=None if fields["source"] is None else decode_source(fields["source"]),
        states=[decode_snapshot(state) for (state,) in states],
    )
    parts = connection.execute(
        "SELECT seq, checkpoint FROM checkpoints WHERE number = ? ORDER BY place", (number,)
    ).fetchall()
    for seq, checkpoint in parts:
        try:
            entry.kept.append(Kept(seq, decode_checkpoint(checkpoint, piece_by_digest(connection))))
        except RecordDamaged as error:
            _log.warning("a checkpoint is damaged, its symbols are done again", reason=error.detail)
    entry.show()
    return entry, len(entry.kept) == len(parts)


def _reserved(fields: dict[str, Any]) -> Reservation:
    return Reservation(fields["reserved_seq"], fields["reserved_percentage"])


def _ruined(fields: dict[str, Any], error: RecordDamaged) -> Entry:
    """The same scan as far as its columns tell of it, failed."""
    created_at = datetime.fromtimestamp(fields["created_at"], UTC)
    snapshot = Snapshot(
        scan_id=fields["id"],
        seq=fields["reserved_seq"],
        status=Status.FAILED,
        stage="queued",
        current=0,
        total=0,
        stage_percentage=0.0,
        percentage=fields["reserved_percentage"],
        message="What was kept of this scan is damaged, so it cannot go on.",
        eta_seconds=0.0,
        stage_eta_seconds=0.0,
        symbols_per_second=0.0,
        elapsed_seconds=0.0,
        last_symbol=None,
        stages=(),
        matches=0,
        failures=0,
        created_at=created_at,
        started_at=None,
        completed_at=datetime.now(UTC),
        error=error.failure(),
        priority=5,
        queue_position=None,
        cancel_requested=False,
    )
    return Entry(ScanRequest(), snapshot, _reserved(fields))
