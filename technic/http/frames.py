"""What a stream says of an event, made once for all its readers.

Default frames are progress snapshots alone, as today's clients read them; typed frames (`?events=all`) have a
`type` in front, and tell of matches too. A wire form is kept in the event's `encodings` under its name.
"""

from __future__ import annotations

import asyncio
from typing import Any

from technic.engine.scan.events import MatchesFound, ProgressAdvanced, ScanEvent
from technic.errors import TechnicError
from technic.http.encoding import json_bytes
from technic.http.payloads import snapshot_body
from technic.http.problems import error_body

_ROWS_INLINE = 64
"""So many rows are rendered in less than a millisecond; more go to a thread."""
_KEPT_SECONDS = 5.0


async def frame(event: ScanEvent, *, typed: bool) -> bytes | None:
    """An event as JSON; None where a default stream has nothing to say of it."""
    if isinstance(event, MatchesFound):
        return await _matches(event) if typed else None
    snapshot = event.encodings.get("snapshot")
    if snapshot is None:
        snapshot = event.encodings["snapshot"] = json_bytes(snapshot_body(event.snapshot))
    if not typed:
        return bytes(snapshot)
    kind = b"progress" if isinstance(event, ProgressAdvanced) else b"state"
    return b'{"type":"%b",' % kind + snapshot[1:]


async def _matches(event: MatchesFound) -> bytes:
    """The rows of an event as JSON, made once for all who read them at about the same time.

    The bus keeps matches for replay; their JSON is much larger than they are, and is dropped soon.
    """
    if "matches" not in event.encodings:
        asyncio.get_running_loop().call_later(_KEPT_SECONDS, event.encodings.pop, "matches", None)
        event.encodings["matches"] = (
            _matches_json(event)
            if len(event.rows) <= _ROWS_INLINE
            else asyncio.ensure_future(asyncio.to_thread(_matches_json, event))
        )
    found = event.encodings["matches"]
    return bytes(await asyncio.shield(found) if isinstance(found, asyncio.Future) else found)


def _matches_json(event: MatchesFound) -> bytes:
    return json_bytes(
        {"type": "match", "scan_id": event.scan_id, "seq": event.seq, "rows": event.rows.to_dicts()}
    )


def hello(scan_id: str, epoch: str, seq: int, *, recovered: bool) -> bytes:
    """The first typed frame: whose numbers these are, and from which one on the stream tells all.

    `recovered` says that what happened after the reader's last number follows in full; else the snapshot
    that follows is a new start.
    """
    return json_bytes(
        {"type": "hello", "scan_id": scan_id, "epoch": epoch, "seq": seq, "recovered": recovered}
    )


def error_frame(error: TechnicError) -> bytes:
    """An error on a stream: the problem under `error`, since a problem has a `type` of its own."""
    return reply_frame("error", {"error": error_body(error)})


def reply_frame(kind: str, fields: dict[str, Any]) -> bytes:
    """An answer to something that a reader sent."""
    return json_bytes({"type": kind, **fields})
