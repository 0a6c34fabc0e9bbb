"""1 to 5,000 WebSockets on ten running scans that tell their progress ten times a second.

The ten wait for the same slow bars, so that they run for minutes and do little else. In turns so many
watchers are opened, all spread over the ten, read for two seconds by another process that only counts bytes,
and closed. What the server's process uses with no watcher at all is measured in the same turns and taken
off. One more client reads every frame of one scan: the length of a frame and the time from publication to
receipt are its.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from benchmarks.growing.footprint import Footprint
from benchmarks.support.figures import percentile
from benchmarks.support.fits import growth
from benchmarks.support.reader import Reader
from benchmarks.support.server import Server, running

SCANS = 10
SYMBOLS = 20_000
DRAIN_SECONDS, WINDOW_SECONDS = 20.0, 2.0
FEW = 10  # frames after which the scans are in full motion
HEADER = 4  # bytes before a text of 126 to 65,535 bytes (RFC 6455)
MARKET = {"symbols": SYMBOLS, "years": 1, "latency_seconds": 0.4, "connections": 32}
SETTINGS = {"streams.max_streams": 20_000, "store.kind": "memory"}


class Witness:
    """One client that reads every frame of one scan."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self.received: dict[str, int] = {}
        self.in_motion = asyncio.Event()

    async def watch(self, session: aiohttp.ClientSession, url: str) -> None:
        """Until it is cancelled."""
        async with session.ws_connect(url) as socket:
            async for message in socket:
                now, frame = time.monotonic_ns(), orjson.loads(message.data)
                self.lengths.append(len(message.data) + HEADER)
                self.received[f"{frame['scan_id']}-{frame['seq']}"] = now
                if len(self.lengths) == FEW:
                    self.in_motion.set()

    def latencies(self, published: dict[str, int], window: tuple[int, int]) -> list[float]:
        """Milliseconds from publication to receipt of what was published within the window."""
        begun, ended = window
        return [
            (received - published[key]) / 1e6
            for key, received in self.received.items()
            if begun <= published.get(key, 0) < ended
        ]


async def grow_watchers(folder: Path, sizes: tuple[int, ...], rounds: int) -> dict[str, Any]:
    """Medians over the rounds of what so many watchers cost in a second, and by what law it grows."""
    witness, reader = Witness(), await Reader.started()
    told: dict[int, list[dict[str, Any]]] = {size: [] for size in (0, *sizes)}
    async with (
        running(folder, SETTINGS, **MARKET) as server,
        aiohttp.ClientSession() as session,
        _scans(session, server, witness) as paths,
    ):
        for _ in range(rounds):
            for size, turns in told.items():
                turns.append(await _turn(server, reader, paths, size, witness))
                await _all_gone(session, server)
    await reader.end()
    bare = told.pop(0)
    alone = {"cpu_share": statistics.median(turn["cpu_share"] for turn in bare)}
    alone["server_mb"] = bare[0]["server_mb"]
    each = {
        size: _summary(turns, alone, witness, server.account["published"]) for size, turns in told.items()
    }
    return {
        "cpu_share_of_the_scans_alone": round(alone["cpu_share"], 4),
        "sizes": {f"{size}_watchers": found for size, found in each.items()},
        "growth": {
            key: growth(sizes, [found[key] for found in each.values()]) for key in ("cpu_share", "memory_mb")
        },
    }


@contextlib.asynccontextmanager
async def _scans(
    session: aiohttp.ClientSession, server: Server, witness: Witness
) -> AsyncIterator[list[str]]:
    """Ten scans that run for as long as the block; the paths of their streams."""
    paths: list[str] = []
    ids: list[str] = []
    for _ in range(SCANS):
        async with session.post(f"{server.url}/scan/start", json={"max_symbols": SYMBOLS}) as answer:
            started = await answer.json()
            paths.append(started["websocket_url"])
            ids.append(started["scan_id"])
    watching = asyncio.create_task(witness.watch(session, server.url + paths[0]))
    try:
        async with asyncio.timeout(60):
            await witness.in_motion.wait()
        yield paths
    finally:
        for scan_id in ids:
            async with session.post(f"{server.url}/scan/cancel/{scan_id}"):
                pass
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _turn(
    server: Server, reader: Reader, paths: list[str], size: int, witness: Witness
) -> dict[str, Any]:
    """Open so many, read them for a while, close them."""
    reader.tell("open", int(server.url.rpartition(":")[2]), paths, size)
    group = await reader.answer()
    reader.tell("drain", group, DRAIN_SECONDS)  # the first snapshots, and what came while others were opened
    assert await reader.answer(), "the reader falls behind"
    used, begun, seen = Footprint(server), time.monotonic_ns(), len(witness.lengths)
    counts = await _counted(reader, group, WINDOW_SECONDS)
    ended, (cpu, _) = time.monotonic_ns(), used.cpu_seconds()  # workers serve no watcher
    lengths = witness.lengths[seen:]
    reader.tell("close", group)
    await reader.answer()
    seconds = (ended - begun) / 1e9
    return {
        "cpu_share": cpu / seconds,
        "server_mb": used.peak_megabytes()[0],
        "frames": [count / statistics.mean(lengths) for count in counts],
        "frames_a_second": len(lengths) / seconds,
        "window": (begun, ended),
    }


async def _all_gone(session: aiohttp.ClientSession, server: Server) -> None:
    """Until the server has let go of every stream but the witness's: that is not the next turn's work."""
    async with asyncio.timeout(60):
        while True:
            async with session.get(f"{server.url}/health") as answer:
                if (await answer.json())["streams"] <= 1:
                    return
            await asyncio.sleep(0.05)


async def _counted(reader: Reader, group: int, seconds: float) -> list[int]:
    reader.tell("count", group, seconds)
    return await reader.answer()


def _summary(
    turns: list[dict[str, Any]], alone: dict[str, float], witness: Witness, published: dict[str, int]
) -> dict[str, Any]:
    """Medians over the turns, less what the scans alone use; latencies of all turns together.

    Memory is that of the first turn: what the largest size has used is not given back for the next turns.
    """
    watchers = len(turns[0]["frames"])
    cpu = max(statistics.median(turn["cpu_share"] for turn in turns) - alone["cpu_share"], 0.0)
    frames = statistics.median(sum(turn["frames"]) * 1e9 / _length(turn["window"]) for turn in turns)
    late = [ms for turn in turns for ms in witness.latencies(published, turn["window"])]
    memory = max(turns[0]["server_mb"] - alone["server_mb"], 0.0)
    return {
        "frames_a_second_and_watcher": round(frames / watchers, 2),
        "fewest_frames": round(min(min(turn["frames"]) for turn in turns), 1),
        "most_frames": round(max(max(turn["frames"]) for turn in turns), 1),
        "cpu_share": round(cpu, 4),
        "cpu_microseconds_a_frame": round(1e6 * cpu / frames, 2),
        "memory_mb": round(memory, 2),
        "memory_kb_a_watcher": round(1024 * memory / watchers, 1),
        "latency_ms_p50": round(percentile(late, 50), 2),
        "latency_ms_p99": round(percentile(late, 99), 2),
    }


def _length(window: tuple[int, int]) -> int:
    return window[1] - window[0]
