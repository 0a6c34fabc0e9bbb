"""A scan's newest snapshot for those who ask again and again: its JSON is made once for all of them.

Each has an entity tag, so that a client that has it already is told so (304) without its bytes. A tag is of
the bytes and of nothing else: it holds over a restart, and where a snapshot is shown again.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from http import HTTPStatus

from aiohttp import hdrs, web

from technic.engine.scan.events import Snapshot
from technic.http.encoding import JSON_TYPE, json_bytes
from technic.http.payloads import snapshot_body

KEPT_SCANS = 1_024
"""Scans whose newest snapshot is kept as JSON, some 1.5 KB each; those asked for longest ago go first."""
KEPT_BYTES = 16_384
"""A longer one (its error names thousands of symbols) is made anew each time."""
_TAG_BYTES = 12


@dataclass(frozen=True, slots=True)
class Polled:
    """A snapshot as it is answered."""

    snapshot: Snapshot
    body: bytes
    tag: str


class NewestSnapshots:
    """The JSON of snapshots that were asked for lately; used on the event loop only.

    Args:
        room: How many scans.
    """

    def __init__(self, room: int = KEPT_SCANS) -> None:
        self._room = room
        self._kept: OrderedDict[str, Polled] = OrderedDict()

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._kept)

    def of(self, snapshot: Snapshot) -> Polled:
        """A snapshot's JSON, made once as long as this very snapshot is the newest that is asked for."""
        found = self._kept.get(snapshot.scan_id)
        if found is not None and found.snapshot is snapshot:
            self._kept.move_to_end(snapshot.scan_id)
            return found
        made = _made(snapshot)
        self._kept.pop(snapshot.scan_id, None)
        if len(made.body) <= KEPT_BYTES:
            self._kept[snapshot.scan_id] = made
        if len(self._kept) > self._room:
            self._kept.popitem(last=False)
        return made


def _made(snapshot: Snapshot) -> Polled:
    body = json_bytes(snapshot_body(snapshot))
    return Polled(snapshot, body, f'"{blake2b(body, digest_size=_TAG_BYTES).hexdigest()}"')


def names(given: str | None, tag: str) -> bool:
    """Whether an If-None-Match names this tag."""
    return given is not None and (given.strip() == "*" or tag in given)


def polled_response(request: web.Request, polled: Polled) -> web.Response:
    """The snapshot, or 304 for a client that names its tag in If-None-Match."""
    headers = {hdrs.ETAG: polled.tag, hdrs.CACHE_CONTROL: "no-cache"}  # kept by a cache, never shown unasked
    if names(request.headers.get(hdrs.IF_NONE_MATCH), polled.tag):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return web.Response(body=polled.body, content_type=JSON_TYPE, headers=headers)
