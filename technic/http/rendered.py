"""Rows as JSON, made once for all scans and readers that tell the same ones.

Scans that ask for the same have the very same tables of rows; a match is some of them, one after the other.
So each table is rendered once, and what an event says is put together of finished texts. Tables that take
long are rendered in a thread. What was rendered lately is kept, within a bound of bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from technic.http.encoding import json_bytes
from technic.scanner.bounded import Bounded
from technic.scanner.rows import Rows

KEPT_BYTES = 48 * 1024 * 1024
_ROWS_INLINE = 64
"""So many rows are rendered in less than a millisecond; more go to a thread."""

Text = bytes | asyncio.Future[bytes]


class RenderedRows:
    """The JSON of rows; used on one event loop only.

    Args:
        limit_bytes: Most that is kept of what was rendered.
    """

    def __init__(self, limit_bytes: int = KEPT_BYTES) -> None:
        self._kept: Bounded[int, tuple[Rows, bytes]] = Bounded(limit_bytes)
        self._under_way: dict[int, asyncio.Future[bytes]] = {}

    def of(self, rows: Rows) -> bytes | Callable[[], Awaitable[bytes]]:
        """Rows as a JSON array, or what gives it once a thread has rendered what was not there."""
        tables = rows.parts
        texts = [self._find(table) for table in tables]
        missing = sum(len(table) for table, text in zip(tables, texts, strict=True) if text is None)
        make = self._render if missing <= _ROWS_INLINE else self._begin
        made = [make(table) if text is None else text for table, text in zip(tables, texts, strict=True)]
        ready = [text for text in made if isinstance(text, bytes)]
        return _array(ready) if len(ready) == len(made) else partial(_array_later, made)

    def _find(self, table: Rows) -> Text | None:
        """A table's rows with commas between them, if they are there or under way."""
        kept = self._kept.get(id(table))
        if kept is not None and kept[0] is table:
            return kept[1]
        return self._under_way.get(id(table))

    def _render(self, table: Rows) -> bytes:
        text = json_bytes(table.to_dicts())[1:-1]
        self._kept.keep(id(table), (table, text), len(text))
        return text

    def _begin(self, table: Rows) -> asyncio.Future[bytes]:
        """Render a table in a thread, for all who ask meanwhile."""

        async def rendered() -> bytes:
            try:
                return await asyncio.to_thread(self._render, table)
            finally:
                del self._under_way[id(table)]

        found = self._under_way[id(table)] = asyncio.ensure_future(rendered())
        return found


def _array(texts: list[bytes]) -> bytes:
    return b"[%b]" % b",".join(text for text in texts if text)


async def _array_later(texts: list[Text]) -> bytes:
    return _array([text if isinstance(text, bytes) else await asyncio.shield(text) for text in texts])
