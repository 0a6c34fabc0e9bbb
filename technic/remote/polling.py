"""Watching by asking again and again, where no stream can be had."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

from technic.remote.bookmark import Bookmark
from technic.remote.caller import Caller, quoted
from technic.remote.raw import ENDED, Raw

_UNCHANGED = 304
_REST = 10
"""Asking for all rows may take long; so much longer than it took we leave it alone."""


async def by_asking(
    caller: Caller, bookmark: Bookmark, alive: Callable[[], None]
) -> AsyncGenerator[Mapping[str, Any]]:
    """Snapshots as typed frames, and before each the rows that it counts, as a frame of type `rows`.

    Takes what `over_socket` does; the caller's patience is its own.

    Raises:
        TechnicError: As `Caller.call` and `Answer.json` do.
    """
    path, tag, rows = f"/scan/progress/{quoted(bookmark.scan_id)}", "", _Rows(caller, bookmark)
    before: tuple[object, ...] = ()
    while True:
        known = {"If-None-Match": tag} if tag else {}
        answer = await caller.call("GET", path, headers=known, patient=True)
        alive()
        if answer.status != _UNCHANGED:
            tag = answer.headers.get("ETag", "")
            snapshot = answer.json(holds="percentage")
            ended = snapshot.get("status") in ENDED
            if (found := await rows.found(snapshot.get("matches"), ended=ended)) is not None:
                yield {"type": "rows", "rows": found}
            state = (snapshot.get("status"), snapshot.get("cancel_requested"))
            yield {**snapshot, "type": "progress" if state == before else "state"}
            before = state
        await asyncio.sleep(caller.habits.poll_seconds)


class _Rows:
    """The rows of a scan, asked for when there are more of them."""

    def __init__(self, caller: Caller, bookmark: Bookmark) -> None:
        self._caller = caller
        self._bookmark = bookmark
        self._matches: object = 0
        self._next_at = 0.0

    async def found(self, matches: object, *, ended: bool) -> list[Raw] | None:
        """All that were found, where there are others than before and it is time; at the end in any case."""
        known = matches == self._matches or time.monotonic() < self._next_at
        if matches == 0 or (known and not ended):
            return None
        began = time.monotonic()
        rows = await rows_so_far(self._caller, self._bookmark.scan_id)
        now = time.monotonic()
        self._matches, self._next_at = matches, now + _REST * (now - began)
        return rows


async def rows_so_far(caller: Caller, scan_id: str) -> list[Raw]:
    """All rows that a scan has found, as far as its `limit` lets one see them. Raises as `by_asking`."""
    answer = await caller.call("GET", f"/scan/results/{quoted(scan_id)}", {"partial": "true"})
    rows: Any = answer.json(holds="results")["results"]
    if not isinstance(rows, list):
        raise answer.foreign()
    return rows
