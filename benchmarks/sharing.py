"""Many scans of one market: what they cost together, against one alone.

Real servers, over HTTP. First one scan, then a hundred of the same market at once, each load in a server of
its own that has the bars but has rated nothing yet (cold), and again in the same server, which has all
blocks by now (warm). Three kinds of request are asked: one that returns few rows (`limit`), one whose filters
let few pass, and one that returns every row; then a hundred with a `min_tech_rating` each of its own, which
share units but not rows. Last, a thousand scans of 500 symbols at once. Each load tells how many units were
computed, shared and found, that all ended with as many rows as one alone, and how long it took from the first
request until nothing was active any more, so that every result could be fetched.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import uvloop

from benchmarks.support.figures import parser, show
from benchmarks.support.server import Server, running

SYMBOLS = 5_000
BLOCKS = -(-SYMBOLS // 512)
LOOK_SECONDS = 0.005
KINDS: dict[str, dict[str, Any]] = {
    "limit_25": {"limit": 25},
    "min_rating_50": {"min_tech_rating": 50},
    "every_row": {},
}

Body = dict[str, Any]


def client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=64),
        timeout=aiohttp.ClientTimeout(total=300),
        json_serialize=lambda value: orjson.dumps(value).decode(),
    )


async def start(session: aiohttp.ClientSession, server: Server, body: Body) -> str:
    async with session.post(f"{server.url}/scan/start", json=body) as response:
        response.raise_for_status()
        return str((await response.json())["scan_id"])


async def load(session: aiohttp.ClientSession, server: Server, bodies: Sequence[Body]) -> dict[str, Any]:
    """Start all at once; wait until none is active; what became of each."""
    cpu, began = server.cpu_seconds(), time.perf_counter()
    ids = await asyncio.gather(*(start(session, server, body) for body in bodies))
    started = time.perf_counter() - began
    while await active(session, server):  # noqa: ASYNC110 - it is another process that is waited for
        await asyncio.sleep(LOOK_SECONDS)
    seconds = time.perf_counter() - began
    cpu = server.cpu_seconds() - cpu
    ends = await asyncio.gather(*(outcome(session, server, scan_id) for scan_id in ids))
    metrics = [end["performance_metrics"] for end in ends]
    return {
        "scans": len(bodies),
        "seconds": round(seconds, 4),
        "start_seconds": round(started, 4),
        "cpu_seconds": round(cpu, 3),
        "completed": sum(end["complete"] for end in ends),
        "rows": sorted({end["total"] for end in ends})[:3],
        "cache": {
            name: sum(each["cache"][name] for each in metrics) for name in ("misses", "shared", "hits")
        },
        "symbols_per_second": round(sum(each["symbols_scanned"] for each in metrics) / seconds),
        "longest_scan_seconds": round(max(each["total_seconds"] for each in metrics), 4),
    }


async def active(session: aiohttp.ClientSession, server: Server) -> int:
    async with session.get(f"{server.url}/scan/active") as response:
        return int((await response.json())["count"])


async def outcome(session: aiohttp.ClientSession, server: Server, scan_id: str) -> dict[str, Any]:
    async with session.get(f"{server.url}/scan/results/{scan_id}", params={"limit": "1"}) as response:
        assert response.status == 200, await response.text()
        found: dict[str, Any] = await response.json()
        return found


async def cold_and_warm(folder: Path, market: dict, bodies: Sequence[Body], looks: int) -> dict[str, Any]:
    async with running(folder, **market) as server, client() as session:
        cold = await load(session, server, bodies)
        warm = [await load(session, server, bodies) for _ in range(looks)]
        server_memory = server.memory_bytes()
    median = sorted(warm, key=lambda each: each["seconds"])[len(warm) // 2]
    return {"cold": cold, "warm": median, "server_megabytes": round(server_memory / 2**20)}


async def hundred_against_one(folder: Path, scans: int, kind: str) -> dict[str, Any]:
    market = {"symbols": SYMBOLS}
    body = KINDS[kind]
    one = await cold_and_warm(folder, market, [body], 5)
    many = await cold_and_warm(folder, market, [body] * scans, 2)
    assert many["cold"]["completed"] == many["warm"]["completed"] == scans
    assert many["cold"]["rows"] == one["cold"]["rows"], "each scan returns what one alone does"
    assert many["cold"]["cache"]["misses"] == one["cold"]["cache"]["misses"] == BLOCKS, "rated once"
    assert many["warm"]["cache"]["misses"] == 0
    ratios = {heat: round(many[heat]["seconds"] / one[heat]["seconds"], 2) for heat in ("cold", "warm")}
    return {"ratio": ratios, "one": one, "many": many}


async def each_its_own(folder: Path, scans: int) -> dict[str, Any]:
    """They share what is rated, and not one filter."""
    bodies: list[Body] = [{"min_tech_rating": 50 * number / scans, "limit": 25} for number in range(scans)]
    return await cold_and_warm(folder, {"symbols": SYMBOLS}, bodies, 1)


async def thousand(folder: Path, scans: int) -> dict[str, Any]:
    """So many that most of them wait first; whether all end, and with the same rows."""
    limits = {"engine.max_running_scans": 256, "engine.max_queued_scans": scans}
    async with running(folder, limits, symbols=500) as server, client() as session:
        await load(session, server, [{}])
        found = await load(session, server, [{}] * scans)
    assert found["completed"] == scans, "nothing is lost"
    assert len(found["rows"]) == 1
    return found


async def main(scans: int, kinds: Sequence[str], runs: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with running(folder / "large", symbols=SYMBOLS) as server, client() as session:
            fetched = await load(session, server, [{"limit": 1}])
        found: dict[str, Any] = {"one_that_fetches": fetched["seconds"]}
        for kind in kinds:
            every = [await hundred_against_one(folder / "large", scans, kind) for _ in range(runs)]
            ratios = {
                heat: statistics.median(each["ratio"][heat] for each in every) for heat in ("cold", "warm")
            }
            found[kind] = {"ratio_medians": ratios, **every[-1]}
        found["each_its_own"] = await each_its_own(folder / "large", scans)
        found["thousand"] = await thousand(folder / "small", 10 * scans)
        return found


if __name__ == "__main__":
    command = parser(__doc__ or "")
    command.add_argument("--scans", type=int, default=100)
    command.add_argument("--kinds", nargs="*", choices=list(KINDS), default=list(KINDS))
    command.add_argument("--runs", type=int, default=3)
    asked = command.parse_args()
    show(uvloop.run(main(asked.scans, asked.kinds, asked.runs)), as_json=asked.json)
