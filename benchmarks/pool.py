"""What the worker pool costs, beside the standard library's ProcessPoolExecutor in the same run.

    python -m benchmarks.pool [--units 4000] [--repeat 3] [--loop asyncio|uvloop] [--json]

Units that do nothing show the cost of a unit; both pools have two workers and two units in flight, and take
turns, so that a busy machine slows both: judge by the ratio. Then how long a unit that never looks up
takes to stop (its grace is 10 ms), how long a worker takes to start with the scanner's door loaded, and how
many of 200 units survive when one of them kills its worker.
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import uvloop

from benchmarks.support.figures import parser, show, spread
from technic.config.settings import EngineSettings
from technic.engine.pool.base import Outcome
from technic.engine.pool.processes import ProcessPool

WORKERS = 2
FUNCTION = "benchmarks.pool:perform"
GRACE_SECONDS = 0.01
Ended = Callable[[int], None]
"""Told 1 for a unit that gave its result, 0 for one that did not."""
Start = Callable[[str, Ended], None]


def perform(unit: str, _cancelled: Callable[[], bool] | None = None) -> str:
    """What both pools' workers run."""
    while unit == "hang":
        time.sleep(60)
    if unit == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return unit


async def run_all(start: Start, units: list[str]) -> int:
    """Keep two units in flight until all have ended; how many gave their result."""
    done, left, survived = asyncio.Event(), list(reversed(units)), []

    def ended(results: int) -> None:
        survived.append(results)
        if left:
            start(left.pop(), ended)
        elif len(survived) == len(units):
            done.set()

    for _ in range(WORKERS):
        start(left.pop(), ended)
    await done.wait()
    return sum(survived)


def on_ours(pool: ProcessPool) -> Start:
    def start(unit: str, ended: Ended) -> None:
        pool.start(unit, lambda outcome: ended(int(outcome.failure is None)), limit_seconds=60)

    return start


def on_standard(executor: ProcessPoolExecutor) -> Start:
    loop = asyncio.get_running_loop()

    def start(unit: str, ended: Ended) -> None:
        try:
            future = loop.run_in_executor(executor, perform, unit)
        except BrokenExecutor:  # it takes nothing any more
            loop.call_soon(ended, 0)
        else:
            future.add_done_callback(lambda done: ended(int(done.exception() is None)))

    return start


async def units_a_second(start: Start, units: int) -> float:
    began = time.perf_counter()
    await run_all(start, ["nothing"] * units)
    return units / (time.perf_counter() - began)


async def stop_seconds(pool: ProcessPool) -> float:
    """From the cancel of a unit that never looks at its flag to its outcome; a worker is ready for it."""
    await run_all(on_ours(pool), ["nothing"] * WORKERS)
    ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    handle = pool.start("hang", ended.set_result, limit_seconds=60)
    began = time.perf_counter()
    handle.cancel(GRACE_SECONDS)
    await ended
    return time.perf_counter() - began


async def start_seconds() -> float:
    """From nothing to a worker that can rate."""
    pool = ProcessPool(settings=EngineSettings(workers=1))
    began = time.perf_counter()
    await pool.open()
    took = time.perf_counter() - began
    await pool.close()
    return took


def executor() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(WORKERS, mp_context=get_context("forkserver"))


async def measure(units: int, repeat: int) -> dict[str, Any]:
    pool = ProcessPool(FUNCTION, settings=EngineSettings(workers=WORKERS))
    await pool.open()
    with executor() as standard:
        sides = {"ours": on_ours(pool), "standard": on_standard(standard)}
        rates: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(repeat + 1):
            for name, start in sides.items():
                rates[name].append(await units_a_second(start, units))
    measured = {name: figures[1:] for name, figures in rates.items()}  # the first round warmed both up
    stops = [await stop_seconds(pool) * 1000 for _ in range(20)]
    deadly = ["nothing"] * 99 + ["die"] + ["nothing"] * 100
    survived = {"ours": await run_all(on_ours(pool), deadly)}
    with executor() as standard:
        survived["standard"] = await run_all(on_standard(standard), deadly)
    await pool.close()
    return {
        "units_per_second": {name: round(statistics.median(figures)) for name, figures in measured.items()},
        "ratio": round(statistics.median(a / b for a, b in zip(*measured.values(), strict=True)), 2),
        "stop_ms": spread(stops),
        "start_ms": spread([await start_seconds() * 1000 for _ in range(5)]),
        "survivors_of_200_with_one_death": survived,
    }


def main() -> None:
    words = parser(__doc__ or "")
    words.add_argument("--units", type=int, default=4000)
    words.add_argument("--repeat", type=int, default=3)
    words.add_argument("--loop", choices=("asyncio", "uvloop"), default="uvloop")
    asked = words.parse_args()
    run = uvloop.run if asked.loop == "uvloop" else asyncio.run
    show({"loop": asked.loop, **run(measure(asked.units, asked.repeat))}, as_json=asked.json)


if __name__ == "__main__":
    main()
