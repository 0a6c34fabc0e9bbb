"""The server under load, as the client sees it: calls that are asked once, and the frames of its streams."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp

from technic.errors import TechnicError
from technic.remote.caller import Answer, Caller
from technic.remote.faults import BROKEN, ForeignAnswer
from technic.remote.habits import Habits
from technic.remote.ways import Barred

_HABITS = Habits(connect_seconds=10, answer_seconds=30, greeting_seconds=30)
"""Whoever drives a server to its limits gives it time."""
_NARROW_BYTES = 4096
"""What a reader that is slow, or reads nothing, takes in unread."""
REFUSED = (TechnicError, *BROKEN)
"""What a call may end with."""


def code_of(error: Exception) -> str:
    """The code under which an error is counted."""
    if isinstance(error, ForeignAnswer) and "status" in error.metadata:
        return f"http_{error.metadata['status']}"
    if isinstance(error, TechnicError):
        return error.code
    if isinstance(error, Barred):
        return "unreadable_stream"
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

    Attributes:
        caller: The client's, for whoever reads as quickly as it can.
        narrow: Another one, whose connections take little in unread.
    """

    def __init__(self, url: str) -> None:
        self.caller = Caller(url, _HABITS)
        self.narrow = Caller(url, _HABITS, opens=_narrow_socket)
        self.url = self.caller.url

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
        for caller in (self.caller, self.narrow):
            await self._stack.enter_async_context(caller)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def ask(self, method: str, path: str, *, holds: str, body: object = None) -> dict[str, Any]:
        """The JSON object that one call answers. Raises as REFUSED."""
        return (await self.caller.once(method, path, body=body)).json(holds=holds)

    async def tell(self, method: str, path: str) -> None:
        """A call of which nothing but its errors matters. Raises as REFUSED."""
        answer: Answer = await self.caller.once(method, path)
        if answer.status >= 300:  # noqa: PLR2004 - the HTTP statuses that are no success
            raise answer.error or answer.foreign()

    async def narrow_socket(self) -> socket.socket:
        """A bare connection with little room for what is not read, to be closed by the caller."""
        address = urlsplit(self.url)
        host, port = address.hostname or "", address.port or 80
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        bare = _narrow_socket(found[0])
        try:
            async with asyncio.timeout(_HABITS.connect_seconds):
                await asyncio.get_running_loop().sock_connect(bare, found[0][4])
        except BaseException:
            bare.close()
            raise
        return bare


def _narrow_socket(address: Any) -> socket.socket:
    family, kind, protocol = address[:3]
    made = socket.socket(family, kind, protocol)
    made.settimeout(0)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _NARROW_BYTES)
    return made
