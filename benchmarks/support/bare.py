"""A bare aiohttp server: the least that anybody's handlers cost, to hold others against.

`python -m benchmarks.support.bare BODY` prints its port and serves until its input ends: every GET is
answered with the given body, every POST with the same after its JSON was read, `/ws` is a WebSocket.
"""

from __future__ import annotations

import asyncio
import sys

import orjson
import uvloop
from aiohttp import web


async def serve(body: bytes) -> None:
    async def get(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    async def post(request: web.Request) -> web.Response:
        orjson.loads(await request.read())
        return web.Response(body=body, content_type="application/json", status=202)

    async def stream(request: web.Request) -> web.WebSocketResponse:
        stream = web.WebSocketResponse(compress=False)
        await stream.prepare(request)
        async for _ in stream:
            pass
        return stream

    app = web.Application()
    routes = (web.get("/ws", stream), web.post("/scan/start", post), web.get("/{path:.*}", get))
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1].encode()))
