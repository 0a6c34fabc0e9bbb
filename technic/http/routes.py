"""The whole API on one page.

A stream and the legacy call have no HEAD: it would open the one and run the other for nothing.
"""

from __future__ import annotations

from aiohttp import web

from technic.http import legacy, results, scans, sse, symbols, system, websocket

ROUTES = (
    web.post("/scan/start", scans.start),
    web.get("/scan/progress/{scan_id}", scans.progress),
    web.get("/scan/results/{scan_id}", results.results),
    web.post("/scan/cancel/{scan_id}", scans.cancel),
    web.get("/scan/active", scans.active),
    web.get("/scan/ws/{scan_id}", websocket.scan_websocket, allow_head=False),
    web.get("/scan/sse/{scan_id}", sse.scan_events, allow_head=False),
    web.get("/scan", legacy.scan, allow_head=False),
    web.get("/universe", symbols.universe),
    web.get("/symbols/{symbol}", symbols.symbol),
    web.get("/presets", symbols.presets),
    web.get("/fields", symbols.fields),
    web.get("/health", system.health),
    web.get("/health/live", system.live),
    web.get("/health/ready", system.ready),
)
