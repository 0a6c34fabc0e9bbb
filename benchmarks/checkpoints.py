"""What it costs to keep a scan's parts while it runs, so that another process can go on with it.

Engines with real workers scan 20,000 simulated symbols, interleaved in one run, the order rotated from round
to round, medians of the rounds:

- memory: the memory store, which keeps nothing;
- uncheckpointed: the SQLite store, told to keep nothing before a scan's end;
- checkpointed: the SQLite store as it is by default.

`fresh` scans, whose bars are there: without a filter (all rows pass, so all are kept: the worst case) and
with one; and `cold` ones, whose bars have to be made. `percent` compares two engines round by round and
takes the median of the ratios, so that a busy machine slows both sides; `same_percent` does so for an engine
and its twin, which differ in nothing: so much is noise. `cpu` is the processor time of the engine's own
process, with all its threads, without its workers. `fixed` is a scan of one symbol.

    python -m benchmarks.checkpoints [--rounds 15] [--symbols 20000] [--json]
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
FILTER = {"field": "rsi", "op": "<", "value": 40}


@dataclass(slots=True)
class Times:
    """Seconds of each round: on the wall, and of the processor."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def opened(folder: Path, symbols: int, store: str) -> Engine:
    """An engine of one kind of store."""
    overrides = {"data_dir": str(folder), "log.level": "error", "sources.simulated.symbols": symbols}
    settings = load_settings(None, overrides | STORES[store]).settings
    configure_logs(settings.log)
    return open_engine(settings)


async def measure(engine: Engine, request: ScanRequest, times: Times) -> None:
    """A scan, until its end is known."""
    began, cpu_began = time.perf_counter(), time.process_time()
    scan = await engine.submit(request)
    last = await engine.wait(scan.scan_id)
    assert last.status == "completed", last.error
    times.wall.append(time.perf_counter() - began)
    times.cpu.append(time.process_time() - cpu_began)


async def rounds(engines: Mapping[str, Engine], request: ScanRequest, count: int) -> dict[str, Times]:
    """The scan on each engine in turn; the one that begins is another in each round."""
    names = list(engines)
    found = {name: Times() for name in names}
    for number in range(count):
        for place in range(len(names)):
            name = names[(number + place) % len(names)]
            await measure(engines[name], request, found[name])
    return found


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
    names = list(STORES)
    found = {name: Times() for name in names}
    for number in range(count):
        for place in range(len(names)):
            name = names[(number + place) % len(names)]
            home = folder / f"cold-{name}-{number}"
            async with opened(home, symbols, name) as engine:
                await measure(engine, ScanRequest(), found[name])
            shutil.rmtree(home)
    return compared(found)


def compared(found: Mapping[str, Times]) -> dict[str, Any]:
    """Medians, and what checkpoints and the store add to a scan."""
    wall = {name: times.wall for name, times in found.items()}
    cpu = {name: times.cpu for name, times in found.items()}
    return {
        "seconds": {name: round(statistics.median(each), 3) for name, each in wall.items()},
        "checkpoints_percent": percent(wall["checkpointed"], wall["uncheckpointed"]),
        "same_percent": percent(wall["twin"], wall["uncheckpointed"]),
        "store_percent": percent(wall["checkpointed"], wall["memory"]),
        "cpu_seconds": {name: round(statistics.median(each), 3) for name, each in cpu.items()},
    }


def percent(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """How much longer, by the median of the rounds' ratios."""
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
