"""What progress costs: a callback, an entry of the store, and its share of a large scan's processor time.

- callback: what one call of `progress_cb` costs the library's scan, beside what the same callback costs
  when it is called with nothing around it;
- entry: bytes of an encoded snapshot of a scan of 20,000 symbols;
- scan: an engine with real workers scans 20,000 symbols, with bars that are there (`warm`) and with bars
  to be fetched (`cold`). The processor time of everything that is there for progress alone (counting,
  pacing, snapshots, their publication and recording) is measured inside the run with the thread's own
  clock and set against that of the engine and its workers. What a scan of one symbol spends on progress
  is the fixed cost of a scan; it is printed apart and taken off.
"""

from __future__ import annotations

import functools
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import uvloop

from benchmarks.support.figures import parser, show
from technic.app import open_engine
from technic.config.loader import load_settings
from technic.config.logs import configure_logs
from technic.engine.bus import Bus
from technic.engine.codec.snapshots import encode_snapshot
from technic.engine.engine import Engine
from technic.engine.scan.events import ProgressAdvanced, Snapshot
from technic.engine.scan.herald import Herald
from technic.engine.scan.machine import ScanMachine
from technic.engine.scan.progress import Progress
from technic.scanner.progress_calls import ProgressCalls
from technic.scanner.request import ScanRequest
from technic.scanner.stages import SCANNING

LARGE = 20_000


class Stopwatch:
    """Processor seconds spent inside the functions that it wraps, each counted once however they nest."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.calls = 0
        self._depth = 0

    def wrap(self, owner: type, name: str, *, only: Callable[..., bool] = lambda *_: True) -> None:
        inner = getattr(owner, name)

        @functools.wraps(inner)
        def timed(*args: Any, **kwargs: Any) -> Any:
            if self._depth or not only(*args):
                return inner(*args, **kwargs)
            self._depth += 1
            before = time.thread_time()
            try:
                return inner(*args, **kwargs)
            finally:
                self.seconds += time.thread_time() - before
                self.calls += 1
                self._depth -= 1

        setattr(owner, name, timed)


def watch_progress() -> Stopwatch:
    """Time all that a scan does for progress alone."""
    watch = Stopwatch()
    for name in ("_count", "_wake", "_unit_advanced"):
        watch.wrap(ScanMachine, name)
    watch.wrap(Herald, "news")
    for name in ("begin", "weigh", "expect", "advance"):
        watch.wrap(Progress, name)
    watch.wrap(Bus, "publish", only=lambda _, event: isinstance(event, ProgressAdvanced))
    return watch


def cpu_seconds() -> float:
    """Of this process and its workers so far."""
    me = psutil.Process(os.getpid())
    return sum(p.cpu_times().user + p.cpu_times().system for p in [me, *me.children(recursive=True)])


async def measured(
    engine: Engine, watch: Stopwatch, request: ScanRequest
) -> tuple[float, float, int, Snapshot]:
    """Processor seconds of a scan, of its progress, calls for progress, and the last snapshot."""
    total, progress, calls = cpu_seconds(), watch.seconds, watch.calls
    scan = await engine.submit(request)
    last = await engine.wait(scan.scan_id)
    assert last.status == "completed"
    return cpu_seconds() - total, watch.seconds - progress, watch.calls - calls, last


async def shares(folder: Path, runs: int) -> dict[str, Any]:
    watch = watch_progress()
    overrides = {"data_dir": str(folder), "log.level": "error", "sources.simulated.symbols": LARGE}
    settings = load_settings(None, overrides).settings
    configure_logs(settings.log)
    async with open_engine(settings) as engine:
        one = ScanRequest(max_symbols=1, fresh=True)
        cold = await measured(engine, watch, ScanRequest(limit=1))
        fixed = [await measured(engine, watch, one) for _ in range(10 * runs)]
        warm = [await measured(engine, watch, ScanRequest(fresh=True, limit=1)) for _ in range(runs)]
    fixed_progress = statistics.median(progress for _, progress, _, _ in fixed)
    total = statistics.median(total for total, _, _, _ in warm)
    progress = statistics.median(progress for _, progress, _, _ in warm)
    return {
        "fixed_microseconds_a_scan": round(fixed_progress * 1e6, 1),
        "warm": share(total, progress, fixed_progress, warm[0][2]),
        "cold": share(cold[0], cold[1], fixed_progress, cold[2]),
        "entry_bytes": len(encode_snapshot(cold[3])),
    }


def share(total: float, progress: float, fixed: float, calls: int) -> dict[str, float]:
    return {
        "cpu_seconds": round(total, 3),
        "progress_milliseconds": round(progress * 1e3, 3),
        "progress_calls": calls,
        "percent_of_cpu": round(100 * (progress - fixed) / total, 4),
        "percent_of_cpu_with_fixed": round(100 * progress / total, 4),
    }


def callbacks(count: int = 10_000) -> dict[str, float]:
    """Microseconds of one progress callback, with a callback that does nothing."""

    def nothing(stage: str, current: int, total: int, message: str, metadata: dict) -> None:
        pass

    reported = made(nothing, count)
    before = time.perf_counter()
    for number in range(count):
        nothing("symbol_scanning", number, count, "", {})
    bare = (time.perf_counter() - before) / count
    return {
        "microseconds": round(reported * 1e6, 2),
        "bare_call_microseconds": round(bare * 1e6, 2),
        "calls": count,
    }


def made(callback: Callable[..., None], count: int) -> float:
    """Seconds that the library takes for one call."""
    calls = ProgressCalls(callback)
    calls.begin(SCANNING, count)
    before = time.perf_counter()
    for _ in range(count):
        calls.advance(1, "SIM0001")
    return (time.perf_counter() - before) / count


async def main(runs: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return {"callback": callbacks(), "scan": await shares(Path(folder), runs)}


if __name__ == "__main__":
    command = parser(__doc__ or "")
    command.add_argument("--runs", type=int, default=5)
    asked = command.parse_args()
    show(uvloop.run(main(asked.runs)), as_json=asked.json)
