"""Calls to a server: each is one question with one answer, tried again where that may help.

Every call that goes out here may be sent twice: reading, cancelling, and a start under a key of its own.
"""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp
import orjson
from yarl import URL

from technic.errors import TechnicError, Unusable
from technic.remote.faults import BROKEN, ForeignAnswer, Unreachable, error_of, problem_of, why
from technic.remote.habits import Habits, Pauses

LARGEST_ANSWER = 1 << 30
"""More bytes than that in one answer or frame are no answer."""
_BUSY = frozenset({429, 503})
_BEHIND_A_PROXY = frozenset({502, 504})

Query = Mapping[str, str | int]
Opens = Callable[[Any], socket.socket]
"""Makes a socket for an address, as `socket.getaddrinfo` gives it."""
Notice = Callable[[str], object]
"""Called with why something is to be tried again, before that; what it returns is no matter."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Attributes:
        url: Whom it came from.
        status: The HTTP status.
        headers: Case does not matter.
        content: The body.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def retry_after(self) -> float | None:
        """After how many seconds to try again, where it says so in seconds."""
        return seconds_of(self.headers.get("Retry-After", ""))

    @property
    def error(self) -> TechnicError | None:
        """What went wrong, where it says so as a technic server does."""
        if self.status < 400:  # noqa: PLR2004 - the HTTP statuses of errors
            return None
        return error_of(problem_of(self.content), retry_after=self.retry_after)

    def json(self, *, holds: str) -> dict[str, Any]:
        """The JSON object that it is.

        Args:
            holds: A key that this kind of answer has.

        Raises:
            TechnicError: The server refuses; of the class that its problem tells.
            ForeignAnswer: It is something else.
        """
        if (refused := self.error) is not None:
            raise refused
        body = problem_of(self.content)
        if self.status >= 300 or not isinstance(body, dict) or holds not in body:  # noqa: PLR2004 - no success
            raise self.foreign()
        return body

    def foreign(self) -> ForeignAnswer:
        """What to say where it is no technic server's."""
        return ForeignAnswer(
            f"what answers at {self.url} is no technic server, or an older one (status {self.status})",
            status=self.status,
        )


class Caller:
    """A server that is asked over HTTP; to be entered in a running loop.

    Args:
        url: Where it listens, with or without a path in front of its routes.
        habits: How to behave.
        headers: Sent with every request.
        opens: Makes the socket of a connection; the usual one by default.

    Raises:
        Unusable: The url is none.
    """

    def __init__(
        self,
        url: str,
        habits: Habits,
        headers: Mapping[str, str] | None = None,
        *,
        opens: Opens | None = None,
    ) -> None:
        if not _is_address(url):
            raise Unusable(
                f"{url!r} is no address of a server",
                suggestion="Name it as http://127.0.0.1:8000, with a path only where a proxy adds one.",
            )
        self.url = url.rstrip("/")
        self.habits = habits
        self._headers = dict(headers or {})
        self._session: aiohttp.ClientSession | None = None
        self._opens = opens
        self._met = False

    async def __aenter__(self) -> Self:
        habits = self.habits
        limits = aiohttp.ClientTimeout(
            total=None, sock_connect=habits.connect_seconds, sock_read=habits.answer_seconds
        )
        connector = aiohttp.TCPConnector(
            limit=0, socket_factory=self._opens
        )  # a watch holds one for long; there may be any number
        self._session = aiohttp.ClientSession(connector=connector, timeout=limits, headers=self._headers)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """For streams. Raises RuntimeError outside the `async with` block."""
        if self._session is None:
            raise RuntimeError("a TechnicClient is used inside `async with TechnicClient(...) as client:`")
        return self._session

    def at(self, path: str, query: Query | None = None) -> URL:
        """The address of a path that is quoted already."""
        return URL(self.url + path, encoded=True).update_query(query or {})

    async def once(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask once. Raises ForeignAnswer where there is no end to the answer, else as BROKEN."""
        told = dict(headers or {})
        content = None
        if body is not None:
            content, told["Content-Type"] = orjson.dumps(body), "application/json"
        async with self.session.request(
            method, self.at(path, query), data=content, headers=told, allow_redirects=False
        ) as response:
            read = bytearray()
            async for chunk in response.content.iter_any():
                read += chunk
                if len(read) > LARGEST_ANSWER:
                    raise ForeignAnswer(f"{self.url} answers with more than {LARGEST_ANSWER} bytes")
        return Answer(self.url, response.status, response.headers, bytes(read))

    async def call(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        patient: bool = False,
        on_wait: Notice | None = None,
    ) -> Answer:
        """Ask until there is an answer, also one that refuses. Raises as `until_answered`.

        Args:
            method: Of HTTP.
            path: Quoted.
            query: Its parameters.
            body: A JSON value.
            headers: Beside those of all requests.
            patient: See `until_answered`.
            on_wait: See `until_answered`.
        """
        return await self.until_answered(
            lambda: self.once(method, path, query, body=body, headers=headers),
            patient=patient,
            on_wait=on_wait,
        )

    async def until_answered(
        self, ask: Callable[[], Awaitable[Answer]], *, patient: bool = False, on_wait: Notice | None = None
    ) -> Answer:
        """Ask, and ask again where that may help.

        A lost connection, a server that is busy or stops, and a proxy without a server are tried again for
        `patience_seconds`. Nobody at the address is an error at once until somebody has answered there, but
        for one who is patient.

        Args:
            ask: Asks once; raises as `once` does.
            patient: Whether somebody is known to be there.
            on_wait: Called with why, each time before it waits to ask again.

        Raises:
            Unreachable: Nobody answers.
            QueueFull, Stopping, TechnicError: It was busy for so long; what it said last.
        """
        deadline = time.monotonic() + self.habits.patience_seconds
        pauses = Pauses(self.habits)
        while True:
            try:
                answer = await ask()
            except BROKEN as error:
                fault: TechnicError = self.unreachable(error)
                if isinstance(error, aiohttp.ClientConnectorError) and not (self._met or patient):
                    raise fault from error
                pause = pauses.seconds()
            else:
                self._met = True
                if not passing(answer):
                    return answer
                fault = answer.error or self.unreachable(f"status {answer.status}")
                pause = max(fault.retry_after or answer.retry_after or 0.0, pauses.seconds())
            if time.monotonic() + pause >= deadline:
                raise fault
            if on_wait is not None:
                on_wait(fault.detail)
            await asyncio.sleep(pause)

    def unreachable(self, reason: BaseException | str) -> Unreachable:
        """What to say where nobody answers."""
        said = reason if isinstance(reason, str) else why(reason)
        return Unreachable(f"no technic server answers at {self.url}: {said}")


def quoted(name: str) -> str:
    """An id or a symbol as a part of a path."""
    return quote(name, safe="")


def seconds_of(retry_after: str) -> float | None:
    """The header Retry-After in seconds; None where it is none, or a date."""
    return float(retry_after) if re.fullmatch(r"[0-9]{1,9}", retry_after) else None


def _is_address(url: str) -> bool:
    try:
        return bool(re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url) and URL(url).host)
    except ValueError:
        return False


def passing(answer: Answer) -> bool:
    """Whether an answer is one that may be another one soon."""
    if answer.status in _BUSY:
        return answer.error is not None or answer.retry_after is not None
    return answer.status in _BEHIND_A_PROXY and answer.error is None
