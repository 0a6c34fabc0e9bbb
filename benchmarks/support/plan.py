"""What `make bench` measures: each benchmark with its arguments, and what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure that the project promises.

    Attributes:
        says: What it is.
        path: Where it stands in the figures, from the outside in.
        least: What it has to reach; None where it must not be passed.
        most: What it must not pass; None where it has to be reached.
    """

    says: str
    path: tuple[str, ...]
    least: float | None = None
    most: float | None = None

    def met(self, value: float) -> bool:
        """Whether a figure keeps the promise."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One module of this package.

    Attributes:
        module: Its name in `benchmarks`.
        title: The heading of its section.
        compared: One sentence: what with what, in the same run.
        arguments: For a full measurement.
        quick: For a short pass; None where there is no short way, and a short pass leaves it out.
        runs: How many runs the medians are of; 1 where the module takes its medians itself.
        timeout_seconds: The longest that one run may take.
        goals: What its figures have to show.
        untold: Figures of the outermost level that the page leaves out; results.json has them.
    """

    module: str
    title: str
    compared: str
    arguments: tuple[str, ...] = ()
    quick: tuple[str, ...] | None = ()
    runs: int = 1
    timeout_seconds: float = 600.0
    goals: tuple[Goal, ...] = ()
    untold: tuple[str, ...] = ()

    def given(self, *, quick: bool) -> tuple[str, ...]:
        """Its arguments for such a pass."""
        return (self.quick or ()) if quick else self.arguments

    def command(self, *, quick: bool) -> tuple[str, ...]:
        """What follows `python`."""
        return ("-m", f"benchmarks.{self.module}", "--json", *self.given(quick=quick))


def _times(ours: str, how: str, rivals: dict[str, float]) -> tuple[Goal, ...]:
    """Symbols a second at 100 scans of 500 symbols (the threads' do not depend on how many)."""
    return tuple(
        Goal(
            f"Symbols a second {how}, times those of {rival}",
            ("symbols_per_second_ours_over", ours, rival, "100x500"),
            least=least,
        )
        for rival, least in rivals.items()
    )


def _linear(what: str, *path: str) -> tuple[Goal, ...]:
    return (Goal(f"Exponent of the CPU of {what}", (*path, "growth", "cpu_seconds", "exponent"), most=1.1),)


