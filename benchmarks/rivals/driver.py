"""Runs one rival through its loads, in a process of its own: `python -m benchmarks.rivals.driver`.

It reads a plan on stdin as one JSON object, and answers with one on stdout. So a rival has its own packages
and its own clients, its processes are the ones below this, and one that hangs is ended without the others.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
from collections.abc import Callable
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.rivals.base import Load, Place, Rival, Run
from benchmarks.rivals.processes import busy_seconds, cpu_seconds
from benchmarks.support.figures import percentile

RIVALS = {
    "engine": ("in_process:InProcess", {}),
    "engine_fresh": ("in_process:InProcess", {"fresh": True}),
    "technic": ("over_http:OverHttp", {}),
    "technic_fresh": ("over_http:OverHttp", {"fresh": True}),
    "threads": ("threads:Threads", {}),
    "arq": ("arq_queue:ArqQueue", {"rows": True}),
    "arq_ratings": ("arq_queue:ArqQueue", {}),
    "dask": ("dask_cluster:DaskCluster", {"rows": True}),
    "dask_ratings": ("dask_cluster:DaskCluster", {}),
    "dask_pure": ("dask_cluster:DaskCluster", {"pure": True}),
}
RUN_SECONDS = 120
Timed = tuple[Run, float, float]
"""A run, the processor time that it took, and what other programs took meanwhile."""
FIRST_LOOKBACK = 600


def rival(name: str, place: Place) -> Rival:
    """The one of that name; only its own packages are imported."""
    where, options = RIVALS[name]
    module, _, made = where.partition(":")
    return getattr(import_module(f"benchmarks.rivals.{module}"), made)(place, **options)


async def drive(plan: dict[str, Any]) -> dict[str, Any]:
    """Start it, warm it up, run every load as often as the plan says, stop it."""
    driven = rival(plan["rival"], Place(Path(plan["folder"]), plan["symbols"]))
    lookbacks = count(FIRST_LOOKBACK)
    await driven.start()
    try:
        checked = await run_one(driven, Load(1, plan["loads"][0][1], next(lookbacks)))
        for scans, symbols, _ in plan["warm"]:
            await run_one(driven, Load(scans, symbols, next(lookbacks)))
        measured = []
        for scans, symbols, times in plan["loads"]:
            runs = [await timed(driven, Load(scans, symbols, next(lookbacks))) for _ in range(times)]
            measured.append((scans, symbols, runs))
    finally:
        await driven.stop()
    return {"best": checked.best, "loads": [figures(*load) for load in measured]}  # complete by now


async def run_one(driven: Rival, load: Load) -> Run:
    async with asyncio.timeout(RUN_SECONDS):
        return await driven.run(load)


async def timed(driven: Rival, load: Load) -> Timed:
    busy, cpu = busy_seconds(), cpu_seconds()
    run = await run_one(driven, load)
    used = cpu_seconds() - cpu
    return run, used, max(busy_seconds() - busy - used, 0.0)


def figures(scans: int, symbols: int, runs: list[Timed]) -> dict[str, Any]:
    """Of several runs of one load: medians, of progress all that was told."""
    seconds = statistics.median(run.seconds for run, _, _ in runs)
    latencies = [latency for run, _, _ in runs for latency in run.latencies_ms]
    firsts = [first for run, _, _ in runs for first in run.first_ms]
    assert latencies, "nobody was told of any progress"
    return {
        "scans": scans,
        "symbols": symbols,
        "seconds": seconds,
        "scans_per_second": scans / seconds,
        "symbols_per_second": scans * symbols / seconds,
        "cpu_us_a_symbol": sum(cpu for _, cpu, _ in runs) / len(runs) / scans / symbols * 1e6,
        "first_progress_ms": percentile(firsts, 50),
        "latency_p50_ms": percentile(latencies, 50),
        "latency_p99_ms": percentile(latencies, 99),
        "words_of_progress": len(latencies) / len(runs),
        "cores_used_by_others": sum(other for *_, other in runs) / sum(run.seconds for run, _, _ in runs),
    }


def main() -> None:
    plan = json.loads(sys.stdin.readline())
    runner: Callable[..., dict] = asyncio.run if plan["rival"].startswith("dask") else uvloop.run
    print(json.dumps(runner(drive(plan))), flush=True)


if __name__ == "__main__":
    main()
