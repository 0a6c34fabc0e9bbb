"""arq with a real redis-server: a job a unit, our kernel in two worker processes, progress by Redis Pub/Sub.

Chosen in its favour: jobs of a scan are enqueued side by side over a pool of connections, workers look for
jobs every 5 ms, a worker rates in a thread while it fetches the next job, one subscription of the client
hears the progress of all scans, results are fetched when they are known to be there, the client needs no
HTTP. The units are made before the clock runs. With `rows` a job sends back what a scan answers with, every
column of its rows, as ours does; without it the ratings alone.

arq wants an older redis-py than technic, so it lives in a folder of its own (`packages`), which stands before
the other packages in the path of this rival's processes alone.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from contextlib import suppress

import orjson
from arq import create_pool
from arq.connections import ArqRedis, RedisSettings
from arq.jobs import Job

from benchmarks.rivals.arq_worker import CHANNEL
from benchmarks.rivals.base import WORKERS, Best, Load, Place, Run, Watch, all_at_once
from benchmarks.rivals.market import Ratings, best_of, units_of, view_of
from benchmarks.rivals.processes import Child
from benchmarks.rivals.redis_server import RedisServer
from technic.scanner.units import RateUnit

Word = tuple[str, int, int]
"""A job that has ended, when that was published, and when it was received."""


class ArqQueue:
    """Redis, the workers, and the client."""

    def __init__(self, place: Place, *, rows: bool = False) -> None:
        self._rows = rows
        self._view = view_of(place)
        self._redis_server = RedisServer()
        self._numbers = itertools.count(1)
        self._inboxes: dict[str, asyncio.Queue[Word]] = {}

    async def start(self) -> None:
        await self._redis_server.start()
        port = self._redis_server.port
        self._workers = [
            await Child.started("benchmarks.rivals.arq_worker", str(port)) for _ in range(WORKERS)
        ]
        for worker in self._workers:
            assert await worker.line() == "ready"
        self._redis: ArqRedis = await create_pool(RedisSettings(host="127.0.0.1", port=port))
        self._channel = self._redis.pubsub()
        await self._channel.subscribe(CHANNEL)
        self._hearing = asyncio.create_task(self._hear())

    async def run(self, load: Load) -> Run:
        units = units_of(self._view, load.symbols, load.lookback)
        wanted = self._view.universe.symbols[: load.symbols]
        return await all_at_once(load, lambda run: self._scan(units, wanted, run))

    async def stop(self) -> None:
        self._hearing.cancel()
        with suppress(asyncio.CancelledError):
            await self._hearing
        await self._channel.aclose()
        await self._redis.aclose()
        await asyncio.gather(*(worker.end() for worker in self._workers))
        await self._redis_server.stop()

    async def _hear(self) -> None:
        """Give every word to the scan that it is about."""
        async for message in self._channel.listen():
            if message["type"] == "message":
                word = orjson.loads(message["data"])
                inbox = self._inboxes[word["job"].partition(":")[0]]
                inbox.put_nowait((word["job"], word["at"], time.monotonic_ns()))

    async def _scan(self, units: list[RateUnit], wanted: tuple[str, ...], run: Run) -> Best:
        watch, name = Watch(run), str(next(self._numbers))
        inbox = self._inboxes[name] = asyncio.Queue()
        enqueued = (
            self._redis.enqueue_job("rate", unit, rows=self._rows, _job_id=f"{name}:{place}")
            for place, unit in enumerate(units)
        )
        jobs = {job.job_id: job for job in await asyncio.gather(*enqueued) if job is not None}
        parts: dict[str, asyncio.Task[Ratings]] = {}
        while len(parts) < len(units):
            job, published, received = await inbox.get()
            watch.told(received)
            run.latencies_ms.append((received - published) / 1e6)
            parts[job] = asyncio.create_task(result_of(jobs[job]))
        del self._inboxes[name]
        return best_of([await parts[job] for job in jobs], wanted)


async def result_of(job: Job) -> Ratings:
    """A result that is known to be there."""
    ratings: Ratings = await job.result(timeout=10, poll_delay=0.001)
    return ratings
