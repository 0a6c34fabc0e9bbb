"""What a report tells of a scan, as a server tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from technic.client import Hello, State, TechnicClient
from technic.errors import TechnicError
from technic.remote.results import Results
from technic.remote.snapshot import Snapshot

ROWS_MOST = 5_000
"""So many rows, the best by the scan's order, are plotted and counted; a page of more is slow to open."""
BARS_SHOWN = 130
"""Bars of a chart of candles: half a year."""

Told = Callable[[str], None]
"""Told of each thing that has come."""


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a report is made of.

    Attributes:
        request: What was asked for: the fields that were set.
        snapshot: The last one.
        results: The first rows, and all that is known besides them.
        charts: By symbol: the answers of `GET /symbols/{symbol}`; those that cannot be had are missing.
        health: How the server is that told it.
        epoch: Names the store that numbered the scan's events; empty where it does not tell.
        url: Where it listens.
    """

    request: Mapping[str, Any]
    snapshot: Snapshot
    results: Results
    charts: Mapping[str, Mapping[str, Any]]
    health: Mapping[str, Any]
    epoch: str
    url: str


async def gather(client: TechnicClient, scan_id: str, charts: int, told: Told) -> Findings:
    """Ask a server for all of it.

    Args:
        client: Of the server.
        scan_id: Which scan; it has to have ended.
        charts: Of how many of the best rows to get bars.
        told: Called when a part has come.

    Raises:
        ScanUnfinished: It goes on.
        UnknownScan: The server does not know it.
        TechnicError: As `TechnicClient`'s methods.
    """
    results = await client.results(scan_id, limit=ROWS_MOST)
    told("the rows")
    request, snapshot, health, epoch = await asyncio.gather(
        client.request(scan_id), client.progress(scan_id), client.health(), _epoch(client, scan_id)
    )
    told("what was asked")
    found: dict[str, Mapping[str, Any]] = {}
    for row in results.rows[:charts]:
        report = await _symbol(client, row)
        if report is not None:
            found[row["symbol"]] = report
        told(f"the bars of {row['symbol']}")
    return Findings(request, snapshot, results, found, health, epoch, client.url)


async def _symbol(client: TechnicClient, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A symbol's bars up to the day of its row; None where the source does not have them any more."""
    try:
        return await client.symbol(
            row["symbol"], bars=BARS_SHOWN, **({"as_of": row["as_of"]} if row["as_of"] else {})
        )
    except TechnicError:
        return None


async def _epoch(client: TechnicClient, scan_id: str) -> str:
    async with aclosing(client.watch(scan_id)) as frames:
        async for frame in frames:
            if isinstance(frame, Hello):
                return frame.epoch
            if isinstance(frame, State):
                return frame.place.rpartition("-")[0]
    return ""
