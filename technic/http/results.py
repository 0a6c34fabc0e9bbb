"""`GET /scan/results/{scan_id}`: the rows of a scan, a page of them, in the form that was asked for."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgpack
from aiohttp import hdrs, web
from pydantic import AfterValidator, Field

from technic.engine.outcome import ScanOutcome
from technic.http.encoding import json_bytes
from technic.http.inputs import Query
from technic.http.keys import ENGINE
from technic.http.negotiation import Form, form_of
from technic.http.payloads import result_body
from technic.http.preferences import Preferences
from technic.http.waiting import wait_a_while
from technic.scanner.export import EXPORTS
from technic.scanner.fields import BY_NAME, NAMES, nearest
from technic.scanner.request_faults import Refused


def _column(name: str) -> str:
    if name not in BY_NAME:
        raise Refused(f"{name[:60]!r} is not a field; GET /fields lists them.", nearest(name, NAMES))
    return name


class ResultsQuery(Query):
    """What a reader asks of a result.

    Attributes:
        offset: The first row.
        limit: How many rows at most; None for all.
        sort_by: Another order than the scan's own.
        descending: Whether that order has the highest first.
        partial: Also of a scan that has not ended.
    """

    offset: int = Field(0, ge=0, le=2**31)
    limit: int | None = Field(None, ge=0, le=2**31)
    sort_by: Annotated[str, AfterValidator(_column)] | None = None
    descending: bool = True
    partial: bool = False


async def results(request: web.Request) -> web.Response:
    """GET /scan/results/{scan_id}; with `Prefer: wait=N` it waits so long for the scan's end.

    Rows are rendered in a thread: thousands of them take long.
    """
    form, query, preferences = form_of(request), ResultsQuery.read(request), Preferences.of(request)
    scan_id, wait_seconds = request.match_info["scan_id"], preferences.wait_seconds
    waited = wait_seconds is not None and await wait_a_while(request, scan_id, wait_seconds)
    outcome = await request.app[ENGINE].result(scan_id, partial=query.partial)
    body = await asyncio.to_thread(_render, outcome, query, form)
    headers: dict[str, str] = {hdrs.CONTENT_TYPE: EXPORTS[form][0], hdrs.VARY: hdrs.ACCEPT}
    headers |= preferences.applied(waited=waited, accepted=False)
    if form != "json":
        headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="scan-{outcome.snapshot.scan_id}.{form}"'
    return web.Response(body=body, headers=headers)


def _render(outcome: ScanOutcome, query: ResultsQuery, form: Form) -> bytes:
    """One page of a result: CSV and Parquet hold rows alone, JSON and msgpack all that is known."""
    rows = outcome.result.ordered(query.sort_by, descending=query.descending)
    end = None if query.limit is None else query.offset + query.limit
    page = rows.take(slice(query.offset, end))
    if form in {"csv", "parquet"}:
        return EXPORTS[form][1](page)
    body = result_body(outcome.snapshot, outcome.result, page.to_dicts())
    if form == "json":
        return json_bytes(body)
    packed: bytes = msgpack.packb(body, default=str)
    return packed
