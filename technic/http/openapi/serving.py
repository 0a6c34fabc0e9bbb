"""The documents and the pages that show them, as they are served: each made once, when first asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiohttp import web

from technic.http.dashboard import STATIC, Served
from technic.http.encoding import JSON_TYPE, json_bytes
from technic.http.openapi import asyncapi, document

_RULES: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",  # its arrows and locks are data of its stylesheet
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)
POLICY: Final = "; ".join(_RULES)
"""What the page of Swagger UI may do: the one that it needs is more than the dashboard's has."""

_POLICY_HEADER: Final = "Content-Security-Policy"


def _json(make: Callable[[], dict[str, Any]]) -> Callable[[], Served]:
    return lambda: Served.made(JSON_TYPE, json_bytes(make()))


def _page(name: str) -> Callable[[], Served]:
    return lambda: Served.read(STATIC / "docs" / name)


_MAKERS: Final[Mapping[str, Callable[[], Served]]] = {
    "openapi.json": _json(document.document),
    "asyncapi.json": _json(asyncapi.document),
    "docs": _page("openapi.html"),
    "docs/streams": _page("streams.html"),
}


class Described:
    """The documents and their pages; used on the event loop only."""

    def __init__(self) -> None:
        self._made: dict[str, asyncio.Future[Served]] = {}

    async def answer(self, request: web.Request, name: str) -> web.Response:
        """One of them, or 304 for who has it."""
        if name not in self._made:
            self._made[name] = asyncio.ensure_future(asyncio.to_thread(_MAKERS[name]))
        return (await asyncio.shield(self._made[name])).answer(request)


DESCRIBED: Final = web.AppKey("described", Described)


async def openapi(request: web.Request) -> web.Response:
    """GET /openapi.json: every route, what it is asked and what it may answer."""
    return await request.app[DESCRIBED].answer(request, "openapi.json")


async def asyncapi_document(request: web.Request) -> web.Response:
    """GET /asyncapi.json: every stream, with its frames and actions."""
    return await request.app[DESCRIBED].answer(request, "asyncapi.json")


async def docs(request: web.Request) -> web.Response:
    """GET /docs: the first of them, to read and to try out."""
    response = await request.app[DESCRIBED].answer(request, "docs")
    response.headers[_POLICY_HEADER] = POLICY
    return response


async def streams(request: web.Request) -> web.Response:
    """GET /docs/streams: the second, to read."""
    return await request.app[DESCRIBED].answer(request, "docs/streams")
