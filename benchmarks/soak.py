"""Whether a server under load stays as it is: memory, tasks, descriptors and store, by the hour.

    python -m benchmarks.soak [--seconds 60] [--scans 20] [--watchers 6] [--symbols 500] [--fresh] [--json]

Drives `technic load` (with slow, stalled and reconnecting readers) against a `technic serve` of its own and
looks at its health every second. A line is fitted to each figure over the second half, when whatever fills up
to a bound has filled up: `per_hour` is its slope, `error` one standard error of that, `noise` how far single
looks lie from the line. In less than half an hour caches and rings still fill up, and their slope says
nothing of an hour: then there is no line, only the mean and how far single looks lie from it. `at_rest`
holds what was there after a first short load and after the long one, with nothing under way: equal where
nothing is left behind. Exit code 1 where the load found a fault.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np

from benchmarks.support.figures import parser, show

RUN = str(Path(__file__).parents[1] / "run.py")
EVERY_SECONDS = 1.0
WARM_SECONDS = 5.0
SHORTEST_SECONDS = 8.0
LINE_SECONDS = 1800.0
"""The shortest soak to whose second half a line is fitted."""
REST_SECONDS = 1.5
"""How long nothing may change until the server is taken to be at rest; its vitals are half a second old."""
GUARD_SECONDS = 60.0
SHARES = ("--stalled-share", "0.1", "--slow-share", "0.1", "--reconnecting-share", "0.2")
TOLD = ("seconds", "scans", "scans_per_second", "symbols_per_second", "frames_per_second", "frames_lost")
TOLD += ("frames_doubled", "frames_out_of_order", "gaps", "reconnections", "errors", "milliseconds")


class Soaked:
    """A running server: what it tells of itself.

    Args:
        process: Itself.
        url: Where it listens.
        folder: Where it keeps its data.
        session: A client.
    """

    def __init__(
        self, process: asyncio.subprocess.Process, url: str, folder: Path, session: aiohttp.ClientSession
    ) -> None:
        self.process = process
        self.url = url
        self._folder = folder
        self._session = session

    async def look(self) -> dict[str, float]:
        """Its figures now."""
        async with self._session.get(f"{self.url}/health") as response:
            told = await response.json()
        process = told["process"]
        disk = sum(path.stat().st_size for path in self._folder.glob("scans.db*"))
        return {
            "memory_bytes": process["memory_bytes"],
            "worker_memory_bytes": told["workers"]["bytes"],
            "tasks": process["tasks"],
            "descriptors": process["descriptors"],
            "threads": process["threads"],
            "streams": told["streams"],
            "alive_scans": told["scans"]["alive"],
            "store_scans": told["storage"]["scans"],
            "store_bytes": told["storage"]["bytes"],
            "disk_bytes": disk,
            "loop_lag_p99_ms": (process["loop_lag_ms"] or {}).get("p99", 0.0),
        }

    async def at_rest(self) -> dict[str, float]:
        """Its figures once nothing goes on any more and nothing has changed for a while."""
        counted = ("tasks", "descriptors", "streams", "alive_scans")
        async with asyncio.timeout(GUARD_SECONDS):
            before: list[float] | None = None
            while True:
                now = await self.look()
                counts = [now[name] for name in counted]
                if counts == before and not now["streams"] and not now["alive_scans"]:
                    return now
                before = counts
                await asyncio.sleep(REST_SECONDS)


@asynccontextmanager
async def serving(symbols: int) -> AsyncIterator[Soaked]:
    """`technic serve` over so many symbols, with a folder of its own, for the length of the block."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "TECHNIC_DATA_DIR": folder,
            "TECHNIC_LOG__LEVEL": "error",
            "TECHNIC_SERVER__ACCESS_LOG": "false",
            "TECHNIC_SOURCES__SIMULATED__SYMBOLS": str(symbols),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, RUN, "serve", "--port", "0",
            env=os.environ | settings, cwd=folder, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            url = await asyncio.wait_for(_greeting(process), GUARD_SECONDS)
            reading = asyncio.create_task(_read_on(process))
            async with aiohttp.ClientSession() as session:
                yield Soaked(process, url, Path(folder), session)
            reading.cancel()
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _greeting(process: asyncio.subprocess.Process) -> str:
    """Where it listens, as its one line for people says."""
    assert process.stderr is not None
    while line := (await process.stderr.readline()).decode():
        if "listens on http" in line:
            return next(word for word in line.split() if word.startswith("http"))
    raise SystemExit("the server did not start")


