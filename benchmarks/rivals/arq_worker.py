"""A worker process of arq: `python -m benchmarks.rivals.arq_worker PORT [--threads]`; says when it is ready.

A job is one unit. Once its result is recorded, which is when a client may fetch it, the worker publishes
that on the channel of progress.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import orjson
import uvloop
from arq import Worker
from arq.connections import RedisSettings

from benchmarks.rivals.market import Ratings, rate_unit
from technic.scanner.units import RateUnit

CHANNEL = "progress"
MAX_JOBS = 2
"""One is rated while the other is fetched or recorded."""
POLL_SECONDS = 0.005
"""How often a worker with room looks for jobs; arq's own 0.5 s would be all that is measured."""


async def rate(_ctx: dict[str, Any], unit: RateUnit, *, rows: bool) -> Ratings:
    """In a thread, so that the worker talks with Redis meanwhile."""
    ratings, _ = await asyncio.to_thread(rate_unit, unit, rows=rows)
    return ratings


async def say_ready(_ctx: dict[str, Any]) -> None:
    print("ready", flush=True)


async def tell(ctx: dict[str, Any]) -> None:
    word = {"job": ctx["job_id"], "at": time.monotonic_ns()}
    await ctx["redis"].publish(CHANNEL, orjson.dumps(word))


def main() -> None:
    asyncio.set_event_loop(uvloop.new_event_loop())
    Worker(
        functions=[rate],
        redis_settings=RedisSettings(host="127.0.0.1", port=int(sys.argv[1])),
        on_startup=say_ready,
        after_job_end=tell,
        max_jobs=MAX_JOBS,
        poll_delay=POLL_SECONDS,
        keep_result=60,
        log_results=False,
    ).run()


if __name__ == "__main__":
    main()
