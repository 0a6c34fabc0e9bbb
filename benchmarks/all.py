"""Run the benchmarks one after the other and write what they found: `make bench`.

    python -m benchmarks.all [--only rating,growth] [--quick] [--output FOLDER] [--render]

Writes results.json and, from it alone, RESULTS.md: into `benchmarks/`, a short pass with --quick into
`.make/bench/`, so that rough figures never take the place of good ones. Both are written after each
benchmark. One that fails is told as failed, the rest goes on, and the exit code is 1. Ctrl-C ends what runs
and keeps what is there (130).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.support.launch import ROOT, run
from benchmarks.support.machine import machine, moment, versions
from benchmarks.support.medians import medians
from benchmarks.support.plan import PLAN, Benchmark, chosen
from benchmarks.support.report import page

FULL, QUICK = ROOT / "benchmarks", ROOT / ".make" / "bench"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measured(benchmark: Benchmark, place: str, *, quick: bool) -> dict[str, Any]:
    """The section of one benchmark: where its figures come from, and the medians of its runs."""
    begun, section = time.monotonic(), moment()
    runs = 1 if quick else benchmark.runs
    figures, failure = [], None
    for number in range(1, runs + 1):
        say(f"{place} {benchmark.module}" + (f", run {number} of {runs}" if runs > 1 else ""))
        one = run(benchmark.command(quick=quick), benchmark.timeout_seconds)
        if one.figures is not None:
            figures.append(one.figures)
        if one.failure is not None:
            failure = one.failure
            break
    seconds = round(time.monotonic() - begun, 1)
    say(f"    {seconds:.0f} s" + (f", FAILED: {failure}" if failure else ""))
    arguments = list(benchmark.given(quick=quick))
    section |= {"arguments": arguments, "runs": len(figures), "seconds": seconds, "failure": failure}
    return section | {"figures": medians(figures)}


def read(folder: Path) -> dict[str, Any]:
    """What an earlier run left; nothing where there was none."""
    try:
        found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        found = {}
    except ValueError as error:
        wrong = f"{folder / 'results.json'} is no JSON ({error}): remove it or restore it"
        raise SystemExit(wrong) from error
    return {"machine": {}, "versions": {}, "sections": {}} | found


def write(folder: Path, results: dict[str, Any]) -> None:
    """Each file as a whole, so that whoever reads meanwhile never meets half of one."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"results.json": json.dumps(results, indent=1) + "\n", "RESULTS.md": page(results)}
    for name, text in whole.items():
        part = folder / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        os.replace(part, folder / name)  # noqa: PTH105 - one word more says less


def run_all(benchmarks: tuple[Benchmark, ...], folder: Path, *, quick: bool) -> list[str]:
    """Run them, write after each; the names of those that failed."""
    results, failed = read(folder), []
    results |= {"machine": machine(), "versions": versions(), "quick": quick}
    for number, benchmark in enumerate(benchmarks, 1):
        section = measured(benchmark, f"[{number}/{len(benchmarks)}]", quick=quick)
        results["sections"][benchmark.module] = section
        write(folder, results)
        if section["failure"]:
            failed.append(benchmark.module)
    return failed


def short(benchmarks: tuple[Benchmark, ...]) -> tuple[Benchmark, ...]:
    """Those that have a short way; says which have none."""
    left_out = [benchmark.module for benchmark in benchmarks if benchmark.quick is None]
    if left_out:
        say(f"left out of a short pass: {', '.join(left_out)}")
    return tuple(benchmark for benchmark in benchmarks if benchmark.quick is not None)


def main() -> int:
    command = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    command.add_argument("--only", metavar="A,B", help=f"of: {', '.join(b.module for b in PLAN)}")
    command.add_argument("--quick", action="store_true", help="a short pass, into .make/bench")
    command.add_argument("--output", type=Path, metavar="FOLDER", help="where to write")
    command.add_argument("--render", action="store_true", help="write RESULTS.md anew and measure nothing")
    asked = command.parse_args()
    folder = asked.output or (QUICK if asked.quick else FULL)
    try:
        benchmarks = chosen(asked.only)
    except ValueError as error:
        command.error(str(error))
    if asked.quick:
        benchmarks = short(benchmarks)
    if asked.render:
        write(folder, read(folder))
        return 0
    try:
        failed = run_all(benchmarks, folder, quick=asked.quick)
    except KeyboardInterrupt:
        say(f"stopped; what was measured is in {folder}")
        return 130
    say(f"{folder / 'RESULTS.md'}" + (f"; FAILED: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
