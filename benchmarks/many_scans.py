"""A hundred scans at once over HTTP, each watched by one WebSocket and one SSE client.

First at full speed: how long until all have ended, with every stream checked (the last frame is the
terminal snapshot, `seq` rises, `percentage` never goes back). Then slowly: symbols take time to arrive, so
that each scan lasts ten seconds and more, while two large scans keep the workers busy; there it counts how
long a progress event takes from its publication to its receipt, and how late the event loop is.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import aiohttp
import orjson
import uvloop

from benchmarks.support.figures import parser, show, spread
from benchmarks.support.server import Server, running

WATCHED = 500  # symbols of each of the many scans
LARGE = 19_456  # symbols of each of the two large scans: whole blocks, other ones than the many scans'
LATENCY_SECONDS = 0.4


class Watcher:
    """One client's view of one scan."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.frames: list[tuple[int, float, str]] = []
        self.receipts: list[tuple[str, int]] = []

    def take(self, text: str | bytes) -> None:
        received = time.monotonic_ns()
        frame = orjson.loads(text)
        if self.frames:
            self.receipts.append((f"{frame['scan_id']}-{frame['seq']}", received))
        self.frames.append((frame["seq"], frame["percentage"], frame["status"]))

    @property
    def faults(self) -> list[str]:
        if not self.frames:
            return ["no frame"]
        seqs = [seq for seq, _, _ in self.frames]
        shares = [share for _, share, _ in self.frames]
        found = []
        if self.frames[-1][2] != "completed":
            found.append(f"the last frame is {self.frames[-1][2]}")
        if any(b <= a for a, b in pairwise(seqs)):
            found.append("seq does not rise")
        if any(b < a for a, b in pairwise(shares)):
            found.append("percentage goes back")
        return found


async def watch_ws(session: aiohttp.ClientSession, url: str, watcher: Watcher) -> None:
    async with session.ws_connect(url) as socket:
        async for message in socket:
            watcher.take(message.data)


async def watch_sse(session: aiohttp.ClientSession, url: str, watcher: Watcher) -> None:
    async with session.get(url) as response:
        async for line in response.content:
            if line.startswith(b"data: "):
                watcher.take(line[6:])


async def scan(session: aiohttp.ClientSession, server: Server, body: dict, watchers: list[Watcher]) -> str:
    async with session.post(f"{server.url}/scan/start", json=body) as response:
        response.raise_for_status()
        started = await response.json()
    ws, sse = Watcher("ws"), Watcher("sse")
    watchers += [ws, sse]
    await asyncio.gather(
        watch_ws(session, server.url + started["websocket_url"], ws),
        watch_sse(session, server.url + started["sse_url"], sse),
    )
    return started["scan_id"]


async def keep_busy(session: aiohttp.ClientSession, server: Server, done: asyncio.Event) -> int:
    """Large scans one after the other, until the others are done."""
    count = 0
    while not done.is_set():
        body = {"max_symbols": LARGE, "lookback_bars": 0, "fresh": True, "limit": 1}
        async with session.post(f"{server.url}/scan/start", json=body) as response:
            started = await response.json()
        async with session.ws_connect(server.url + started["websocket_url"]) as socket:
            async for _ in socket:
                pass
        count += 1
    return count


def client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=300),
        json_serialize=dumps,
    )


def dumps(value: object) -> str:
    return orjson.dumps(value).decode()


@contextmanager
def undisturbed() -> Iterator[None]:
    """The watchers' own garbage collector would hold them for 40 ms, which is not the server's doing."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


async def many(server: Server, scans: int, bodies: dict) -> tuple[list[str], list[Watcher], float]:
    watchers: list[Watcher] = []
    async with client() as session:
        with undisturbed():
            began = time.perf_counter()
            ids = await asyncio.gather(*(scan(session, server, bodies, watchers) for _ in range(scans)))
            return ids, watchers, time.perf_counter() - began


async def full_speed(folder: Path, scans: int, *, fresh: bool) -> dict:
    async with running(folder, symbols=WATCHED) as server:
        _, watchers, seconds = await many(server, scans, {"max_symbols": WATCHED, "fresh": fresh})
        cpu = server.cpu_seconds()
    return {
        "scans": scans,
        "seconds": round(seconds, 3),
        "scans_per_second": round(scans / seconds, 1),
        "symbols_per_second": round(scans * WATCHED / seconds),
        "server_cpu_seconds": round(cpu, 2),
        "frames": sum(len(w.frames) for w in watchers),
        "streams_with_faults": sum(bool(w.faults) for w in watchers),
        "faults": sorted({fault for w in watchers for fault in w.faults}),
        "loop_lag_ms": spread(server.account["lags_ms"]),
        "kilobytes_a_scan": round((server.account["rss_max"] - server.account["rss_start"]) / scans / 1024),
    }


async def slow(folder: Path, scans: int) -> dict:
    async with running(folder, symbols=20_000, years=5) as server, client() as session:
        body = {"max_symbols": LARGE, "async_mode": False, "limit": 1}
        async with session.post(f"{server.url}/scan/start", json=body) as response:  # bars of the large scans
            assert (await response.json())["status"] == "completed"
    market = {"symbols": 20_000, "years": 5, "latency_seconds": LATENCY_SECONDS}
    async with running(folder, **market) as server, client() as session:
        done = asyncio.Event()
        busy = [asyncio.create_task(keep_busy(session, server, done)) for _ in range(2)]
        symbols = [f"SIM{number}" for number in range(20_000 - WATCHED + 1, 20_001)]
        _, watchers, seconds = await many(server, scans, {"symbols": symbols})
        done.set()
        large = sum(await asyncio.gather(*busy))
    account = server.account
    return {
        "scans": scans,
        "seconds": round(seconds, 3),
        "large_scans_meanwhile": large,
        "frames": sum(len(w.frames) for w in watchers),
        "streams_with_faults": sum(bool(w.faults) for w in watchers),
        "delivery_ms": {
            kind: spread(latencies(watchers, kind, account["published"])) for kind in ("ws", "sse")
        },
        "loop_lag_ms": spread(account["lags_ms"]),
        "kilobytes_a_scan": round((account["rss_max"] - account["rss_start"]) / scans / 1024),
    }


def latencies(watchers: list[Watcher], kind: str, published: dict[str, int]) -> list[float]:
    """Milliseconds from publication to receipt, of every frame but a stream's first (it may be old)."""
    found = []
    for watcher in watchers:
        if watcher.kind == kind:
            for key, received in watcher.receipts:
                if key in published:
                    found.append((received - published[key]) / 1e6)
    return found


async def main(scans: int) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        return {
            "full_speed": await full_speed(home / "a", scans, fresh=False),
            "full_speed_fresh": await full_speed(home / "b", scans, fresh=True),
            "slow": await slow(home / "c", scans),
        }


if __name__ == "__main__":
    command = parser(__doc__ or "")
    command.add_argument("--scans", type=int, default=100)
    asked = command.parse_args()
    show(uvloop.run(main(asked.scans)), as_json=asked.json)