async def _read_on(process: asyncio.subprocess.Process) -> None:
    """Pass on what it says, so that it never waits for us."""
    assert process.stderr is not None
    while line := await process.stderr.readline():
        sys.stderr.write(line.decode())


async def drive(url: str, seconds: float, words: Sequence[str]) -> tuple[int, dict[str, Any]]:
    """`technic load` to its end: its exit code and its report."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, RUN, "load", "--url", url, "--seconds", str(seconds), "--json", *SHARES, *words,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, json.loads(said)


async def looks(server: Soaked, taken: list[tuple[float, dict[str, float]]]) -> None:
    """Look every second, until cancelled."""
    while True:
        taken.append((time.monotonic(), await server.look()))
        await asyncio.sleep(EVERY_SECONDS)


def growth(taken: Sequence[tuple[float, Mapping[str, float]]], seconds: float) -> dict[str, dict[str, float]]:
    """What each figure was in the second half of a soak; of a long one also how it grew by the hour."""
    half = taken[len(taken) // 2 :]
    if len(half) < 3:
        raise SystemExit(f"only {len(taken)} looks: the server hardly answered")
    hours = (np.array([at for at, _ in half]) - half[0][0]) / 3600
    figures = {name: np.array([look[name] for _, look in half], float) for name in half[0][1]}
    told = partial(_line, hours) if seconds >= LINE_SECONDS else _level
    return {name: _rounded(told(values)) for name, values in figures.items()}


def _level(values: np.ndarray) -> dict[str, float]:
    """How high, without a word on how it goes on."""
    return {"mean": values.mean(), "last": values[-1], "noise": values.std(ddof=1)}


def _line(hours: np.ndarray, values: np.ndarray) -> dict[str, float]:
    """Least squares."""
    (slope, at_first), covariance = np.polyfit(hours, values, 1, cov="unscaled")
    left = values - (slope * hours + at_first)
    noise = float(np.sqrt((left**2).sum() / (len(values) - 2)))
    return {
        "mean": values.mean(),
        "last": values[-1],
        "per_hour": slope,
        "error": noise * np.sqrt(covariance[0, 0]),
        "noise": noise,
    }


def _rounded(told: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.4g}") for name, value in told.items()}


async def main(asked: argparse.Namespace) -> tuple[int, dict[str, Any]]:
    """The whole: a short load, rest, the long one under our eyes, rest."""
    words = ["--scans", str(asked.scans), "--watchers", str(asked.watchers), *(["--fresh"] * asked.fresh)]
    async with serving(asked.symbols) as server:
        await drive(server.url, WARM_SECONDS, words)
        before = await server.at_rest()
        taken: list[tuple[float, dict[str, float]]] = []
        looking = asyncio.create_task(looks(server, taken))
        try:
            code, report = await drive(server.url, asked.seconds, words)
        finally:
            looking.cancel()
            await asyncio.wait([looking])
        during = [look for look in taken if look[0] <= taken[0][0] + asked.seconds]
        after = await server.at_rest()
    return code, {
        "load": {name: report[name] for name in TOLD} | {"ok": report["ok"], "passed": report["passed"]},
        "looks": len(during),
        "growth": growth(during, asked.seconds),
        "at_rest": {name: {"before": before[name], "after": after[name]} for name in before},
    }


if __name__ == "__main__":
    command = parser(__doc__ or "")
    command.add_argument("--seconds", type=float, default=60.0)
    command.add_argument("--scans", type=int, default=20)
    command.add_argument("--watchers", type=int, default=6)
    command.add_argument("--symbols", type=int, default=500)
    command.add_argument("--fresh", action="store_true", help="each scan computes anew")
    options = command.parse_args()
    if options.seconds < SHORTEST_SECONDS:
        command.error(f"--seconds must be at least {SHORTEST_SECONDS:g}: half of the looks are fitted")
    exit_code, figures = asyncio.run(main(options))
    show(figures, as_json=options.json)
    sys.exit(exit_code)
