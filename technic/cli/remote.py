"""A running server as the commands have it: the client, and what goes wrong in the words of a terminal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import typer

from technic.client import ForeignAnswer, Habits, TechnicClient, Unreachable
from technic.errors import Fault, InvalidRequest, ScanUnfinished, TechnicError, UnknownScan, Unusable

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
_START_ONE = "Start one with `technic serve`, or name another with --url or TECHNIC_CLIENT__URL."


@asynccontextmanager
async def connected(
    url: str, *, patience_seconds: float = 0.0, answer_seconds: float | None = None
) -> AsyncIterator[TechnicClient]:
    """A client of a server for the length of a block.

    Args:
        url: Where it listens, with or without a path in front of its routes.
        patience_seconds: How long it may be away; nobody waits at a terminal for one that is not there, so
            most commands ask once. One where nobody has answered yet is an error at once all the same.
        answer_seconds: How long it may be silent.

    Raises:
        typer.BadParameter: The url is none.
        Unusable: Nobody answers there, or not in time, or somebody else; or the server refuses it.
        InvalidRequest: It points to what it refuses.
    """
    habits = Habits(
        patience_seconds=patience_seconds,
        connect_seconds=CONNECT_SECONDS,
        answer_seconds=answer_seconds or ANSWER_SECONDS,
    )
    try:
        client = TechnicClient(url, habits=habits)
    except Unusable as error:
        raise typer.BadParameter(
            f"{error.detail}; http://127.0.0.1:8000 is one", param_hint="--url"
        ) from None
    async with client:
        with _in_words(client.url):
            yield client


@contextmanager
def _in_words(url: str) -> Iterator[None]:
    """What went wrong, with what to do about it at a terminal."""
    try:
        yield
    except (InvalidRequest, Unusable):
        raise
    except TechnicError as error:
        raise in_words(error, url) from error


def in_words(error: TechnicError, url: str) -> TechnicError:
    """What a client says, with what to do about it at a terminal."""
    if isinstance(error, Unreachable):
        return Unusable(error.detail, suggestion=_START_ONE)
    if isinstance(error, ForeignAnswer):
        return Unusable(error.detail, suggestion="Name the server's own address with --url.")
    if isinstance(error, UnknownScan):
        return Unusable(
            f"{url}: {error.detail}",
            suggestion="`technic history` and `technic watch` list those that it has.",
        )
    if isinstance(error, ScanUnfinished):
        return Unusable(
            f"{url}: {error.detail}",
            suggestion="--partial shows what it has found so far; `technic watch SCAN_ID` waits for its end.",
        )
    if faults := tuple(_faults(error.metadata.get("errors"))):
        return InvalidRequest(faults)
    return Unusable(f"{url} refuses: {error.detail}", suggestion=error.advice)


def _faults(told: Any) -> Iterator[Fault]:
    """The query parameters that a server points to; they have the names of options."""
    for fault in told if isinstance(told, list) else ():
        if isinstance(fault, dict):
            yield Fault(str(fault.get("pointer", "")), str(fault.get("detail", "")))
