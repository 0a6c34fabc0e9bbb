"""The whole API on one page.

A stream and the legacy call have no HEAD: it would open the one and run the other for nothing. No scan's id
is a word that stands in its place elsewhere.
"""

from __future__ import annotations

from aiohttp import web

from technic.http import (
    dashboard,
    fleet_streams,
    history,
    legacy,
    metrics,
    results,
    scan_streams,
    scans,
    starting,
    symbols,
    system,
)
from technic.http.openapi import serving

SCAN_ID = r"(?!(?:start|active|history|stats|ws|sse)$)[^/]+"
_SCAN, _SYMBOL = "{scan_id:[^/]+}", "{symbol:[^/]+}"
"""As aiohttp takes a name in a path unless told otherwise, but with braces in it too."""

ROUTES = (
    web.post("/scan/start", starting.start),
    web.get(f"/scan/progress/{_SCAN}", scans.progress),
    web.get(f"/scan/results/{_SCAN}", results.results),
    web.get(f"/scan/request/{_SCAN}", scans.asked),
    web.post(f"/scan/cancel/{_SCAN}", scans.cancel),
    web.get("/scan/active", scans.active),
    web.get("/scan/history", history.history),
    web.get("/scan/stats", history.statistics),
    web.delete(f"/scan/{{scan_id:{SCAN_ID}}}", scans.forget),
    web.get(f"/scan/ws/{_SCAN}", scan_streams.scan_websocket, allow_head=False),
    web.get(f"/scan/sse/{_SCAN}", scan_streams.scan_events, allow_head=False),
    web.get("/scan/ws", fleet_streams.fleet_websocket, allow_head=False),
    web.get("/scan/sse", fleet_streams.fleet_events, allow_head=False),
    web.get("/scan", legacy.scan, allow_head=False),
    web.get("/universe", symbols.universe),
    web.get(f"/symbols/{_SYMBOL}", symbols.symbol),
    web.get("/presets", symbols.presets),
    web.get("/fields", symbols.fields),
    web.get("/metrics", metrics.metrics),
    web.get("/health", system.health),
    web.get("/health/live", system.live),
    web.get("/health/ready", system.ready),
    web.get("/openapi.json", serving.openapi),
    web.get("/asyncapi.json", serving.asyncapi_document),
    web.get("/docs", serving.docs),
    web.get("/docs/streams", serving.streams),
    web.get("/", dashboard.page),
    web.get("/static/{name:.+}", dashboard.static),
)
