"""A running server, as the commands see it that ask it something: at once, and in the words of a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import typer

from technic.errors import TechnicError, Unusable
from technic.remote.caller import Caller, Query
from technic.remote.faults import ForeignAnswer, Unreachable
from technic.remote.habits import Habits
from technic.remote.past import history

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0


class Remote:
    """A server that is asked over HTTP; to be entered in a running loop.

    Nobody waits at a terminal for a server that is not there: each question is asked once.

    Args:
        url: Where it listens, with or without a path in front of its routes.

    Raises:
        typer.BadParameter: The url is none.
    """

    def __init__(self, url: str) -> None:
        habits = Habits(patience_seconds=0, connect_seconds=CONNECT_SECONDS, answer_seconds=ANSWER_SECONDS)
        try:
            self._caller = Caller(url, habits)
        except Unusable as error:
            raise typer.BadParameter(
                f"{error.detail}; http://127.0.0.1:8000 is one", param_hint="--url"
            ) from None

    async def __aenter__(self) -> Self:
        await self._caller.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._caller.__aexit__(kind, error, trace)

    async def get(self, path: str, query: Query | None = None, *, holds: str) -> dict[str, Any]:
        """The JSON object at a path.

        Args:
            path: A route.
            query: Its parameters.
            holds: A key that the object of a technic server has.

        Raises:
            Unusable: Nobody answers there, or not in time, or somebody else; or the server refuses it.
        """
        with self._in_words():
            return (await self._caller.call("GET", path, query)).json(holds=holds)

    async def history(self, query: Query, limit: int) -> dict[str, Any]:
        """`total` ended scans, and as many `scans` of them as are wanted and there. Raises Unusable."""
        with self._in_words():
            found = await history(self._caller, query, limit)
        return {"total": found.total, "scans": list(found.scans)}

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """What went wrong, with what to do about it at a terminal."""
        try:
            yield
        except Unreachable as error:
            advice = "Start one with `technic serve`, or name another with --url."
            raise Unusable(error.detail, suggestion=advice) from error
        except ForeignAnswer as error:
            raise Unusable(error.detail, suggestion="Name the server's own address with --url.") from error
        except TechnicError as error:
            raise Unusable(f"{self._caller.url} refuses: {error.detail}", suggestion=error.advice) from error


def ask(url: str, path: str, query: Mapping[str, str | int], *, holds: str) -> dict[str, Any]:
    """One question to a server, see `Remote.get`; for a command that asks no other."""

    async def asked() -> dict[str, Any]:
        async with Remote(url) as server:
            return await server.get(path, query, holds=holds)

    return asyncio.run(asked())
