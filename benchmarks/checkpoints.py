"""What it costs to keep a scan's parts while it runs, so that another process can go on with it.

Engines with real workers scan 20,000 simulated symbols, interleaved in one run, in another order each round:

- memory: the memory store, which keeps nothing;
- uncheckpointed: the SQLite store, told to keep nothing before a scan's end;
- twin: another one like it, so that what the two differ by is noise;
- checkpointed: the SQLite store as it is by default.

`fresh` scans, whose bars are there: without a filter (all rows pass, so all are kept: the worst case) and
with one; and `cold` ones, whose bars have to be made. `checkpoints_percent` is the median of the rounds'
ratios of seconds to those of the mean of the twins; `noise_percent` is that of one twin to the other. `cpu`
says the same of the processor time of all processes, also of what is tidied up after the scan, summed over
the rounds: other programs of the machine hardly touch it. `fixed` is a scan of one symbol.

    python -m benchmarks.checkpoints [--rounds 15] [--symbols 20000] [--json]
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psutil
import uvloop

from benchmarks.support.figures import parser, show
from technic.app import open_engine
from technic.config.loader import load_settings
from technic.config.logs import configure_logs
from technic.engine.engine import Engine
from technic.scanner.market import PANELS
from technic.scanner.request import ScanRequest

NEVER = {"store.kind": "sqlite", "store.checkpoint_seconds": 3_600}
STORES: Mapping[str, Mapping[str, Any]] = {
    "memory": {"store.kind": "memory"},
    "uncheckpointed": NEVER,
    "twin": NEVER,
    "checkpointed": {"store.kind": "sqlite"},
}
FIXED_ROUNDS = 40
COLD_ROUNDS = 3
SETTLE_SECONDS = 0.1
FILTER = {"field": "rsi", "op": "<", "value": 40}


@dataclass(slots=True)
class Times:
    """Seconds of each round: on the wall, and of the processor."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def cpu_seconds() -> float:
    """Of this process, to the nanosecond, and of all workers, in the system's ticks."""
    children = psutil.Process().children(recursive=True)
    return time.process_time() + sum(sum(child.cpu_times()[:2]) for child in children)


def opened(folder: Path, symbols: int, store: str) -> Engine:
    """An engine of one kind of store."""
    overrides = {"data_dir": str(folder), "log.level": "error", "sources.simulated.symbols": symbols}
    settings = load_settings(None, overrides | STORES[store]).settings
    configure_logs(settings.log)
    return open_engine(settings)


async def measure(engine: Engine, request: ScanRequest, times: Times) -> None:
    """A scan, until its end is known; its processor time until nothing is left to do."""
    began, cpu_began = time.perf_counter(), cpu_seconds()
    scan = await engine.submit(request)
    last = await engine.wait(scan.scan_id)
    assert last.status == "completed", last.error
    times.wall.append(time.perf_counter() - began)
    await asyncio.sleep(SETTLE_SECONDS)
    times.cpu.append(cpu_seconds() - cpu_began)


async def rounds(engines: Mapping[str, Engine], request: ScanRequest, count: int) -> dict[str, Times]:
    """The scan on each engine in turn."""
    found = {name: Times() for name in engines}
    for name in orders(tuple(engines), count):
        await measure(engines[name], request, found[name])
    return found


def orders(names: Sequence[str], count: int) -> Iterator[str]:
    """All names in each round, always shuffled: what one leaves behind is not always another's burden."""
    random = Random(5)  # noqa: S311 - an order that is the same in every run
    for _ in range(count):
        yield from random.sample(names, len(names))


async def warm(folder: Path, symbols: int, count: int) -> dict[str, Any]:
    """All engines at once, each with the same bars there."""
    async with AsyncExitStack() as stack:
        engines = {}
        for name in STORES:
            home = folder / name
            if engines:  # bars are made once
                shutil.copytree(folder / next(iter(engines)) / PANELS, home / PANELS)
            engines[name] = await stack.enter_async_context(opened(home, symbols, name))
            await measure(engines[name], ScanRequest(), Times())
        whole = await rounds(engines, ScanRequest(fresh=True), count)
        few = ScanRequest.model_validate({"fresh": True, "filters": [FILTER]})
        filtered = await rounds(engines, few, count)
        one = await rounds(engines, ScanRequest(fresh=True, max_symbols=1), FIXED_ROUNDS)
    return {
        "fresh_all_rows_pass": compared(whole),
        "fresh_filtered": compared(filtered),
        "fixed": {name: f"{1000 * statistics.median(times.wall):.2f} ms" for name, times in one.items()},
    }


async def cold(folder: Path, symbols: int, count: int) -> dict[str, Any]:
    """Each scan on an engine and a folder of its own, with nothing there."""
    found = {name: Times() for name in STORES}
    for name in orders(tuple(STORES), count):
        home = folder / f"cold-{name}"
        async with opened(home, symbols, name) as engine:
            await measure(engine, ScanRequest(), found[name])
        shutil.rmtree(home)
    return compared(found)


def compared(found: Mapping[str, Times]) -> dict[str, Any]:
    """Medians, and what checkpoints and the store add to a scan."""
    wall = {name: times.wall for name, times in found.items()}
    cpu = {name: sum(times.cpu) / len(times.cpu) for name, times in found.items()}
    without = [statistics.mean(pair) for pair in zip(wall["uncheckpointed"], wall["twin"], strict=True)]
    cpu_without = (cpu["uncheckpointed"] + cpu["twin"]) / 2
    return {
        "seconds": {name: round(statistics.median(each), 3) for name, each in wall.items()},
        "checkpoints_percent": percent(wall["checkpointed"], without),
        "noise_percent": percent(wall["twin"], wall["uncheckpointed"]),
        "store_percent": percent(without, wall["memory"]),
        "cpu": {
            "seconds": {name: round(each, 3) for name, each in cpu.items()},
            "checkpoints_percent": percent([cpu["checkpointed"]], [cpu_without]),
            "noise_percent": percent([cpu["twin"]], [cpu["uncheckpointed"]]),
            "store_percent": percent([cpu_without], [cpu["memory"]]),
        },
    }


def percent(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """How much more, by the median of the rounds' ratios."""
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return round(100 * (statistics.median(ratios) - 1), 2)


async def main(symbols: int, count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        figures = {"symbols": symbols, "rounds": count, **await warm(Path(folder), symbols, count)}
        return figures | {"cold": await cold(Path(folder), symbols, COLD_ROUNDS)}


if __name__ == "__main__":
    command = parser(__doc__ or "")
    command.add_argument("--rounds", type=int, default=15)
    command.add_argument("--symbols", type=int, default=20_000)
    asked = command.parse_args()
    show(uvloop.run(main(asked.symbols, asked.rounds)), as_json=asked.json)
