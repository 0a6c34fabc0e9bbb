"""The API beside the work: how long requests take while every worker is busy, beside a bare aiohttp server.

Two large scans that share nothing follow one another for ever, so that all workers always have something to
do, and a hundred scans wait for bars of their own. Then, in rounds, `technic serve` as users start it, its
log written to a file, and a bare aiohttp handler that sends a body of the same size (see support/bare.py):

- calls: GET /health and POST /scan/start, so many a second on kept connections;
- pollers: a thousand clients that ask for a scan's progress once a second, each on a connection of its own;
- burst: a thousand connections at once, each with a GET, and a thousand with the opening of a WebSocket.
  `second_tries` counts connections whose first packet was not taken in (the kernel asks again after 1 s).

All callers are in one process of their own with one epoll (see support/caller.py). `floor` is the bare
server in the same rounds, with the same work beside it: what it takes is the machine's.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from benchmarks.support.caller import SLOW_CONNECT_MS, Caller
from benchmarks.support.figures import parser, show, spread

ROOT = Path(__file__).parents[1]
LARGE = 8_192  # symbols of each of the two large scans: whole blocks, whose bars are there
SLOW = 1_808  # symbols whose bars arrive slowly: what the hundred scans wait for
SCANS = 100
HEAD = "Host: 127.0.0.1\r\n"
UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
)
SMALL = '{"symbols":["SIM1","SIM2","SIM3"]}'


def get(path: str, more: str = "") -> str:
    return f"GET {path} HTTP/1.1\r\n{HEAD}{more}\r\n"


def post(path: str, body: str) -> str:
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"POST {path} HTTP/1.1\r\n{HEAD}{kind}\r\n{body}"


@asynccontextmanager
async def technic(folder: Path, **settings: Any) -> AsyncIterator[str]:
    """`technic serve` with its log in a file; where it listens."""
    chosen = {"data_dir": folder, "sources__simulated__symbols": LARGE + SLOW} | settings
    mine = {name: value for name, value in os.environ.items() if not name.startswith("TECHNIC_")}
    mine |= {f"TECHNIC_{name.upper()}": str(value) for name, value in chosen.items()}
    log = folder.parent / f"{folder.name}.log"
    with log.open("wb") as lines:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "run.py", "serve", "--port", "0", cwd=ROOT, env=mine, stderr=lines
        )
    try:
        while "listens on" not in (said := log.read_text()):
            assert process.returncode is None, said
            await asyncio.sleep(0.05)
        yield next(word for word in said.split() if word.startswith("http://"))
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def bare(body: bytes) -> AsyncIterator[int]:
    """A bare server that answers with this body; its port."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "benchmarks.support.bare", body.decode())
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    yield int(await process.stdout.readline())
    process.stdin.close()
    await process.wait()


async def started(session: aiohttp.ClientSession, url: str, body: dict[str, Any]) -> dict[str, Any]:
    async with session.post(f"{url}/scan/start", json=body) as response:
        response.raise_for_status()
        found: dict[str, Any] = await response.json()
        return found


async def keep_busy(session: aiohttp.ClientSession, url: str) -> None:
    """Large scans that share nothing, one after the other."""
    while True:
        body = {"max_symbols": LARGE, "lookback_bars": 0, "fresh": True, "limit": 1}
        scan = await started(session, url, body)
        async with session.ws_connect(url + scan["websocket_url"]) as stream:
            async for _ in stream:
                pass


async def rounds(
    caller: Caller, ports: dict[str, int], count: int, *words: Any, **paths: Any
) -> dict[str, Any]:
    """The same command to each server in turn, so many times; what they took, and how they compare."""
    seen: dict[str, dict[str, list[Any]]] = {
        name: {"times_ms": [], "connects_ms": [], "failed": []} for name in ports
    }
    for _ in range(count):
        for name, port in ports.items():
            asked = paths.get(name, paths["ours"])
            found = await caller.call(words[0], port, asked, *words[1:])
            for kind, values in found.items():
                seen[name][kind] += values
    return {name: told(found, with_connects=words[0] == "burst") for name, found in seen.items()}


def told(found: dict[str, list[Any]], *, with_connects: bool) -> dict[str, Any]:
    figures: dict[str, Any] = {"ms": spread(found["times_ms"]), "failed": len(found["failed"])}
    if found["failed"]:
        figures["why"] = sorted(set(found["failed"]))[:3]
    if with_connects:
        figures["connect_ms"] = spread(found["connects_ms"])
        figures["second_tries"] = sum(each > SLOW_CONNECT_MS for each in found["connects_ms"])
    return figures


async def measured(home: Path, seconds: float, turns: int, clients: int) -> dict[str, Any]:
    async with technic(home / "kept") as url, aiohttp.ClientSession() as session:
        body = {"max_symbols": LARGE, "async_mode": False, "limit": 1}  # the bars of the large scans
        assert (await started(session, url, body))["status"] == "completed"
    slowly = {"sources__simulated__latency_seconds": 1.5}
    async with technic(home / "kept", **slowly) as url, aiohttp.ClientSession() as session:
        busy = [asyncio.create_task(keep_busy(session, url)) for _ in range(2)]
        names = [f"SIM{number}" for number in range(LARGE + 1, LARGE + SLOW + 1)]
        scans = [await started(session, url, {"symbols": names}) for _ in range(SCANS)]
        async with session.get(url + scans[0]["progress_url"]) as response:
            body = await response.read()
        caller = await Caller.started()
        async with bare(body) as floor:
            ports = {"ours": int(url.rpartition(":")[2]), "floor": floor}
            figures = await each_kind(partial(rounds, caller, ports, turns), scans, seconds, clients)
        async with session.get(f"{url}/health") as response:
            health = await response.json()
        await caller.end()
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
    return figures | {"at_the_end": {name: health[name] for name in ("scans", "workers", "units")}}


async def each_kind(
    compare: Callable[..., Awaitable[dict[str, Any]]],
    scans: list[dict[str, Any]],
    seconds: float,
    clients: int,
) -> dict[str, Any]:
    polls = [get(scan["progress_url"]) for scan in scans]
    openings, bare_openings = get(scans[0]["websocket_url"], UPGRADE), get("/ws", UPGRADE)
    health, start = [get("/health")], [post("/scan/start", SMALL)]
    return {
        "health": await compare("poll", 10, 0.25, seconds, ours=health),
        "start": await compare("poll", 10, 0.25, seconds, ours=start),
        "pollers": await compare("poll", clients, 1.0, seconds, ours=polls),
        "burst": await compare("burst", clients, ours=get("/health/live")),
        "burst_ws": await compare("burst", clients, ours=openings, floor=bare_openings),
    }


async def main(seconds: float, turns: int, clients: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return await measured(Path(folder), seconds, turns, clients)


if __name__ == "__main__":
    command = parser(__doc__ or "")
    command.add_argument("--seconds", type=float, default=5.0, help="of each round")
    command.add_argument("--rounds", type=int, default=2)
    command.add_argument("--clients", type=int, default=1000)
    asked = command.parse_args()
    show(uvloop.run(main(asked.seconds, asked.rounds, asked.clients)), as_json=asked.json)
