"""`POST /scan/start`: at once, with the rows at its end, or whichever comes first that the client likes."""

from __future__ import annotations

from functools import partial

from aiohttp import hdrs, web

from technic.engine.scan.events import Snapshot
from technic.http.answers import json_response, large_json_response
from technic.http.idempotency import key_of
from technic.http.inputs import read_object
from technic.http.keys import ENGINE
from technic.http.payloads import start_body, waited_body
from technic.http.preferences import Preferences
from technic.http.waiting import begin, run_to_end, wait_a_while
from technic.scanner.request import parse_request


async def start(request: web.Request) -> web.Response:
    """POST /scan/start: 202 at once, or with `async_mode: false` 200 and the rows at its end.

    With `Prefer: wait=N` the 202 waits so long for the end, and becomes a 200 with the rows if that comes.
    """
    engine, key = request.app[ENGINE], key_of(request)
    read = partial(parse_request, today=engine.clock.now().date(), presets=engine.presets)
    asked = await read_object(request, read)
    if not asked.async_mode:
        outcome = await run_to_end(request, asked, key)
        return await large_json_response(lambda: waited_body(outcome.snapshot, outcome.result))
    return await _as_preferred(request, (await begin(request, asked, key)).snapshot)


async def _as_preferred(request: web.Request, begun: Snapshot) -> web.Response:
    """The answer that a client prefers who does not insist on waiting."""
    preferences = Preferences.of(request)
    if preferences.wait_seconds is None:
        return _accepted(begun, preferences.applied(waited=False, accepted=True))
    waited = await wait_a_while(request, begun.scan_id, preferences.wait_seconds)
    snapshot = await request.app[ENGINE].snapshot(begun.scan_id)
    applied = preferences.applied(waited=waited, accepted=not snapshot.status.ended)
    if not snapshot.status.ended:
        return _accepted(snapshot, applied)
    outcome = await request.app[ENGINE].result(begun.scan_id)
    return await large_json_response(lambda: waited_body(outcome.snapshot, outcome.result), headers=applied)


def _accepted(snapshot: Snapshot, headers: dict[str, str]) -> web.Response:
    body = start_body(snapshot)
    known = {hdrs.LOCATION: body["progress_url"], hdrs.RETRY_AFTER: "1"}
    return json_response(body, status=202, headers=known | headers)
