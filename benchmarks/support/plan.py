"""What `make bench` measures: each benchmark with its arguments, and what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One module of this package.

    Attributes:
        module: Its name in `benchmarks`.
        title: The heading of its section.
        compared: One sentence: what with what, in the same run.
        arguments: For a full measurement.
        quick: For a short pass.
        runs: How many runs the medians are of; 1 where the module takes its medians itself.
        timeout_seconds: The longest that one run may take.
    """

    module: str
    title: str
    compared: str
    arguments: tuple[str, ...] = ()
    quick: tuple[str, ...] = ()
    runs: int = 1
    timeout_seconds: float = 300.0

    def command(self, *, quick: bool) -> tuple[str, ...]:
        """What follows `python`."""
        return ("-m", f"benchmarks.{self.module}", "--json", *(self.quick if quick else self.arguments))


PLAN = (
    Benchmark(
        "delivery",
        "Delivery of one progress event",
        "Ours beside a bare aiohttp handler that calls `send_str` for one socket after the other, and beside"
        " the finished bytes written to bare transports (the floor); all take turns in one process.",
        quick=("--sockets", "1", "100"),
        runs=3,
    ),
    Benchmark(
        "latency",
        "The API beside the work",
        "Requests to `technic serve` while every worker is busy, beside those to a bare aiohttp handler in"
        " the same rounds.",
        quick=("--seconds", "1", "--rounds", "1", "--clients", "200"),
    ),
    Benchmark(
        "engines",
        "The engine beside others",
        "The same scans through `technic` with and without sharing, through the design in use today (four"
        " threads, pandas and TA-Lib), arq with a real redis-server, and Dask distributed, round by round.",
        quick=("--rounds", "1", "--scans", "1,10", "--symbols", "500"),
        timeout_seconds=600,
    ),
    Benchmark(
        "sharing",
        "A hundred scans of one market beside one",
        "One scan alone, a hundred at once of the same market, and a thousand small ones: cold and warm.",
        quick=("--scans", "10", "--runs", "1"),
    ),
    Benchmark(
        "rating",
        "Rating a symbol",
        "`technic` beside a TA-Lib call and beside a pandas-ta-classic call per indicator and symbol, round"
        " by round on one core.",
        quick=("--repeat", "3"),
        runs=3,
    ),
    Benchmark(
        "growth",
        "Growth",
        "The same server with 1 to 1,000 scans at once, 100 to 20,000 symbols a scan and 1 to 5,000"
        " watchers: each size beside the others, and the exponent of the cost.",
        quick=("--quick",),
        timeout_seconds=600,
    ),
    Benchmark(
        "many_scans",
        "A hundred watched scans",
        "With sharing beside `fresh: true`, and both beside slow scans under the load of two large ones.",
        quick=("--scans", "20"),
    ),
    Benchmark(
        "pool",
        "The worker pool",
        "Ours beside the standard library's ProcessPoolExecutor, taking turns.",
        quick=("--units", "1000", "--repeat", "1"),
    ),
    Benchmark(
        "fairness",
        "A small scan beside a large one",
        "A scan of 100 symbols alone, and while one of 20,000 runs.",
        arguments=("--runs", "20"),
        quick=("--runs", "3"),
    ),
    Benchmark(
        "progress_cost",
        "What progress costs",
        "The processor time that is there for progress alone beside that of the whole scan.",
        arguments=("--runs", "3"),
        quick=("--runs", "1"),
    ),
    Benchmark(
        "checkpoints",
        "What keeping a scan's parts costs",
        "The SQLite store as it is, beside one that keeps nothing before the end, its twin, and memory.",
        arguments=("--rounds", "9"),
        quick=("--rounds", "1", "--symbols", "2000"),
    ),
    Benchmark(
        "history",
        "Ten thousand ended scans",
        "Pages, figures and commits of one store, alone and a hundred at once.",
        quick=("--scans", "500"),
    ),
    Benchmark(
        "faults",
        "What is left when everything is killed",
        "Rows of scans whose workers and server are killed beside those of servers that nothing disturbs.",
        quick=("--scans", "4", "--worker-kills", "5", "--server-kills", "1"),
    ),
)
"""In the order in which they run and are told."""


def chosen(only: str | None, plan: tuple[Benchmark, ...] = PLAN) -> tuple[Benchmark, ...]:
    """The benchmarks of `a,b`, in the plan's order; all of them for None.

    Raises:
        ValueError: A name is not in the plan; its text says which there are.
    """
    if only is None:
        return plan
    names = {name.strip() for name in only.split(",") if name.strip()}
    known = {benchmark.module for benchmark in plan}
    if not names or names - known:
        wrong = ", ".join(sorted(names - known)) or "nothing"
        raise ValueError(f"--only names {wrong}; there are: {', '.join(sorted(known))}")
    return tuple(benchmark for benchmark in plan if benchmark.module in names)
