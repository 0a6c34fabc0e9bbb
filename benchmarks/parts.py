"""Where the time of a scan goes: a hundred scans at once, over and over, with a profiler at the server.

    python -m benchmarks.parts [--seconds 12] [--scans 100] [--symbols 500] [--json]

The same clients as in `benchmarks/engines`: each starts a scan, follows it over a WebSocket and fetches its
rows; with sharing, and with `fresh: true`. py-spy looks at the server's process 1,000 times a second and
notes who holds the interpreter; its shares divide the processor time that the process took, as the system
counts it. Workers and clients are told beside it. py-spy slows the server a little, so the parts are for
comparison among themselves; how fast the whole is says `benchmarks/engines`.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import uvloop

from benchmarks.rivals.base import Load, Place
from benchmarks.rivals.market import bring_bars
from benchmarks.rivals.over_http import OverHttp
from benchmarks.support.figures import parser, show

FIRST_LOOKBACK = 600
PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("keeping it on the disk", ("technic/engine/stores/",)),
    ("results of the workers", ("technic/engine/pool/",)),
    ("filters, plans, ranking", ("technic/scanner/plan.py", "technic/scanner/market.py", "find_plan")),
    ("rows for whoever asks", ("_render", "technic/http/results.py")),
    ("frames to readers", ("technic/http/rounds.py", "technic/http/streams.py", "technic/http/channels.py")),
    ("other requests, and aiohttp", ("aiohttp/", "technic/http/")),
    ("actors, and what they tell", ("technic/engine/",)),
)
"""In the order in which a stack is asked: the first whose word stands in it has the sample."""
REST = "the event loop and threads themselves"


def part_of(stack: str) -> str:
    """Whose sample it is."""
    return next((part for part, words in PARTS if any(word in stack for word in words)), REST)


def shares(raw: str) -> dict[str, float]:
    """Each part's share of the samples of py-spy's raw format, `frame;frame;frame count` a line."""
    counted: Counter[str] = Counter()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        counted[part_of(stack)] += int(count)
    total = counted.total() or 1
    return {part: counted[part] / total for part in (*(name for name, _ in PARTS), REST)}


async def profiled(rival: OverHttp, load: Load, seconds: float, into: Path) -> tuple[int, dict[str, float]]:
    """Runs of a load while py-spy looks on: how many scans, and milliseconds a scan by process and part."""
    server = psutil.Process(rival.server_pid)
    spy = await asyncio.create_subprocess_exec(
        py_spy(), "record", "--pid", str(server.pid), "--rate", "1000", "--gil", "--format", "raw",
        "--output", str(into), "--duration", str(round(seconds)),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    before, ran, until = processor_seconds(server), 0, time.monotonic() + seconds
    while time.monotonic() < until:
        ran += 1
        await rival.run(Load(load.scans, load.symbols, load.lookback + ran))
    after = processor_seconds(server)
    await spy.wait()
    scans = ran * load.scans
    return scans, {name: (after[name] - before[name]) / scans * 1e3 for name in after}


def py_spy() -> str:
    """The profiler beside this Python. Raises SystemExit where it is not installed."""
    found = shutil.which("py-spy", path=str(Path(sys.executable).parent))
    if found is None:
        raise SystemExit("py-spy is missing: `make bench` installs it, or pip install -e '.[bench]'")
    return found


def processor_seconds(server: psutil.Process) -> dict[str, float]:
    """Of the server's own process, of its workers, and of these clients."""
    own = server.cpu_times()
    workers = sum(sum(worker.cpu_times()[:2]) for worker in server.children())
    return {"server": own.user + own.system, "workers": workers, "clients": time.process_time()}


async def one_kind(place: Place, load: Load, seconds: float, *, fresh: bool) -> dict[str, Any]:
    """A server of its own through all of it."""
    rival = OverHttp(place, fresh=fresh)
    await rival.start()
    try:
        await rival.run(load)
        with tempfile.TemporaryDirectory(prefix="technic-parts-") as folder:
            into = Path(folder) / "stacks"
            scans, spent = await profiled(rival, load, seconds, into)
            parts = shares(into.read_text())
    finally:
        await rival.stop()
    told = {f"{name}_ms_a_scan": round(milliseconds, 2) for name, milliseconds in spent.items()}
    by_part = {part: round(share * spent["server"], 2) for part, share in parts.items()}
    return {"scans": scans, **told, "server_by_part_ms_a_scan": by_part}


def main() -> dict[str, Any]:
    words = parser(__doc__ or "")
    words.add_argument("--seconds", type=float, default=12.0)
    words.add_argument("--scans", type=int, default=100)
    words.add_argument("--symbols", type=int, default=500)
    asked = words.parse_args()
    load = Load(asked.scans, asked.symbols, FIRST_LOOKBACK)
    with tempfile.TemporaryDirectory(prefix="technic-parts-market-") as name:
        place = bring_bars(Path(name), asked.symbols)
        figures = {
            kind: uvloop.run(one_kind(place, load, asked.seconds, fresh=kind == "fresh"))
            for kind in ("shared", "fresh")
        }
    show(figures, as_json=asked.json)
    return figures


if __name__ == "__main__":
    main()
