"""Following, cancelling and forgetting scans over REST."""

from __future__ import annotations

from aiohttp import web

from technic.http.answers import json_response, large_json_response
from technic.http.keys import ENGINE, NEWEST
from technic.http.payloads import active_body, cancel_body
from technic.http.polled import polled_response


async def progress(request: web.Request) -> web.Response:
    """GET /scan/progress/{scan_id}: the newest snapshot; 304 for a client that names its entity tag."""
    snapshot = await request.app[ENGINE].snapshot(request.match_info["scan_id"])
    return polled_response(request, request.app[NEWEST].of(snapshot))


async def asked(request: web.Request) -> web.Response:
    """GET /scan/request/{scan_id}: what it was asked for, whole: what starts another like it."""
    scan_id = request.match_info["scan_id"]
    known = await request.app[ENGINE].request(scan_id)
    return await large_json_response(lambda: {"scan_id": scan_id, "request": known.as_json()})


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


async def forget(request: web.Request) -> web.Response:
    """DELETE /scan/{scan_id}: forgets one that has ended, its rows and its key; 409 while it runs."""
    await request.app[ENGINE].forget(request.match_info["scan_id"])
    return web.Response(status=204)
