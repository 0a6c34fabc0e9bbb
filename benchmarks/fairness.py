"""A small scan beside a large one: how much longer than alone it takes.

In one server: a scan of 100 symbols is run alone several times, then again several times while a scan of
20,000 symbols with the same priority runs (each time a new one, so that there is always one). Both compute
everything themselves (`fresh`). It is done twice: with bars that are there, so that all the work is rating,
and with other symbols' bars missing, so that the large scan fetches.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import aiohttp
import uvloop

from benchmarks.support.figures import parser, show
from benchmarks.support.server import Server, running

LARGE = 20_000
SMALL = 100


async def scan(session: aiohttp.ClientSession, server: Server, **body: object) -> float:
    """Seconds from the request to the rows."""
    began = time.perf_counter()
    async with session.post(
        f"{server.url}/scan/start", json={"async_mode": False, "limit": 1, **body}
    ) as response:
        assert (await response.json())["status"] == "completed"
    return time.perf_counter() - began


async def beside(
    session: aiohttp.ClientSession, server: Server, runs: int, small: dict, large: dict
) -> list[float]:
    """The small scan's seconds while a large one runs; measured only where it ran to its end beside it."""
    found: list[float] = []
    while len(found) < runs:
        large_scan = asyncio.create_task(scan(session, server, **large))
        while not large_scan.done() and len(found) < runs:
            seconds = await scan(session, server, **small)
            if not large_scan.done():
                found.append(seconds)
        await large_scan
    return found


def summary(alone: list[float], beside_large: list[float]) -> dict:
    return {
        "alone_ms": round(statistics.median(alone) * 1e3, 2),
        "beside_ms": round(statistics.median(beside_large) * 1e3, 2),
        "ratio": round(statistics.median(beside_large) / statistics.median(alone), 2),
        "ratio_worst": round(max(beside_large) / statistics.median(alone), 2),
        "runs": len(beside_large),
    }


async def rating(folder: Path, runs: int) -> dict:
    async with running(folder, symbols=LARGE) as server, aiohttp.ClientSession() as session:
        await scan(session, server)  # fetches every bar
        small = {"max_symbols": SMALL, "fresh": True}
        large = {"max_symbols": LARGE, "fresh": True}
        alone = [await scan(session, server, **small) for _ in range(runs)]
        return summary(alone, await beside(session, server, runs, small, large))


async def fetching(folder: Path, runs: int) -> dict:
    alone, crowded = [], []
    for run in range(runs):
        async with (
            running(folder / f"alone-{run}", symbols=LARGE) as server,
            aiohttp.ClientSession() as session,
        ):
            alone.append(await scan(session, server, max_symbols=SMALL))
        async with (
            running(folder / f"beside-{run}", symbols=LARGE) as server,
            aiohttp.ClientSession() as session,
        ):
            last = [f"SIM{number}" for number in range(LARGE - SMALL + 1, LARGE + 1)]
            large = asyncio.create_task(scan(session, server, max_symbols=LARGE - SMALL))
            while not (await health(session, server))["workers"]["busy"]:
                pass
            crowded.append(await scan(session, server, symbols=last))
            assert not large.done()
            await large
    return summary(alone, crowded)


async def health(session: aiohttp.ClientSession, server: Server) -> dict:
    async with session.get(f"{server.url}/health") as response:
        return await response.json()


async def main(runs: int) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        return {
            "rating": await rating(home / "rating", runs),
            "fetching": await fetching(home / "fetching", max(1, runs // 10)),
        }


if __name__ == "__main__":
    command = parser(__doc__ or "")
    command.add_argument("--runs", type=int, default=30)
    asked = command.parse_args()
    show(uvloop.run(main(asked.runs)), as_json=asked.json)
