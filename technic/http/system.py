"""How the service is: for people, and for whoever decides whether to send it requests."""

from __future__ import annotations

from aiohttp import web

from technic import __version__
from technic.http.answers import json_response
from technic.http.keys import ENGINE, GUESTS
from technic.http.measuring import VITALS
from technic.http.payloads import health_body, process_body
from technic.http.refusals import NotReady


async def health(request: web.Request) -> web.Response:
    """GET /health: 200 as long as anybody answers; `status` and the counts say how it is."""
    state = request.app[ENGINE].health()
    features = {
        "progress_tracking": True,
        "websocket": True,
        "sse": True,
        "cancellation": True,
        "partial_results": True,
        "history": True,
        "idempotency": True,
        "resume": state["storage"]["kind"] != "memory",
        "redis": state["store"] == "redis",
    }
    body = health_body(__version__, state, features, draining=request.app[GUESTS].closing)
    process = process_body(request.app[VITALS].read())
    return json_response(body | {"streams": len(request.app[GUESTS]), "process": process})


async def live(_request: web.Request) -> web.Response:
    """GET /health/live: 200 while the event loop turns."""
    return json_response({"status": "alive"})


async def ready(request: web.Request) -> web.Response:
    """GET /health/ready: 200 when a scan would be taken, else 503."""
    if request.app[GUESTS].closing or not request.app[ENGINE].health()["ready"]:
        raise NotReady("The engine takes no scans at present.", retry_after=2.0)
    return json_response({"status": "ready"})
