"""technic's engine without HTTP: opened in the clients' own process, as arq's and Dask's clients are.

Nothing of the engine is left out: its store on the disk, whole rows, filters, ranking, progress, a reader of
the bus a scan. What it is spared is what the others are spared too: a server between it and its clients.
Latency is taken of every snapshot but a reader's first: from its publication on the bus to the reader.
"""

from __future__ import annotations

import time
from contextlib import AsyncExitStack

from benchmarks.rivals.base import LIMIT, WORKERS, Best, Load, Place, Run, Watch, all_at_once
from benchmarks.rivals.market import settings_of
from technic.app import favour_the_loop, open_engine
from technic.config.logs import configure_logs
from technic.engine.engine import Engine
from technic.engine.scan.events import MatchesFound, ScanEvent, Snapshot
from technic.scanner.request import ScanRequest


class InProcess:
    """An open engine, and its clients."""

    def __init__(self, place: Place, *, fresh: bool = False) -> None:
        self._fresh = fresh
        settings = settings_of(place)
        engine = settings.engine.model_copy(update={"workers": WORKERS})
        log = settings.log.model_copy(update={"level": "error"})
        self._settings = settings.model_copy(update={"engine": engine, "log": log})
        self._stack = AsyncExitStack()
        self._published: dict[tuple[str, int], int] = {}

    async def start(self) -> None:
        configure_logs(self._settings.log)
        favour_the_loop()
        self._engine: Engine = await self._stack.enter_async_context(open_engine(self._settings))
        self._engine.bus.listen(self._note)

    async def run(self, load: Load) -> Run:
        request = ScanRequest(
            max_symbols=load.symbols, lookback_bars=load.lookback, limit=LIMIT, fresh=self._fresh
        )
        return await all_at_once(load, lambda run: self._scan(request, run))

    async def stop(self) -> None:
        await self._stack.aclose()

    def _note(self, event: ScanEvent) -> None:
        if not isinstance(event, MatchesFound):
            self._published[event.scan_id, event.seq] = time.monotonic_ns()

    async def _scan(self, request: ScanRequest, run: Run) -> Best:
        watch = Watch(run)
        scan_id = (await self._engine.submit(request)).scan_id
        with await self._engine.subscribe(scan_id) as reader:
            await reader.take()
            while events := await reader.take():
                self._heard(
                    [event.snapshot for event in events if not isinstance(event, MatchesFound)], watch, run
                )
        columns = (await self._engine.result(scan_id)).result.rows.columns
        return list(zip(columns["symbol"], columns["tech_rating"].tolist(), strict=True))

    def _heard(self, snapshots: list[Snapshot], watch: Watch, run: Run) -> None:
        received = time.monotonic_ns()
        for snapshot in snapshots:
            run.latencies_ms.append((received - self._published[snapshot.scan_id, snapshot.seq]) / 1e6)
            if counts_symbols(snapshot):
                watch.told(received)


def counts_symbols(snapshot: Snapshot) -> bool:
    """Whether a snapshot says that a symbol has been rated."""
    if snapshot.stage == "symbol_scanning":
        return snapshot.current > 0
    return snapshot.stage == "finalization" or snapshot.status == "completed"
