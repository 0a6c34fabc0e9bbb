"""A scan service as people run it today: threads, a data frame a symbol, a dictionary of progress.

`python -m benchmarks.rivals.threads_server FOLDER SYMBOLS` prints its port and serves until it is told to
stop: `POST /scan`, `GET /progress/{id}`, `GET /results/{id}`, and for the benchmark `GET /account/{id}`, when
each symbol was counted. A pool of four threads, shared by all scans, rates one symbol at a time.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pandas as pd
import uvloop
from aiohttp import web

from benchmarks.rivals.base import LIMIT, Place
from benchmarks.rivals.market import frames_of
from benchmarks.rivals.pandas_rating import rate_frame

THREADS = 4


class Scan:
    """One scan: what its threads have found so far."""

    def __init__(self, symbols: list[str]) -> None:
        self.symbols = symbols
        self.progress = {"status": "running", "current": 0, "total": len(symbols), "symbol": ""}
        self.ratings: dict[str, float] = {}
        self.counted_at: list[int] = []
        self.work: asyncio.Task[None] | None = None

    def count(self, symbol: str, rating: float) -> None:
        """From a thread, or from the loop, one at a time."""
        self.ratings[symbol] = rating
        self.counted_at.append(time.monotonic_ns())
        self.progress["symbol"] = symbol
        self.progress["current"] = len(self.counted_at)

    def best(self) -> list[tuple[str, float]]:
        ranked = sorted(self.symbols, key=lambda symbol: -self.ratings[symbol])
        return [(symbol, self.ratings[symbol]) for symbol in ranked[:LIMIT]]


class Service:
    """The routes, over bars that lie in memory."""

    def __init__(self, frames: dict[str, pd.DataFrame]) -> None:
        self.frames = frames
        self.pool = ThreadPoolExecutor(THREADS)
        self.scans: dict[str, Scan] = {}
        self.numbers = itertools.count(1)

    def app(self) -> web.Application:
        made = web.Application()
        made.router.add_post("/scan", self.start)
        made.router.add_get("/progress/{id}", self.progress)
        made.router.add_get("/results/{id}", self.results)
        made.router.add_get("/account/{id}", self.account)
        return made

    async def start(self, request: web.Request) -> web.Response:
        asked = await request.json(loads=orjson.loads)
        name = str(next(self.numbers))
        scan = self.scans[name] = Scan(list(self.frames)[: asked["symbols"]])
        scan.work = asyncio.create_task(self.work(scan, asked["lookback"]))
        return answer({"scan_id": name})

    async def work(self, scan: Scan, lookback: int) -> None:
        """Hand every symbol to the pool and wait for all."""
        loop = asyncio.get_running_loop()

        def rate(symbol: str) -> None:
            scan.count(symbol, rate_frame(self.frames[symbol].tail(lookback)))

        await asyncio.gather(*(loop.run_in_executor(self.pool, rate, symbol) for symbol in scan.symbols))
        scan.progress["status"] = "completed"

    async def progress(self, request: web.Request) -> web.Response:
        return answer(self.scans[request.match_info["id"]].progress)

    async def results(self, request: web.Request) -> web.Response:
        return answer(self.scans[request.match_info["id"]].best())

    async def account(self, request: web.Request) -> web.Response:
        return answer(self.scans[request.match_info["id"]].counted_at)


def answer(value: object) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json")


async def serve(place: Place) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    service = Service(frames_of(place))
    runner = web.AppRunner(service.app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await stop.wait()
    await runner.cleanup()
    service.pool.shutdown(cancel_futures=True)


if __name__ == "__main__":
    uvloop.run(serve(Place(Path(sys.argv[1]), int(sys.argv[2]))))
