"""Answers in JSON, made on the event loop where they are small and in a thread where they may not be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from technic.http.encoding import JSON_TYPE, json_bytes


def json_response(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer that is small: it is made at once."""
    return web.Response(body=json_bytes(body), status=status, content_type=JSON_TYPE, headers=headers)


async def large_json_response(
    make: Callable[[], object], *, headers: dict[str, str] | None = None
) -> web.Response:
    """An answer that may be large: both what it says and its JSON are made in a thread.

    Thousands of rows or scans take longer than the event loop may stand still.
    """
    body = await asyncio.to_thread(lambda: json_bytes(make()))
    return web.Response(body=body, content_type=JSON_TYPE, headers=headers)
