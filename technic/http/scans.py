"""Starting, following and cancelling scans over REST."""

from __future__ import annotations

from functools import partial

from aiohttp import hdrs, web

from technic.http.answers import json_response, large_json_response
from technic.http.inputs import read_object
from technic.http.keys import ENGINE
from technic.http.payloads import active_body, cancel_body, snapshot_body, start_body, waited_body
from technic.http.waiting import run_to_end
from technic.scanner.request import parse_request


async def start(request: web.Request) -> web.StreamResponse:
    """POST /scan/start: 202 at once, or with `async_mode: false` 200 and the rows at its end."""
    engine = request.app[ENGINE]
    asked = await read_object(request, partial(parse_request, today=engine.clock.now().date()))
    if not asked.async_mode:
        outcome = await run_to_end(request, asked)
        return await large_json_response(lambda: waited_body(outcome.snapshot, outcome.result))
    body = start_body(await engine.submit(asked))
    return json_response(
        body, status=202, headers={hdrs.LOCATION: body["progress_url"], hdrs.RETRY_AFTER: "1"}
    )


async def progress(request: web.Request) -> web.Response:
    """GET /scan/progress/{scan_id}: the newest snapshot."""
    return json_response(snapshot_body(await request.app[ENGINE].snapshot(request.match_info["scan_id"])))


async def cancel(request: web.Request) -> web.Response:
    """POST /scan/cancel/{scan_id}: asks it to stop; as often as one likes."""
    scan_id = request.match_info["scan_id"]
    return json_response(
        cancel_body(scan_id, *await request.app[ENGINE].cancel(scan_id, reason="asked for over HTTP"))
    )


async def active(request: web.Request) -> web.Response:
    """GET /scan/active: the scans that have not ended."""
    snapshots = await request.app[ENGINE].active()
    return await large_json_response(lambda: active_body(snapshots))
