"""A server process that keeps account of itself, and the handle by which a benchmark holds it.

`python -m benchmarks.support.server` serves as `technic serve` does, and when it is told to stop prints
one JSON object: when each progress event was published (nanoseconds of the monotonic clock, which all
processes of a machine share), how late the event loop was, and the memory of its process.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import uvloop
from aiohttp import web

from technic.app import favour_the_loop, open_engine
from technic.config.loader import load_settings
from technic.config.logs import configure_logs
from technic.engine.scan.events import MatchesFound, ScanEvent
from technic.http.app import create_app
from technic.http.runner import Runner

ROOT = Path(__file__).parents[2]
LAG_SECONDS = 0.005


class Account:
    """What the server notes while it serves."""

    def __init__(self) -> None:
        self.published: dict[str, int] = {}
        self.lags_ms: list[float] = []
        self.rss_start = psutil.Process().memory_info().rss
        self.rss_max = self.rss_start

    def note(self, event: ScanEvent) -> None:
        if not isinstance(event, MatchesFound):
            self.published[f"{event.scan_id}-{event.seq}"] = time.monotonic_ns()

    async def watch_loop(self) -> None:
        """How much later than asked the loop wakes a sleeper."""
        process = psutil.Process()
        while True:
            before = time.perf_counter()
            await asyncio.sleep(LAG_SECONDS)
            self.lags_ms.append((time.perf_counter() - before - LAG_SECONDS) * 1e3)
            if len(self.lags_ms) % 100 == 0:
                self.rss_max = max(self.rss_max, process.memory_info().rss)

    def told(self) -> dict[str, Any]:
        return {
            "published": self.published,
            "lags_ms": [round(lag, 3) for lag in self.lags_ms],
            "rss_start": self.rss_start,
            "rss_max": self.rss_max,
        }


async def serve(overrides: dict[str, Any]) -> None:
    settings = load_settings(None, overrides).settings
    configure_logs(settings.log)
    favour_the_loop()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with open_engine(settings) as engine:
        runner = Runner(create_app(engine, settings.server, settings.streams), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=settings.server.backlog).start()
        account = Account()
        engine.bus.listen(account.note)
        watching = asyncio.create_task(account.watch_loop())
        print(runner.addresses[0][1], flush=True)
        await stop.wait()
        watching.cancel()
        await runner.cleanup()
    print(json.dumps(account.told()), flush=True)


class Server:
    """A running server: where it listens, and after its end what it noted."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.account: dict[str, Any] = {}

    def cpu_seconds(self) -> float:
        """Of the server and its workers so far."""
        top = psutil.Process(self.process.pid)
        return sum(p.cpu_times().user + p.cpu_times().system for p in [top, *top.children(recursive=True)])

    def memory_bytes(self) -> int:
        """Of the server's own process now."""
        resident: int = psutil.Process(self.process.pid).memory_info().rss
        return resident


@asynccontextmanager
async def running(data_dir: Path, settings: dict[str, Any] | None = None, **market: Any):
    """A server over a simulated market of these settings for the length of the block."""
    overrides = {"data_dir": str(data_dir), "log.level": "error", "server.access_log": False}
    overrides |= settings or {}
    overrides |= {f"sources.simulated.{key}": value for key, value in market.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.support.server", json.dumps(overrides),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, limit=1 << 28,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        server = Server(process, int(await asyncio.wait_for(process.stdout.readline(), 30)))
        yield server
        process.terminate()
        server.account = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


if __name__ == "__main__":
    uvloop.run(serve(json.loads(sys.argv[1])))
