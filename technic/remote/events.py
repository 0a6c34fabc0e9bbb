"""Watching by Server-Sent Events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

import aiohttp
import orjson

from technic.errors import UnknownScan
from technic.remote.caller import Answer, Caller
from technic.remote.habits import Way
from technic.remote.lines import Comment, Event, Lines, Retry, TooLargeError
from technic.remote.subject import Stream
from technic.remote.ways import TOO_MANY, UNAVAILABLE, Barred, Closed, TurnedAway

_OK, _NO_MORE = 200, 204
_TYPE = "text/event-stream"
_CROWDED, _STOPPING = "too_many_streams", "the server is stopping"
_HEADERS = {"Accept": _TYPE, "Accept-Encoding": "identity"}
_REFUSAL_BYTES = 65_536


async def over_events(
    caller: Caller, subject: Stream, alive: Callable[[], None]
) -> AsyncGenerator[Mapping[str, Any]]:
    """The frames of one connection, from where the watch stands; takes and raises what `over_socket` does."""
    response = await _connect(caller, subject)
    async with response:
        alive()
        if response.status == _NO_MORE:
            yield await subject.end(caller)
            return
        await _check(caller, response)
        stream = _Stream()
        while chunk := await _next(response, caller, stream):
            alive()
            for frame in stream.take(chunk):
                yield frame
    raise stream.ending()


async def _connect(caller: Caller, subject: Stream) -> aiohttp.ClientResponse:
    """A response that has begun. Raises as `over_socket`."""
    habits = caller.habits
    url = caller.at(*subject.address(Way.EVENTS))
    limits = aiohttp.ClientTimeout(total=None, sock_connect=habits.connect_seconds)
    try:
        async with asyncio.timeout(habits.connect_seconds + habits.greeting_seconds):
            return await caller.session.get(url, headers=_HEADERS, timeout=limits, allow_redirects=False)
    except aiohttp.ConnectionTimeoutError:
        raise
    except TimeoutError as error:
        raise Barred("a stream of events does not begin in time") from error


async def _check(caller: Caller, response: aiohttp.ClientResponse) -> None:
    """Nothing, where a stream has begun. Raises as `over_socket`."""
    if response.status == _OK and response.content_type == _TYPE:
        return
    content = await response.content.read(_REFUSAL_BYTES)
    answer = Answer(caller.url, response.status, response.headers, content)
    if isinstance(answer.error, UnknownScan):
        raise answer.error
    if answer.status == TOO_MANY or answer.status in UNAVAILABLE:
        raise TurnedAway(f"status {answer.status}", answer.retry_after, crowded=answer.status == TOO_MANY)
    raise Barred(f"a stream of events is answered with status {answer.status}, {response.content_type}")


async def _next(response: aiohttp.ClientResponse, caller: Caller, stream: _Stream) -> bytes:
    """The next bytes; none at the end. Raises as `over_socket`."""
    seconds = caller.habits.silence_seconds if stream.greeted else caller.habits.greeting_seconds
    try:
        async with asyncio.timeout(seconds):
            return await response.content.readany()
    except TimeoutError as error:
        if stream.greeted:
            raise
        raise Barred("a stream of events opens, but nothing comes through it") from error


class _Stream:
    """One response, as it comes in.

    Attributes:
        greeted: Whether an event or a comment has come.
    """

    def __init__(self) -> None:
        self.greeted = False
        self._lines = Lines()
        self._retry: float | None = None
        self._said = ""

    def take(self, chunk: bytes) -> list[Mapping[str, Any]]:
        """The frames that these bytes make whole. Raises Barred."""
        frames: list[Mapping[str, Any]] = []
        try:
            for piece in self._lines.take(chunk):
                if isinstance(piece, Retry):
                    self._retry = piece.seconds
                    continue
                self.greeted = True
                if isinstance(piece, Comment):
                    self._said = piece.text
                else:
                    frames.append(_frame(piece))
        except TooLargeError:
            raise Barred("a stream of events brings one without an end") from None
        return frames

    def ending(self) -> Exception:
        """Why there is no more, where the scan has not ended."""
        if self._said.startswith(_CROWDED):
            return TurnedAway(self._said, self._retry, crowded=True)
        if self._said.startswith(_STOPPING):
            return TurnedAway(self._said, None)  # its `retry` is for the end of a restart: be there before
        return Closed("the stream of events ended")


def _frame(event: Event) -> Mapping[str, Any]:
    try:
        frame = orjson.loads(event.data)
    except orjson.JSONDecodeError:
        frame = None
    if not isinstance(frame, dict):
        raise Barred("a stream of events brings what is no technic server's")
    return frame
