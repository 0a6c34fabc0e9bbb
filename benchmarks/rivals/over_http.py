"""technic as its users have it: a server process with two workers, scans over HTTP, progress over WebSockets.

All settings are the defaults, the store on disk included. What the others are spared: HTTP both ways, whole
rows with every column, filters, ranking, a durable record of each scan. `fresh` asks for every block anew.
Latency is taken of every frame but a stream's first: from the publication on the server's bus to receipt.
"""

from __future__ import annotations

import time
from contextlib import AsyncExitStack

import aiohttp
import orjson

from benchmarks.rivals.base import LIMIT, WORKERS, Best, Load, Place, Run, Watch, all_at_once
from benchmarks.support.server import running

Receipts = list[tuple[str, int]]
"""The key of an event, and when its frame came."""


class OverHttp:
    """A server process, and its clients."""

    def __init__(self, place: Place, *, fresh: bool = False) -> None:
        self._place = place
        self._fresh = fresh
        self._stack = AsyncExitStack()
        self._receipts: list[tuple[Run, Receipts]] = []

    async def start(self) -> None:
        settings = {"engine.workers": WORKERS}
        server = running(self._place.folder, settings, symbols=self._place.symbols)
        self._server = await self._stack.enter_async_context(server)
        connector = aiohttp.TCPConnector(limit=0)
        session = aiohttp.ClientSession(connector=connector, headers={"Content-Type": "application/json"})
        self._session = await self._stack.enter_async_context(session)

    @property
    def server_pid(self) -> int:
        """Of the server's own process, once it has started."""
        return self._server.process.pid

    async def run(self, load: Load) -> Run:
        receipts: Receipts = []
        run = await all_at_once(load, lambda run: self._scan(load, run, receipts))
        self._receipts.append((run, receipts))
        return run

    async def stop(self) -> None:
        """The server tells on its end when it published what; only then the latencies are known."""
        await self._stack.aclose()
        published = self._server.account["published"]
        for run, receipts in self._receipts:
            run.latencies_ms += [(at - published[key]) / 1e6 for key, at in receipts]

    async def _scan(self, load: Load, run: Run, receipts: Receipts) -> Best:
        watch = Watch(run)
        body = {
            "max_symbols": load.symbols,
            "lookback_bars": load.lookback,
            "limit": LIMIT,
            "fresh": self._fresh,
        }
        async with self._session.post(f"{self._server.url}/scan/start", data=orjson.dumps(body)) as response:
            response.raise_for_status()
            started = orjson.loads(await response.read())
        status = await self._watch(started["websocket_url"], watch, receipts)
        assert status == "completed", status
        async with self._session.get(self._server.url + started["results_url"]) as response:
            rows = orjson.loads(await response.read())["results"]
        return [(row["symbol"], row["tech_rating"]) for row in rows]

    async def _watch(self, path: str, watch: Watch, receipts: Receipts) -> str:
        """Read the stream to its end; the last status."""
        frame = None
        async with self._session.ws_connect(self._server.url + path) as socket:
            async for message in socket:
                received, known = time.monotonic_ns(), frame is not None
                frame = orjson.loads(message.data)
                if known:
                    receipts.append((f"{frame['scan_id']}-{frame['seq']}", received))
                if counts_symbols(frame):
                    watch.told(received)
        assert frame is not None, "the stream had no frame"
        return frame["status"]


def counts_symbols(frame: dict) -> bool:
    """Whether a snapshot says that a symbol has been rated."""
    if frame["stage"] == "symbol_scanning":
        return frame["current"] > 0
    return frame["stage"] == "finalization" or frame["status"] == "completed"
