"""What a stream says of an event, made once for all its readers.

Default frames are progress snapshots alone, as today's clients read them; typed frames have a `type`
in front and `at`, when they were told; with `?events=all` they tell of matches too, with `?events=states`
not. Those of all scans have the event's offset beside it. What is made of a snapshot is kept in the event's
`encodings`; of a match the rows alone, for it goes out in `forms`, which are kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson

from technic.engine.fleet import Numbered
from technic.engine.scan.events import MatchesFound, ProgressAdvanced, ScanEvent, StateChanged
from technic.errors import TechnicError
from technic.http.codings import JSON, Coding
from technic.http.forms import Forms, Later, Made
from technic.http.payloads import snapshot_body
from technic.http.problems import error_body
from technic.http.rendered import RenderedRows


class Frames:
    """The frames of events; used on one event loop only.

    Attributes:
        forms: How they look on the wires.
        rows: The rows that they tell of, as JSON.
    """

    def __init__(self) -> None:
        self.forms = Forms()
        self.rows = RenderedRows()

    def frame(self, event: ScanEvent, *, typed: bool, coding: Coding = JSON) -> Made | None:
        """An event; None where a default stream has nothing to say of it."""
        if not typed:
            return None if isinstance(event, MatchesFound) else _snapshot(event, coding)
        return self._whole(event, coding, f"{coding.name} typed", {"type": kind_of(event)})

    def numbered(self, numbered: Numbered, *, typed: bool, coding: Coding) -> Made | None:
        """An event among those of all scans; None where a default stream has nothing to say of it."""
        offset, event, own = numbered
        if not typed:
            return self.frame(event, typed=False, coding=coding)
        fields = {"type": kind_of(event), "offset": offset}
        return self._whole(event, coding, f"{coding.name} numbered" if own else None, fields)

    def _whole(self, event: ScanEvent, coding: Coding, form: str | None, fields: dict[str, Any]) -> Made:
        """The event behind these fields, kept as this form if it has a name."""
        if isinstance(event, MatchesFound):
            return self._match(event, coding, fields)
        if form is not None and form in event.encodings:
            return bytes(event.encodings[form])
        whole = coding.front(_stamped(fields, event), _snapshot(event, coding))
        if form is not None:
            event.encodings[form] = whole
        return whole

    def _match(self, event: MatchesFound, coding: Coding, fields: dict[str, Any]) -> Made:
        def whole(rows: bytes) -> bytes:
            body = {"scan_id": event.scan_id, "seq": event.seq, "rows": orjson.Fragment(rows)}
            return coding.encode(_stamped(fields, event) | body)

        rows = self.rows.of(event.rows)
        return whole(rows) if isinstance(rows, bytes) else partial(_whole_later, whole, rows)


async def _whole_later(whole: Callable[[bytes], bytes], rows: Later) -> bytes:
    return await asyncio.to_thread(whole, await rows())


def _stamped(fields: dict[str, Any], event: ScanEvent) -> dict[str, Any]:
    return fields | {"at": round(1000 * event.at, 3) if event.at else None}


def kind_of(event: ScanEvent) -> str:
    """The type of an event's frame."""
    if isinstance(event, MatchesFound):
        return "match"
    return "progress" if isinstance(event, ProgressAdvanced) else "state"


def _snapshot(event: StateChanged | ProgressAdvanced, coding: Coding) -> bytes:
    made = event.encodings.get(coding.name)
    if made is None:
        made = event.encodings[coding.name] = coding.encode(snapshot_body(event.snapshot))
    return bytes(made)


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
