"""Answers of any size, sent while they are made: what is held of one is a portion, never the whole.

Before the first byte an error is a problem, as everywhere. After it the connection is cut, so that no client
takes a part for the whole. The reader's pace is the pace: nothing is made that it has no room for, and one
that takes nothing for `streams.send_timeout_seconds` is cut off. See docs/adr/0013.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator, Callable

import structlog
from aiohttp import hdrs, web

from technic.http.guests import Departure
from technic.http.keys import EXPORTS, GUESTS, STREAMS

_BITE = 65_536
_log = structlog.get_logger(__name__)


async def send(
    request: web.Request, headers: dict[str, str], portions: AsyncGenerator[bytes]
) -> web.StreamResponse:
    """Answer with portions as they come; they are closed in any case.

    Raises:
        Exception: What the first portion raised; nothing was sent.
        ConnectionResetError: The client has left, takes nothing, or was cut off since the rest cannot be had.
    """
    try:
        with request.app[EXPORTS].seat(), request.app[GUESTS].seat(request, _cutter(request), patient=True):
            first = await anext(portions)
            response = web.StreamResponse(headers=headers)
            await response.prepare(request)
            if request.method != hdrs.METH_HEAD:
                await _send_all(request, response, first, portions)
            return response
    finally:
        await portions.aclose()


async def _send_all(
    request: web.Request, response: web.StreamResponse, first: bytes, portions: AsyncGenerator[bytes]
) -> None:
    try:
        await _send(request, response, first)
        async for portion in portions:
            await _send(request, response, portion)
        await response.write_eof()
    except BaseException as error:  # also a cancelled handler leaves no answer that looks whole
        cut(request)
        if isinstance(error, Exception) and not isinstance(error, ConnectionError):
            _log.error("an answer was broken off", path=request.rel_url.raw_path, exc_info=error)
            raise ConnectionResetError("The rest of the answer cannot be had.") from error
        raise


async def _send(request: web.Request, response: web.StreamResponse, portion: bytes) -> None:
    """Send a portion, a bite at a time; each has its own time."""
    limit_seconds = request.app[STREAMS].send_timeout_seconds
    for first in range(0, len(portion), _BITE):
        if request.transport is None or request.transport.is_closing():
            raise ConnectionResetError("The client left.")
        try:
            async with asyncio.timeout(limit_seconds):
                await response.write(portion[first : first + _BITE])
        except TimeoutError:
            _log.info("a reader took nothing and was cut off", path=request.rel_url.raw_path)
            raise ConnectionResetError(f"The client took nothing for {limit_seconds:g} s.") from None


def _cutter(request: web.Request) -> Callable[[Departure], None]:
    """Cuts the connection when the server stops; while it only drains, the answer may be finished."""

    def dismiss(departure: Departure) -> None:
        if departure is not Departure.DRAINING:
            cut(request)

    return dismiss


def cut(request: web.BaseRequest) -> None:
    """Cut a connection with a reset: also a client of HTTP/1.0, to which the end is the end, sees a fault."""
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
