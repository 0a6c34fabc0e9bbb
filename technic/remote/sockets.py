"""Watching over a WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

import aiohttp
import orjson

from technic.remote.caller import Caller, seconds_of
from technic.remote.habits import Way
from technic.remote.subject import Stream
from technic.remote.ways import TOO_MANY, UNAVAILABLE, Barred, Closed, TurnedAway

_STOPPING, _UNKNOWN_SCAN, _SLOW = 1001, 4404, 4408
_CLOSE_SECONDS = 2.0
_LARGEST_FRAME = 1 << 28


async def over_socket(
    caller: Caller, subject: Stream, alive: Callable[[], None]
) -> AsyncGenerator[Mapping[str, Any]]:
    """The frames of one connection, from where the watch stands.

    Args:
        caller: The server.
        subject: What is watched, and from where.
        alive: Called whenever the server says something.

    Raises:
        Barred: It cannot be watched so.
        TurnedAway: Not now.
        TechnicError: What `subject.unknown` says: the server does not know it.
        BROKEN: The connection is lost.
    """
    socket = await _connect(caller, subject)
    async with socket:
        seconds: float = caller.habits.greeting_seconds
        while True:
            try:
                message = await socket.receive(seconds)
            except TimeoutError as error:
                if seconds == caller.habits.silence_seconds:
                    raise
                raise Barred("a WebSocket opens, but nothing comes through it") from error
            alive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise _ended(socket, message, subject)
            seconds = caller.habits.silence_seconds
            yield _frame(message.data)


async def _connect(caller: Caller, subject: Stream) -> aiohttp.ClientWebSocketResponse:
    """A socket that is open. Raises as `over_socket`."""
    habits = caller.habits
    url = caller.at(*subject.address(Way.SOCKET))
    try:
        async with asyncio.timeout(habits.connect_seconds + habits.greeting_seconds):
            return await caller.session.ws_connect(
                url,
                max_msg_size=_LARGEST_FRAME,
                timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECONDS),
            )
    except aiohttp.WSServerHandshakeError as error:
        raise _not_upgraded(error) from error
    except aiohttp.ConnectionTimeoutError:
        raise
    except TimeoutError as error:
        raise Barred("a WebSocket does not open in time") from error


def _not_upgraded(error: aiohttp.WSServerHandshakeError) -> Exception:
    """Why the server answered something else than an upgrade."""
    if error.status == TOO_MANY or error.status in UNAVAILABLE:
        said = error.headers.get("Retry-After", "") if error.headers is not None else ""
        return TurnedAway(f"status {error.status}", seconds_of(said), crowded=error.status == TOO_MANY)
    return Barred(f"a WebSocket is answered with status {error.status}")


def _ended(socket: aiohttp.ClientWebSocketResponse, message: aiohttp.WSMessage, subject: Stream) -> Exception:
    """Why there is no more."""
    if message.type is aiohttp.WSMsgType.ERROR or message.type is aiohttp.WSMsgType.BINARY:
        return Barred(f"a WebSocket brings what cannot be read: {message.data!r:.100}")
    if socket.close_code == _UNKNOWN_SCAN:
        return subject.unknown()
    if socket.close_code == _STOPPING:
        return TurnedAway("the server is stopping")
    return Closed(f"the WebSocket was closed ({socket.close_code})")


def _frame(text: str) -> Mapping[str, Any]:
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError:
        frame = None
    if not isinstance(frame, dict):
        raise Barred("a WebSocket brings what is no technic server's")
    return frame
