"""The server under load, as one client sees it: calls that answer, and streams of frames."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
import orjson

from technic.cli.loading.ledger import Frame

_LIMITS = aiohttp.ClientTimeout(total=30, sock_connect=10)
_STREAM = aiohttp.ClientTimeout(total=None, sock_connect=10)
_NARROW_BYTES = 4096
"""What a reader that is slow, or reads nothing, takes in unread."""
_LARGEST_EVENT = 1 << 28
BROKEN = (aiohttp.ClientError, ConnectionError, TimeoutError)
"""What a call or a stream may end with when the connection does."""


UNREADABLE = (KeyError, TypeError, ValueError)
"""What a frame is answered with that is none of a technic server's."""


class RefusedError(Exception):
    """The server refuses something.

    Attributes:
        code: Why, as its problem says; else the HTTP status.
        status: The HTTP status.
        retry_after: After how many seconds to try again, where it says so.
    """

    def __init__(self, code: str, status: int, retry_after: float | None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.retry_after = retry_after


def code_of(error: Exception) -> str:
    """The code under which an error is counted."""
    if isinstance(error, RefusedError):
        return error.code
    if isinstance(error, TimeoutError):
        return "timeout"
    system = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(system, OSError) and system.errno is not None and system.errno in errno.errorcode:
        return errno.errorcode[system.errno].lower()
    return "connection_lost"


class Target:
    """A server; to be entered in a running loop.

    Args:
        url: Where it listens.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    @property
    def near(self) -> bool:
        """Whether it runs on this machine, by its address: then its clock is ours."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        self._session = await self._stack.enter_async_context(_session(None))
        self._narrow = await self._stack.enter_async_context(_session(_NARROW_BYTES))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def call(self, method: str, path: str, body: Any = None) -> Frame:
        """The JSON object that a call answers, {} of an empty answer. Raises RefusedError, or as BROKEN."""
        content = None if body is None else orjson.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        async with self._session.request(
            method, self.url + path, data=content, headers=headers, allow_redirects=False
        ) as response:
            answer = await response.read()
            if response.status >= 300:  # noqa: PLR2004 - the HTTP statuses that are no success
                raise _refused(response, answer)
        found = orjson.loads(answer) if answer else {}
        return found if isinstance(found, dict) else {}

    async def frames_of_socket(self, path: str, *, narrow: bool) -> AsyncGenerator[Frame]:
        """The frames of a WebSocket until it is closed. Raises as BROKEN."""
        session = self._narrow if narrow else self._session
        async with session.ws_connect(self.url + path, max_msg_size=_LARGEST_EVENT) as connection:
            async for message in connection:
                yield orjson.loads(message.data)

    async def frames_of_events(self, path: str, *, last_id: str, narrow: bool) -> AsyncGenerator[Frame]:
        """The frames of Server-Sent Events until they end. Raises RefusedError, or as BROKEN."""
        session = self._narrow if narrow else self._session
        headers = {"Last-Event-ID": last_id} if last_id else {}
        async with session.get(self.url + path, headers=headers, timeout=_STREAM) as response:
            if response.status != 200:  # noqa: PLR2004 - the one that a stream begins with
                raise _refused(response, await response.read())
            async for event in _events(response.content):
                yield event

    async def narrow_socket(self) -> socket.socket:
        """A bare connection with little room for what is not read, to be closed by the caller."""
        address = urlsplit(self.url)
        host, port = address.hostname or "", address.port or 80
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        bare = _narrow_socket(found[0])
        try:
            async with asyncio.timeout(_LIMITS.sock_connect):
                await asyncio.get_running_loop().sock_connect(bare, found[0][4])
        except BaseException:
            bare.close()
            raise
        return bare


def _session(receives: int | None) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=0, socket_factory=_narrow_socket if receives else None)
    return aiohttp.ClientSession(connector=connector, timeout=_LIMITS)


def _narrow_socket(address: Any) -> socket.socket:
    family, kind, protocol = address[:3]
    made = socket.socket(family, kind, protocol)
    made.settimeout(0)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _NARROW_BYTES)
    return made


def _refused(response: aiohttp.ClientResponse, answer: bytes) -> RefusedError:
    try:
        problem = orjson.loads(answer)
    except orjson.JSONDecodeError:
        problem = None
    code = problem.get("code") if isinstance(problem, dict) else None
    seconds = response.headers.get("Retry-After", "")
    wait = float(seconds) if seconds.isascii() and seconds.isdigit() else None
    return RefusedError(str(code or f"http_{response.status}"), response.status, wait)


async def _events(content: aiohttp.StreamReader) -> AsyncGenerator[Frame]:
    """The data of each event; a line may be longer than what the reader of a stream holds."""
    unread = bytearray()
    async for chunk in content.iter_any():
        looked = max(0, len(unread) - 1)
        unread += chunk
        while (end := unread.find(b"\n\n", looked)) >= 0:
            for line in bytes(unread[:end]).split(b"\n"):
                if line.startswith(b"data: "):
                    yield orjson.loads(line[6:])
            del unread[: end + 2]
            looked = 0
        if len(unread) > _LARGEST_EVENT:
            raise ConnectionError("an event without an end")