PLAN = (
    Benchmark(
        "delivery",
        "Delivery of one progress event",
        "Ours beside a bare aiohttp handler that calls `send_str` for one socket after the other, and beside"
        " the finished bytes written to bare transports (the floor); all take turns in one process.",
        quick=("--sockets", "1", "100"),
        runs=3,
        goals=(
            Goal(
                "Delivery to 1,000 sockets, times as fast as `send_str`",
                ("1000_sockets", "ours_as_fast_as_send_str", "wall"),
                least=1.0,
            ),
        ),
    ),
    Benchmark(
        "streaming",
        "Delivery at load",
        "100 scans at 10 Hz with 10 WebSockets each: ours beside a bare handler's `send_str` loop in turns,"
        " and nine readers a scan with a tenth that reads, with one that never does, and alone.",
        quick=("--seconds", "3", "--warm-up", "1"),
        goals=(
            Goal(
                "100 scans x 10 watchers x 10 Hz, p99 in ms", ("staggered", "ours", "late_ms", "p99"), most=5
            ),
            Goal(
                "The others' p99 with one stalled reader in ten, times that without",
                ("stalled", "others_with_to_without", "p99"),
                most=1.1,
            ),
            Goal(
                "A stalled reader is gone after seconds (its limit is 2)",
                ("stalled", "gone_after_seconds"),
                most=3,
            ),
        ),
    ),
    Benchmark(
        "dashboard",
        "The dashboard in the browser",
        "A hundred scans that run, shown by a headless Chromium: the list that draws them beside another view"
        " of the same page, a hidden tab, and the list before there is any scan.",
        quick=("--seconds", "3", "--rounds", "1"),
        goals=(
            Goal(
                "100 running scans in the browser, percent of a core of the page",
                ("percent_of_a_core", "list", "page"),
                most=10,
            ),
            Goal(
                "The same in a hidden tab",
                ("percent_of_a_core", "hidden", "page"),
                most=1,
            ),
        ),
    ),
    Benchmark(
        "latency",
        "The API beside the work",
        "Requests to `technic serve` while every worker is busy, beside those to a bare aiohttp handler in"
        " the same rounds.",
        quick=("--seconds", "1", "--rounds", "1", "--clients", "200"),
        goals=(
            Goal("`GET /health`, p99 in ms, pool full", ("health", "ours", "ms", "p99"), most=20),
            Goal("`POST /scan/start`, p99 in ms, pool full", ("start", "ours", "ms", "p99"), most=20),
            Goal("1,000 pollers of progress, p99 in ms", ("pollers", "ours", "ms", "p99"), most=10),
            Goal("1,000 connections at once, second tries", ("burst", "ours", "second_tries"), most=0),
        ),
        untold=("at_the_end",),
    ),
    Benchmark(
        "engines",
        "The engine beside others",
        "The same scans through `technic`, over HTTP and without it, with and without sharing, through the"
        " design in use today (four threads, pandas and TA-Lib), arq with a real redis-server, and Dask"
        " distributed, round by round.",
        quick=("--rounds", "1", "--scans", "1,10", "--symbols", "500"),
        goals=(
            *_times("technic", "over HTTP, with sharing", {"threads": 50, "arq": 1, "dask": 1}),
            *_times("technic_fresh", "over HTTP, without", {"threads": 10}),
            *_times("engine", "of the engine, with sharing", {"arq": 1, "dask": 1}),
            *_times("engine_fresh", "of the engine, without", {"arq": 1, "dask": 1}),
        ),
        timeout_seconds=900.0,
    ),
    Benchmark(
        "parts",
        "Where the time of a scan goes",
        "The parts of the server's processor time a scan beside each other, with sharing beside without;"
        " a profiler looks on.",
        quick=("--seconds", "3"),
    ),
    Benchmark(
        "sharing",
        "A hundred scans of one market beside one",
        "One scan alone, a hundred at once of the same market, and a thousand small ones: cold and warm.",
        quick=("--scans", "10", "--runs", "1", "--kinds", "limit_25"),
        goals=(
            Goal("100 scans at once, times the time of one", ("limit_25", "ratio_medians", "cold"), most=3),
        ),
    ),
    Benchmark(
        "rating",
        "Rating a symbol",
        "`technic` beside a TA-Lib call and beside a pandas-ta-classic call per indicator and symbol, round"
        " by round on one core.",
        quick=("--repeat", "3"),
        runs=3,
        goals=(
            Goal("26 votes, times as fast as TA-Lib's indicators", ("ratio_to_talib",), least=8),
            Goal(
                "26 votes, times as fast as pandas-ta-classic's indicators", ("ratio_to_pandas_ta",), least=8
            ),
        ),
    ),
    Benchmark(
        "growth",
        "Growth",
        "The same server with 1 to 1,000 scans at once, 100 to 20,000 symbols a scan and 1 to 5,000"
        " watchers: each size beside the others, and the exponent of the cost.",
        quick=("--quick",),
        goals=(
            *_linear("a scan, shared", "scans", "shared"),
            *_linear("a scan, fresh", "scans", "fresh"),
            Goal(
                "1,000 scans at once, scans lost",
                ("scans", "fresh", "sizes", "1000_scans", "scans_lost"),
                most=0,
            ),
            Goal(
                "Exponent of a symbol's CPU", ("symbols", "growth", "cpu_milliseconds", "exponent"), most=1.1
            ),
            Goal("Exponent of a watcher's CPU", ("watchers", "growth", "cpu_share", "exponent"), most=1.1),
        ),
    ),
    Benchmark(
        "many_scans",
        "A hundred watched scans",
        "With sharing beside `fresh: true`, and both beside slow scans under the load of two large ones.",
        quick=None,
        goals=(
            Goal("100 watched scans, streams with faults", ("full_speed", "streams_with_faults"), most=0),
        ),
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
        quick=None,
    ),
    Benchmark(
        "history",
        "Ten thousand ended scans",
        "Pages, figures and commits of one store, alone and a hundred at once.",
        quick=("--scans", "500"),
    ),
    Benchmark(
        "exports",
        "Results of any size in every form",
        "500, 20,000 and 200,000 rows sent while they are made, beside pandas that writes them at once.",
        quick=("--quick",),
    ),
    Benchmark(
        "faults",
        "What is left when everything is killed",
        "Rows of scans whose workers and server are killed beside those of servers that nothing disturbs.",
        quick=None,
        goals=(Goal("Everything killed, rows lost", ("rows", "lost"), most=0),),
    ),
    Benchmark(
        "soak",
        "Whether it stays as it is",
        "One server under `technic load`: each minute beside earlier ones, and at rest after beside before.",
        arguments=("--seconds", "120"),
        quick=("--seconds", "8"),
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
