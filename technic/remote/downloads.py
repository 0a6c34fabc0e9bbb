"""The rows of a scan as a file: written as it comes, and begun anew where its connection is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO

import aiohttp

from technic.remote.caller import Answer, Caller, Query
from technic.scanner.export import EXPORTS

_OK = 200
REFUSAL_BYTES = 1 << 20
"""So much is read of what is no file of rows: a refusal is shorter."""

Received = Callable[[int, int | None], object]
"""Called with how many bytes have come, and of how many where that is known."""


async def download(
    caller: Caller, path: str, query: Query, to: IO[bytes], *, form: str, on_bytes: Received | None
) -> None:
    """Write what a path gives into a file.

    Args:
        caller: The server.
        path: Quoted.
        query: Its parameters.
        to: A file that can be sought in; holds nothing of use where this raises.
        form: A name of `EXPORTS`.
        on_bytes: Who is told how far it is.

    Raises:
        TechnicError: As `Caller.call` and `Answer.json` do.
        OSError: The file cannot be written.
    """

    async def ask() -> Answer:
        to.seek(0)
        to.truncate()
        where = caller.at(path, {**query, "format": form})
        async with caller.session.get(where, allow_redirects=False) as response:
            if response.status == _OK and _is(form, response.headers):
                content = await _written(response, to, on_bytes)
            else:
                content = await _beginning(response)
        return Answer(caller.url, response.status, response.headers, content)

    answer = await caller.until_answered(ask)
    if answer.error is not None:
        raise answer.error
    if answer.status != _OK or not _is(form, answer.headers):
        raise answer.foreign()


def _is(form: str, headers: Mapping[str, str]) -> bool:
    """Whether an answer says that it holds rows in this form."""
    return headers.get("Content-Type", "").partition(";")[0] == EXPORTS[form][0].partition(";")[0]


async def _written(response: aiohttp.ClientResponse, to: IO[bytes], on_bytes: Received | None) -> bytes:
    """Write a body down as it comes; nothing is left of it."""
    coded = "Content-Encoding" in response.headers
    total, received = None if coded else response.content_length, 0
    async for chunk in response.content.iter_any():
        to.write(chunk)
        received += len(chunk)
        if on_bytes is not None:
            on_bytes(received, total)
    return b""


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """The body of an answer that is no file of rows; of one without an end, what came first."""
    read = bytearray()
    async for chunk in response.content.iter_any():
        read += chunk
        if len(read) > REFUSAL_BYTES:
            break
    return bytes(read)
