"""Scans that have ended, as a client lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from technic.clock import rfc3339
from technic.remote.caller import Caller, Query
from technic.remote.snapshot import Told, read

PAGE_MOST = 500
"""A server gives no more at once."""


@dataclass(frozen=True, slots=True)
class History:
    """Scans that have ended, newest end first.

    Attributes:
        total: How many there are.
        scans: Those that were asked for, JSON values as `GET /scan/history` has them.
    """

    total: int
    scans: tuple[Mapping[str, Any], ...]


class _Page(Told):
    """A page of them as a server tells it; `next` is the address of the following one."""

    total: int
    next: str | None
    scans: tuple[dict[str, Any], ...]


async def history(caller: Caller, query: Query, limit: int) -> History:
    """As many scans as are wanted and there; scans that end meanwhile move none onto the next page.

    Raises:
        TechnicError: As `Caller.call` and `Answer.json` do.
        ValueError: None is wanted.
    """
    if limit < 1:
        raise ValueError("limit: one scan at least.")
    if limit > PAGE_MOST:
        query = {"until": rfc3339(datetime.now(UTC)), **query}
    scans: list[Any] = []
    while True:
        place = {"offset": len(scans), "limit": min(PAGE_MOST, limit - len(scans))}
        answer = await caller.call("GET", "/scan/history", {**query, **place})
        page = read(_Page, answer.json(holds="scans"))
        scans += page.scans
        if len(scans) >= limit or not page.next or not page.scans:
            return History(page.total, tuple(scans))
