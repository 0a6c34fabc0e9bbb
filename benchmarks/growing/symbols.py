"""One scan of 100 to 20,000 symbols whose bars are there, rated anew each time."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.growing.footprint import Footprint
from benchmarks.support.fits import growth
from benchmarks.support.server import Server, running

AT_LEAST = 20_000
"""A size is scanned as often as it takes to rate so many symbols: one short scan is mostly noise."""


async def grow_symbols(folder: Path, sizes: tuple[int, ...], rounds: int) -> dict[str, Any]:
    """Medians over the rounds of what one scan takes, each round a server, and by what law they grow."""
    told = [await _round(folder, sizes) for _ in range(rounds)]
    each = {
        size: {key: statistics.median(one[size][key] for one in told) for key in told[0][size]}
        for size in sizes
    }
    return {
        "sizes": {
            f"{size}_symbols": {key: round(value, 3) for key, value in load.items()}
            for size, load in each.items()
        },
        "growth": {
            key: growth(sizes, [load[key] for load in each.values()])
            for key in ("milliseconds", "cpu_milliseconds")
        },
    }


async def _round(folder: Path, sizes: tuple[int, ...]) -> dict[int, dict[str, float]]:
    async with running(folder, symbols=max(sizes)) as server, aiohttp.ClientSession() as session:
        await _scan(session, server, max(sizes), fresh=False)  # fetches every bar that is not there
        await _scan(session, server, min(sizes), fresh=True)
        return {size: await _measured(session, server, size) for size in sizes}


async def _measured(session: aiohttp.ClientSession, server: Server, size: int) -> dict[str, float]:
    times = max(2, AT_LEAST // size)
    used, began = Footprint(server), time.perf_counter()
    for _ in range(times):
        await _scan(session, server, size, fresh=True)
    seconds, cpu = (time.perf_counter() - began) / times, sum(used.cpu_seconds()) / times
    mine, workers = used.peak_megabytes()
    return {
        "milliseconds": 1e3 * seconds,
        "microseconds_a_symbol": 1e6 * seconds / size,
        "cpu_milliseconds": 1e3 * cpu,
        "cpu_microseconds_a_symbol": 1e6 * cpu / size,
        "server_mb": mine,
        "workers_mb": workers,
    }


async def _scan(session: aiohttp.ClientSession, server: Server, size: int, *, fresh: bool) -> None:
    """A scan to its end, answered with one row; all of its symbols have to be in it."""
    body = {"max_symbols": size, "fresh": fresh, "limit": 1, "async_mode": False}
    async with session.post(f"{server.url}/scan/start", json=body) as answer:
        told = await answer.json()
        assert told["status"] == "completed", told
        assert told["performance_metrics"]["symbols_scanned"] == size, told["performance_metrics"]
