"""What a stream says of an event, made once for all its readers.

Default frames are progress snapshots alone, as today's clients read them; typed frames (`?events=all`) have a
`type` in front and `at`, when they were told, and tell of matches too; those of all scans have the event's
offset beside it. A wire form is kept in the event's `encodings` under its name. Rows that take long are
rendered in a thread, and their frame comes later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from technic.engine.fleet import Numbered
from technic.engine.scan.events import MatchesFound, ProgressAdvanced, ScanEvent
from technic.errors import TechnicError
from technic.http.codings import JSON, Coding
from technic.http.payloads import snapshot_body
from technic.http.problems import error_body

_ROWS_INLINE = 64
"""So many rows are rendered in less than a millisecond; more go to a thread."""
_KEPT_SECONDS = 5.0

Later = Callable[[], Awaitable[bytes]]
Made = bytes | Later
"""Bytes, or what gives them once a thread has made them."""


def frame(event: ScanEvent, *, typed: bool, coding: Coding = JSON) -> Made | None:
    """An event; None where a default stream has nothing to say of it."""
    if not typed:
        return None if isinstance(event, MatchesFound) else _snapshot(event, coding)
    return _whole(event, coding, f"{coding.name} typed", {"type": kind_of(event)})


def numbered_frame(numbered: Numbered, *, typed: bool, coding: Coding) -> Made | None:
    """An event among those of all scans; None where a default stream has nothing to say of it."""
    offset, event, own = numbered
    if not typed:
        return frame(event, typed=False, coding=coding)
    fields = {"type": kind_of(event), "offset": offset}
    return _whole(event, coding, f"{coding.name} numbered" if own else None, fields)


def kind_of(event: ScanEvent) -> str:
    """The type of an event's frame."""
    if isinstance(event, MatchesFound):
        return "match"
    return "progress" if isinstance(event, ProgressAdvanced) else "state"


def _whole(event: ScanEvent, coding: Coding, form: str | None, fields: dict[str, Any]) -> Made:
    """The event behind these fields, kept as this form if it has a name."""
    if form is not None and form in event.encodings:
        return bytes(event.encodings[form])
    fields["at"] = round(1000 * event.at, 3) if event.at else None
    if not isinstance(event, MatchesFound):
        return _kept(event, coding, form, coding.front(fields, _snapshot(event, coding)))
    rows = _matches(event, coding)
    if isinstance(rows, bytes):
        return _kept(event, coding, form, coding.front(fields, rows))
    return partial(_whole_later, event, coding, form, fields, rows)


async def _whole_later(
    event: ScanEvent, coding: Coding, form: str | None, fields: dict[str, Any], body: asyncio.Future[bytes]
) -> bytes:
    return _kept(event, coding, form, coding.front(fields, await asyncio.shield(body)))


def _kept(event: ScanEvent, coding: Coding, form: str | None, whole: bytes) -> bytes:
    if form is not None and coding.name in event.encodings:  # else they have just been dropped
        event.encodings[form] = whole
    return whole


def _snapshot(event: ScanEvent, coding: Coding) -> bytes:
    made = event.encodings.get(coding.name)
    if made is None:
        assert not isinstance(event, MatchesFound)  # noqa: S101 - the callers have looked
        made = event.encodings[coding.name] = coding.encode(snapshot_body(event.snapshot))
    return bytes(made)


def _matches(event: MatchesFound, coding: Coding) -> bytes | asyncio.Future[bytes]:
    """The rows of an event, made once for all who read them at about the same time.

    The bus keeps matches for replay; their wire forms are much larger than they are, and are dropped soon.
    """
    if not event.encodings:
        asyncio.get_running_loop().call_later(_KEPT_SECONDS, event.encodings.clear)
    found = event.encodings.get(coding.name)
    if found is None:
        found = event.encodings[coding.name] = _rendered(event, coding)
    if isinstance(found, asyncio.Future):
        return found.result() if found.done() else found
    return bytes(found)


def _rendered(event: MatchesFound, coding: Coding) -> bytes | asyncio.Future[bytes]:
    def render() -> bytes:
        body = {"scan_id": event.scan_id, "seq": event.seq, "rows": event.rows.to_dicts()}
        return coding.encode(body)

    return render() if len(event.rows) <= _ROWS_INLINE else asyncio.ensure_future(asyncio.to_thread(render))


def hello(scan_id: str, epoch: str, seq: int, *, recovered: bool) -> dict[str, Any]:
    """The first typed frame: whose numbers these are, and from which one on the stream tells all.

    `recovered` says that what happened after the reader's last number follows in full; else the snapshot
    that follows is a new start.
    """
    return {"type": "hello", "scan_id": scan_id, "epoch": epoch, "seq": seq, "recovered": recovered}


def fleet_hello(epoch: str, offset: int, *, recovered: bool) -> dict[str, Any]:
    """The first frame of all scans: the same, of their one numbering."""
    return {"type": "hello", "epoch": epoch, "offset": offset, "recovered": recovered}


def error_frame(error: TechnicError) -> dict[str, Any]:
    """An error on a stream: the problem under `error`, since a problem has a `type` of its own."""
    return {"type": "error", "error": error_body(error)}
