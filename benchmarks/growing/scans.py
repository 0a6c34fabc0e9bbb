"""1 to 1,000 scans at once, each of 500 symbols, each load on a server of its own."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.growing.footprint import Footprint
from benchmarks.support.fits import growth
from benchmarks.support.server import Server, running

SYMBOLS = 500
PATIENCE_SECONDS = 120


async def grow_scans(folder: Path, sizes: tuple[int, ...], rounds: int) -> dict[str, Any]:
    """With sharing, and with `fresh: true`: medians over the rounds, and by what law they grow."""
    found: dict[str, Any] = {}
    await _load(folder, 1, fresh=True)  # fetches the bars
    for name, fresh in (("shared", False), ("fresh", True)):
        told = [[await _load(folder, size, fresh=fresh) for size in sizes] for _ in range(rounds)]
        found[name] = _summary(sizes, told)
    return found


def _summary(sizes: tuple[int, ...], rounds: list[list[dict[str, float]]]) -> dict[str, Any]:
    each = {
        size: {key: statistics.median(load[place][key] for load in rounds) for key in rounds[0][place]}
        for place, size in enumerate(sizes)
    }
    for load in each.values():
        load["scans_lost"] = int(load["scans_lost"])
    costs = ("seconds", "cpu_seconds", "memory_growth_mb")
    return {
        "sizes": {
            f"{size}_scans": {key: round(value, 3) for key, value in load.items()}
            for size, load in each.items()
        },
        "growth": {key: growth(sizes, [load[key] for load in each.values()]) for key in costs},
    }


async def _load(folder: Path, scans: int, *, fresh: bool) -> dict[str, float]:
    settings = {"engine.max_running_scans": scans, "engine.max_queued_scans": scans}
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        running(folder, settings, symbols=SYMBOLS) as server,
        aiohttp.ClientSession(connector=connector, headers={"Prefer": "wait=60"}) as session,
    ):
        await _ended(session, server, await _start(session, server, {"max_symbols": 1, "fresh": True}))
        used, began = Footprint(server), time.perf_counter()
        before, _ = used.peak_megabytes()
        rows = await asyncio.gather(*(_scan(session, server, fresh=fresh) for _ in range(scans)))
        seconds, cpu = time.perf_counter() - began, sum(used.cpu_seconds())
        mine, workers = used.peak_megabytes()
        return {
            "seconds": seconds,
            "milliseconds_a_scan": 1e3 * seconds / scans,
            "symbols_per_second": round(scans * SYMBOLS / seconds),
            "cpu_seconds": cpu,
            "cpu_milliseconds_a_scan": 1e3 * cpu / scans,
            "server_mb": mine,
            "workers_mb": workers,
            "memory_growth_mb": max(mine - before, 0.0),
            "scans_lost": sum(count != SYMBOLS for count in rows),
        }


async def _scan(session: aiohttp.ClientSession, server: Server, *, fresh: bool) -> int:
    """Start a scan, wait for its end, and count its rows: as many as it has symbols, or something is lost."""
    scan_id = await _start(session, server, {"max_symbols": SYMBOLS, "fresh": fresh})
    return await _ended(session, server, scan_id)


async def _start(session: aiohttp.ClientSession, server: Server, body: dict[str, Any]) -> str:
    async with session.post(
        f"{server.url}/scan/start", json=body, headers={"Prefer": "respond-async"}
    ) as answer:
        started = await answer.json()
        assert answer.status == 202, started
        return started["scan_id"]


async def _ended(session: aiohttp.ClientSession, server: Server, scan_id: str) -> int:
    """How many rows a scan has; it waits on the server's side, without asking again and again."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            async with session.get(f"{server.url}/scan/results/{scan_id}?limit=0") as answer:
                told = await answer.json()
                if answer.status == 200:
                    assert told["status"] == "completed", told
                    return int(told["performance_metrics"]["symbols_returned"])
