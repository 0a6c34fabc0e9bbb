"""Dask distributed on its own: a local cluster of two worker processes, our kernel, a task a unit.

Chosen in its favour: workers map the bars themselves, as ours do (nothing is scattered, which was slower:
half a megabyte a group travels once, and then tasks name futures); one `client.map` a scan, results as they
are completed, in batches; one thread a worker; no dashboard, no profiler. The units are made before the clock
runs, and the client needs no HTTP. `pure` lets Dask share equal tasks as long as somebody holds one.
With `rows` a task sends back what a scan answers with, every column of its rows, as ours does.
"""

from __future__ import annotations

import time
from functools import partial

import dask
from distributed import Client, LocalCluster, as_completed

from benchmarks.rivals.base import WORKERS, Best, Load, Place, Run, Watch, all_at_once
from benchmarks.rivals.market import best_of, rate_unit, units_of, view_of
from technic.scanner.units import RateUnit

QUIET = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.interval": "5s",
}


class DaskCluster:
    """A cluster of its own, and its client."""

    def __init__(self, place: Place, *, pure: bool = False, rows: bool = False) -> None:
        self._rate = partial(rate_unit, rows=rows)
        self._view = view_of(place)
        self._pure = pure

    async def start(self) -> None:
        dask.config.set(QUIET)
        self._cluster = await LocalCluster(
            n_workers=WORKERS,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            asynchronous=True,
        )
        self._client = await Client(self._cluster, asynchronous=True)

    async def run(self, load: Load) -> Run:
        units = units_of(self._view, load.symbols, load.lookback)
        wanted = self._view.universe.symbols[: load.symbols]
        return await all_at_once(load, lambda run: self._scan(units, wanted, run))

    async def stop(self) -> None:
        await self._client.close()
        await self._cluster.close()

    async def _scan(self, units: list[RateUnit], wanted: tuple[str, ...], run: Run) -> Best:
        watch, asked_at = Watch(run), time.monotonic_ns()
        futures = self._client.map(self._rate, units, pure=self._pure, batch_size=len(units))
        places = {future.key: place for place, future in enumerate(futures)}
        parts: dict[int, tuple] = {}
        async for future, (ratings, rated_at) in as_completed(futures, with_results=True):
            received = time.monotonic_ns()
            watch.told(received)
            run.latencies_ms.append((received - max(rated_at, asked_at)) / 1e6)
            parts[places[future.key]] = ratings
        return best_of((parts[place] for place in sorted(parts)), wanted)
