"""A running server, as the commands see it that talk to one."""

from __future__ import annotations

import asyncio
import errno
import os
import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson
import typer

from technic.errors import Unusable

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0


class Remote:
    """A server that is asked over HTTP; to be entered in a running loop.

    Args:
        url: Where it listens, with or without a path in front of its routes.

    Raises:
        typer.BadParameter: The url is none.
    """

    def __init__(self, url: str) -> None:
        if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url):
            raise typer.BadParameter(
                f"{url!r} is no address of a server; http://127.0.0.1:8000 is one", param_hint="--url"
            )
        self.url = url.rstrip("/")

    async def __aenter__(self) -> Self:
        limits = aiohttp.ClientTimeout(total=ANSWER_SECONDS, sock_connect=CONNECT_SECONDS)
        self._session = aiohttp.ClientSession(timeout=limits)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(
        self, path: str, query: Mapping[str, str | int] | None = None, *, holds: str
    ) -> dict[str, Any]:
        """The JSON object at a path.

        Args:
            path: A route.
            query: Its parameters.
            holds: A key that the object of a technic server has.

        Raises:
            Unusable: Nobody answers there, or not in time, or somebody else; or the server refuses it.
        """
        try:
            async with self._session.get(self.url + path, params=query, allow_redirects=False) as response:
                status, content = response.status, await response.read()
        except TimeoutError as error:
            raise Unusable(
                f"{self.url} has not answered in time",
                suggestion="Look whether the server is well: GET /health; or name another with --url.",
            ) from error
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise Unusable(
                f"no technic server answers at {self.url}: {_why(error)}",
                suggestion="Start one with `technic serve`, or name another with --url.",
            ) from error
        return self._object(status, content, holds)

    def _object(self, status: int, content: bytes, holds: str) -> dict[str, Any]:
        """What was answered. Raises Unusable."""
        try:
            body = orjson.loads(content)
        except orjson.JSONDecodeError:
            body = None
        if isinstance(body, dict) and isinstance(body.get("detail"), str) and "suggestion" in body:
            raise Unusable(f"{self.url} refuses: {body['detail']}", suggestion=str(body["suggestion"]))
        if status != 200 or not isinstance(body, dict) or holds not in body:  # noqa: PLR2004 - the HTTP status
            raise Unusable(
                f"what answers at {self.url} is no technic server, or an older one (status {status})",
                suggestion="Name the server's own address with --url.",
            )
        return body


def _why(error: Exception) -> str:
    """The reason in few words; those of a system's error alone where there are any."""
    system = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(system, OSError) and system.errno is not None and system.errno in errno.errorcode:
        return os.strerror(system.errno)
    return str(error) or type(error).__name__


def ask(url: str, path: str, query: Mapping[str, str | int], *, holds: str) -> dict[str, Any]:
    """One question to a server, see `Remote.get`; for a command that asks no other."""

    async def asked() -> dict[str, Any]:
        async with Remote(url) as server:
            return await server.get(path, query, holds=holds)

    return asyncio.run(asked())
