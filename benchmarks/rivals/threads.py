"""The design that users have today, seen from its clients, who poll ten times a second.

Chosen in its favour: bars lie in memory as data frames (today they are fetched), the framework is the same as
ours (aiohttp, uvloop, orjson: frameworks are not what is compared), and it returns ratings, not whole rows.
Latency is taken of every symbol that is counted: from its count in the dictionary to the first answer that
shows it.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left

import aiohttp
import orjson

from benchmarks.rivals.base import Best, Load, Place, Run, Watch, all_at_once
from benchmarks.rivals.processes import Child

POLL_SECONDS = 0.1


class Threads:
    """A server process of that design, and its clients."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def start(self) -> None:
        place = self._place
        self._server = await Child.started(
            "benchmarks.rivals.threads_server", str(place.folder), str(place.symbols)
        )
        self._url = f"http://127.0.0.1:{await self._server.line()}"
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def run(self, load: Load) -> Run:
        return await all_at_once(load, lambda run: self._scan(load, run))

    async def stop(self) -> None:
        await self._session.close()
        await self._server.end()

    async def _scan(self, load: Load, run: Run) -> Best:
        watch = Watch(run)
        body = orjson.dumps({"symbols": load.symbols, "lookback": load.lookback})
        async with self._session.post(f"{self._url}/scan", data=body) as response:
            name = (await response.json())["scan_id"]
        seen = await self._poll(name, watch)
        best = [(symbol, rating) for symbol, rating in await self._get(f"/results/{name}")]
        run.latencies_ms += latencies(await self._get(f"/account/{name}"), seen)
        return best

    async def _poll(self, name: str, watch: Watch) -> list[tuple[int, int]]:
        """Until it has ended; what was counted in each answer, and when that came."""
        seen: list[tuple[int, int]] = []
        while True:
            progress = await self._get(f"/progress/{name}")
            seen.append((progress["current"], time.monotonic_ns()))
            if progress["current"]:
                watch.told()
            if progress["status"] == "completed":
                return seen
            await asyncio.sleep(POLL_SECONDS)

    async def _get(self, path: str):
        async with self._session.get(self._url + path) as response:
            response.raise_for_status()
            return orjson.loads(await response.read())


def latencies(counted_at: list[int], seen: list[tuple[int, int]]) -> list[float]:
    """Of the n-th symbol counted: milliseconds until the first answer that counts n."""
    counts = [count for count, _ in seen]
    return [
        (seen[bisect_left(counts, number)][1] - at) / 1e6 for number, at in enumerate(sorted(counted_at), 1)
    ]
