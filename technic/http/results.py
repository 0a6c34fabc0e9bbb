"""`GET /scan/results/{scan_id}`: the rows of a scan, a page of them, in the form that was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from hashlib import blake2b
from http import HTTPStatus
from typing import Annotated

from aiohttp import hdrs, web
from pydantic import AfterValidator, Field, WithJsonSchema

from technic import __version__
from technic.engine.offload import Offload
from technic.engine.outcome import OpenResult
from technic.engine.sheets import Page, leaf_through
from technic.http.envelopes import ENVELOPES, JsonEnvelope
from technic.http.inputs import Flag, Query
from technic.http.keys import ENGINE, EXPORTS, FRAMES
from technic.http.negotiation import Form, form_of
from technic.http.polled import names
from technic.http.preferences import Preferences
from technic.http.rendered import RenderedRows
from technic.http.sending import send
from technic.http.waiting import wait_a_while
from technic.scanner.encoders import PORTION_ROWS, RowsEncoder, encoded
from technic.scanner.export import EXPORTS as ROWS_ALONE
from technic.scanner.fields import BY_NAME, NAMES, nearest
from technic.scanner.request_faults import Refused
from technic.scanner.rows import Rows

AT_ONCE_ROWS = 2 * PORTION_ROWS
"""A page of so many rows is one answer with a length; a longer one is sent while it is made."""


def _column(name: str) -> str:
    if name not in BY_NAME:
        raise Refused(f"{name[:60]!r} is not a field; GET /fields lists them.", nearest(name, NAMES))
    return name


class ResultsQuery(Query):
    """What a reader asks of a result.

    Attributes:
        offset: The first row.
        limit: How many rows at most; all where it is not given.
        sort_by: Another order than the scan's own.
        descending: Whether that order has the highest first.
        partial: Also of a scan that has not ended.
    """

    offset: int = Field(0, ge=0, le=2**31, examples=[100])
    limit: int | None = Field(None, ge=0, le=2**31, examples=[100])
    sort_by: Annotated[str, AfterValidator(_column), WithJsonSchema({"enum": list(NAMES)})] | None = Field(
        None, examples=["change_pct"]
    )
    descending: Flag = Field(True, examples=[False])  # noqa: FBT003 - a default
    partial: Flag = Field(False, examples=[True])  # noqa: FBT003 - a default

    @property
    def page(self) -> Page:
        """The rows that are meant."""
        return Page(self.offset, self.limit, self.sort_by, self.descending)


async def results(request: web.Request) -> web.StreamResponse:
    """GET /scan/results/{scan_id}; with `Prefer: wait=N` it waits so long for the scan's end.

    Rows are rendered in a thread, and where they are more than `AT_ONCE_ROWS` sent while they are made.
    """
    form, query, preferences = form_of(request), ResultsQuery.read(request), Preferences.of(request)
    scan_id, wait_seconds = request.match_info["scan_id"], preferences.wait_seconds
    waited = wait_seconds is not None and await wait_a_while(request, scan_id, wait_seconds)
    opened = await request.app[ENGINE].open_result(scan_id, partial=query.partial)
    headers = _headers(opened, form) | preferences.applied(waited=waited, accepted=False)
    if opened.snapshot.status.ended:  # it is final, and so is every page of it
        tag = _tag(request.app[ENGINE].epoch, opened, (form, query.page, __version__))
        headers |= {hdrs.ETAG: tag, hdrs.CACHE_CONTROL: "no-cache"}
        if names(request.headers.get(hdrs.IF_NONE_MATCH), tag):
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    rows = len(query.page.of(sum(opened.sheets.sizes)))
    encoder = ENVELOPES[form](opened, rows)
    if rows <= AT_ONCE_ROWS:
        body = await _whole(opened, query.page, encoder, request.app[FRAMES].rows)
        return web.Response(body=body, headers=headers)
    return await send(request, headers, _portions(request.app[EXPORTS].make, opened, query.page, encoder))


def _headers(opened: OpenResult, form: Form) -> dict[str, str]:
    headers: dict[str, str] = {hdrs.CONTENT_TYPE: ROWS_ALONE[form][0], hdrs.VARY: hdrs.ACCEPT}
    if form != "json":
        headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="scan-{opened.snapshot.scan_id}.{form}"'
    return headers


def _tag(epoch: str, opened: OpenResult, asked: object) -> str:
    """An entity tag, made of what an answer is made of and not of its bytes, which are not there yet."""
    told = (epoch, opened.snapshot.scan_id, opened.snapshot.seq, opened.result.warnings, asked)
    return f'W/"{blake2b(repr(told).encode(errors="backslashreplace"), digest_size=12).hexdigest()}"'


async def _whole(opened: OpenResult, page: Page, encoder: RowsEncoder, rendered: RenderedRows) -> bytes:
    """A page that is small, in one piece; rows that scans share are made JSON once for all of them."""
    rows = Rows.concat([rows async for rows in leaf_through(opened.sheets, page)])
    if isinstance(encoder, JsonEnvelope) and opened.sheets.holds(rows):
        text = rendered.of(rows)
        return encoder.around(text if isinstance(text, bytes) else await text())
    return await asyncio.to_thread(encoded, encoder, rows)


async def _portions(
    make: Offload, opened: OpenResult, page: Page, encoder: RowsEncoder
) -> AsyncGenerator[bytes]:
    """A page of any size; never empty. Each portion is some megabyte at most, but of Parquet a group."""
    head = encoder.begin()  # sent with the first rows, not before: that they cannot be read shall be told
    async for rows in leaf_through(opened.sheets, page):
        for few in rows.sheets(PORTION_ROWS):
            portion = await make(encoder.add, few)
            yield head + portion
            head = b""
    yield head + await make(encoder.end)
