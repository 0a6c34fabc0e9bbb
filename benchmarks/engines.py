"""The engine beside what people would use otherwise: the same scans, the same market, round by round.

    python -m benchmarks.engines [--rounds 3] [--scans 1,10,100] [--symbols 500,2000] [--only arq] [--json]

technic's engine with its clients in its own process, as arq and Dask have theirs, and technic over HTTP; each
with sharing, and with `fresh: true`; the design in use today (four threads, pandas and
TA-Lib a symbol, a dictionary of progress, polling); arq with a real redis-server; Dask distributed, also with
pure tasks, which is how it shares. arq and Dask send back the columns of all rows, as our workers do: what a
scan filters and sorts by, and answers with; and, as `_ratings`, one number a symbol, which is no scan yet.
arq and Dask rate by technic's own kernel, the threads by the same 26 votes; all have to find the same best
50. What was chosen for whom stands in `benchmarks/rivals/`.

A round runs every rival by itself, one after the other; a load is all its scans at once, each run over a
lookback that nobody has rated yet. Figures are medians over the rounds, ratios medians of the ratios within a
round. Processor time is that of the clients, the servers and the workers together; `cores_used_by_others`
says how much other programs disturbed a load: technic's workers step back behind all that is not niced, so it
is the one that they disturb most. The threads get fewer scans: what a symbol costs them does not depend on
it, and a hundred scans would take minutes.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psutil

from benchmarks.rivals.driver import RIVALS
from benchmarks.rivals.market import bring_bars
from benchmarks.rivals.packages import path_with_arq
from benchmarks.rivals.processes import ONE_THREAD, ROOT
from benchmarks.support.figures import parser, show

OURS = ("engine", "engine_fresh", "technic", "technic_fresh")
GOALS = {
    "engine": {"arq": 1, "dask": 1},
    "engine_fresh": {"arq": 1, "dask": 1},
    "technic": {"threads": 50, "arq": 1, "dask": 1},
    "technic_fresh": {"threads": 10},
}
"""An engine is held against engines, a service against the service in use today; all ratios are printed."""
DRIVER_SECONDS = 300
THREADS_SCANS = 2
SHORT_SCANS = 10
TIMES_SHORT = 3
"""Loads of up to SHORT_SCANS scans take milliseconds: they are run so often, and the median counts."""

Measured = dict[str, dict[str, Any]]
"""Figures by load, as `10x500`: scans and symbols."""


def loads_of(rival: str, scans: Iterable[int], symbols: Iterable[int]) -> list[tuple[int, int, int]]:
    """Scans, symbols, and how many runs of each load."""
    if rival == "threads":
        least, *others = symbols
        return [(1, least, 1), (THREADS_SCANS, least, 1), *((1, count, 1) for count in others)]
    return [(n, count, TIMES_SHORT if n <= SHORT_SCANS else 1) for count in symbols for n in scans]


def driven(rival: str, folder: Path, scans: list[int], symbols: list[int]) -> dict[str, Any]:
    """One rival through its loads, in a process of its own that is ended with all below it if it hangs."""
    plan = {
        "rival": rival,
        "folder": str(folder),
        "symbols": max(symbols),
        "loads": loads_of(rival, scans, symbols),
        "warm": [] if rival == "threads" else [(8, max(symbols), 1)],
    }
    environment = os.environ | ONE_THREAD | (path_with_arq() if rival.startswith("arq") else {})
    pipe = subprocess.PIPE
    driver = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.rivals.driver"],
        cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True,
    )  # fmt: skip
    try:
        said, _ = driver.communicate(json.dumps(plan) + "\n", timeout=DRIVER_SECONDS)
    finally:
        if driver.poll() is None:
            end_tree(driver)
    if driver.returncode:
        raise SystemExit(f"{rival} failed with exit code {driver.returncode}; what it said stands above")
    return json.loads(said)


def end_tree(driver: subprocess.Popen) -> None:
    """Kill a driver and everything that it started."""
    top = psutil.Process(driver.pid)
    for process in [*top.children(recursive=True), top]:
        process.kill()
    driver.wait()


def one_round(rivals: list[str], folder: Path, scans: list[int], symbols: list[int]) -> dict[str, Measured]:
    """Every rival once; all have to agree on what is best."""
    best, found = {}, {}
    for rival in rivals:
        said = driven(rival, folder, scans, symbols)
        best[rival] = said["best"]
        found[rival] = {f"{load['scans']}x{load['symbols']}": load for load in said["loads"]}
    others = [rival for rival in rivals if best[rival] != best[rivals[0]]]
    if others:
        raise SystemExit(f"{', '.join(others)} found other rows than {rivals[0]}: nothing to compare")
    return found


def medians(rounds: list[dict[str, Measured]]) -> dict[str, Measured]:
    """Every figure's median over the rounds."""
    return {
        rival: {
            load: {name: readable(statistics.median(r[rival][load][name] for r in rounds)) for name in one}
            for load, one in measured.items()
        }
        for rival, measured in rounds[0].items()
    }


def readable(value: float) -> float:
    """Three digits where it is small, none after the point where it is large."""
    return round(value) if value >= 1000 else float(f"{value:.4g}")


def ratios(rounds: list[dict[str, Measured]]) -> dict[str, dict[str, dict[str, float]]]:
    """How many times a rival's symbols a second ours are: by ours, by rival, by load."""
    return {
        ours: {
            rival: {load: readable(ratio(rounds, ours, rival, load)) for load in rounds[0][ours]}
            for rival in rounds[0]
            if rival not in OURS
        }
        for ours in OURS
        if ours in rounds[0]
    }


def ratio(rounds: list[dict[str, Measured]], ours: str, rival: str, load: str) -> float:
    """At one load; the threads are taken at the load that suits them best, since they do not run all."""

    def per_second(measured: Mapping[str, Any]) -> float:
        if load in measured:
            return measured[load]["symbols_per_second"]
        return max(each["symbols_per_second"] for each in measured.values())

    return statistics.median(per_second(r[ours]) / per_second(r[rival]) for r in rounds)


def missed(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, float]:
    """The ratios that fall short of their goal."""
    return {
        f"{ours} over {rival} at {load}": value
        for ours, goals in GOALS.items()
        for rival, goal in goals.items()
        for load, value in found.get(ours, {}).get(rival, {}).items()
        if value < goal
    }


def main() -> dict[str, Any]:
    words = parser(__doc__ or "")
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--scans", type=numbers, default=[1, 10, 100])
    words.add_argument("--symbols", type=numbers, default=[500, 2000])
    words.add_argument("--only", type=lambda text: text.split(","), default=list(RIVALS))
    asked = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="technic-engines-") as name:
        folder = Path(name)
        bring_bars(folder, max(asked.symbols))
        rounds = [one_round(asked.only, folder, asked.scans, asked.symbols) for _ in range(asked.rounds)]
    found = ratios(rounds)
    figures = {
        "rounds": asked.rounds,
        "figures": medians(rounds),
        "symbols_per_second_ours_over": found,
        "goals": GOALS,
        "goals_missed": missed(found),
    }
    show(figures, as_json=asked.json)
    return figures


def numbers(text: str) -> list[int]:
    """`1,10` as [1, 10]."""
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    main()
