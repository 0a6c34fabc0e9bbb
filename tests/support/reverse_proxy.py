"""A reverse proxy that has a server below a path of its own, as nginx does by `proxy_pass http://server/`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, hdrs, web

PASSED = (hdrs.HOST, hdrs.ORIGIN, hdrs.ACCEPT, hdrs.ACCEPT_ENCODING, hdrs.CONTENT_TYPE, hdrs.IF_NONE_MATCH)
KEPT_BACK = {hdrs.TRANSFER_ENCODING, hdrs.CONNECTION, hdrs.CONTENT_LENGTH, hdrs.DATE}


@asynccontextmanager
async def proxied(url: str, prefix: str) -> AsyncIterator[str]:
    """The address of the proxy: below `prefix` there is what `url` serves, and nothing elsewhere."""
    async with ClientSession(auto_decompress=False) as client:

        async def forward(request: web.Request) -> web.StreamResponse:
            target = f"{url}/{request.match_info['path']}"
            headers = {name: request.headers[name] for name in PASSED if name in request.headers}
            if hdrs.UPGRADE in request.headers:
                return await _pipe(request, client, target, headers)
            async with client.request(
                request.method, target, params=request.query, headers=headers, data=await request.read()
            ) as answer:
                body = await answer.read()
                kept = {name: value for name, value in answer.headers.items() if name not in KEPT_BACK}
                return web.Response(status=answer.status, body=body, headers=kept)

        app = web.Application()
        app.router.add_route("*", prefix + "/{path:.*}", forward)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            yield f"http://{host}:{port}"
        finally:
            await runner.cleanup()


async def _pipe(
    request: web.Request, client: ClientSession, target: str, headers: dict[str, str]
) -> web.WebSocketResponse:
    """Carry the messages of a WebSocket both ways."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async with client.ws_connect(target, params=request.query, headers=headers) as inner:
        there, back = (
            asyncio.create_task(_carry(one, other)) for one, other in ((socket, inner), (inner, socket))
        )
        await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
        there.cancel()
        back.cancel()
        await asyncio.wait([there, back])
    await socket.close()
    return socket


async def _carry(
    source: web.WebSocketResponse | ClientWebSocketResponse,
    target: web.WebSocketResponse | ClientWebSocketResponse,
) -> None:
    async for message in source:
        if message.type is WSMsgType.TEXT:
            await target.send_str(message.data)
