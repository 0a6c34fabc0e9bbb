"""The engine: opens bus, store, pool, dispatcher and supervisor in order and closes them in reverse.

`async with Engine(settings) as engine:` is all that a user of this wing needs; what the other wings may
know of it is the methods below. They belong to the event loop's thread.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date
from random import Random
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from technic.clock import Clock, SystemClock, moment
from technic.config.settings import Settings
from technic.engine.actor import ScanActor, Workshop
from technic.engine.blocks import BlockCache
from technic.engine.bus import Bus, Subscription, Topic
from technic.engine.dispatcher import Dispatcher
from technic.engine.inspection import inspect_symbol
from technic.engine.offload import Offload
from technic.engine.outcome import ScanOutcome, nothing, provisional
from technic.engine.pool.base import WorkerPool
from technic.engine.pool.processes import ProcessPool
from technic.engine.recorder import Recorder
from technic.engine.scan.events import Snapshot, StateChanged
from technic.engine.scan.machine import ScanMachine
from technic.engine.scan.portrait import Identity
from technic.engine.scan.retry import RetryPolicy
from technic.engine.stores.base import Remembered, ScanStore
from technic.engine.stores.memory import MemoryStore
from technic.engine.supervisor import Supervisor
from technic.errors import ScanUnfinished, UnknownScan
from technic.scanner.market import PANELS, Market, MarketView
from technic.scanner.request import ScanRequest
from technic.scanner.sources.base import BarSource
from technic.scanner.sources.registry import open_source
from technic.scanner.stages import StageCosts

_SWEEP_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Parts of an engine that a test may hand in; each has a default made from the settings."""

    clock: Clock | None = None
    pool: WorkerPool | None = None
    source: BarSource | None = None
    store: ScanStore | None = None
    random: Random | None = None


class Engine:
    """Runs scans.

    Args:
        settings: All of them; each part takes its own branch.
        parts: Other parts than the settings' own.
    """

    def __init__(self, settings: Settings, parts: Parts | None = None) -> None:
        parts = parts or Parts()
        self.settings = settings
        self.clock: Clock = parts.clock or SystemClock()
        self.bus = Bus(replay_events=settings.streams.replay_events)
        self._random = parts.random or Random()  # noqa: S311 - jitter, not a secret
        self._source = parts.source or open_source(settings, self.clock)
        self._store: ScanStore = parts.store or MemoryStore(settings.store)
        self._recorder = Recorder(self._store)
        self._pool: WorkerPool = parts.pool or ProcessPool(settings=settings.engine)
        self._market = Market(self._source, settings.data_dir / PANELS, clock=self.clock)
        self._opening = Offload("opening")
        self._offload = Offload("rows")
        self._supervisor = Supervisor(
            max_running=settings.engine.max_running_scans,
            max_queued=settings.engine.max_queued_scans,
            ended=self.bus.retire,
        )
        self._retry = RetryPolicy(
            settings.engine.retry_attempts,
            settings.engine.retry_base_seconds,
            settings.engine.retry_cap_seconds,
        )
        self._closing: AsyncExitStack | None = None
        self._dispatcher: Dispatcher | None = None
        self._shop: Workshop | None = None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as closing:
            closing.callback(self._opening.close)
            closing.callback(self._offload.close)
            await self._store.open()
            closing.push_async_callback(self._store.close)
            self.bus.listen(self._recorder)
            closing.callback(self.bus.close)
            await self._pool.open()
            closing.push_async_callback(self._pool.close)
            self._dispatcher = self._new_dispatcher()
            closing.push_async_callback(self._dispatcher.close)
            self._shop = self._new_workshop(self._dispatcher)
            await self._supervisor.open()
            closing.push_async_callback(self._supervisor.close, self.settings.engine.drain_grace_seconds)
            sweeping = asyncio.get_running_loop().create_task(self._sweep())
            closing.push_async_callback(_end, sweeping)
            self._closing = closing.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Cancel what runs, tell the readers, end the workers; idempotent."""
        closing, self._closing = self._closing, None
        if closing is not None:
            await closing.aclose()

    def _new_dispatcher(self) -> Dispatcher:
        engine = self.settings.engine
        return Dispatcher(
            self._pool,
            self._source,
            BlockCache(engine.cache_bytes),
            unit_seconds=engine.unit_seconds,
            grace_seconds=engine.cancel_grace_seconds,
        )

    def _new_workshop(self, dispatcher: Dispatcher) -> Workshop:
        return Workshop(
            market=self._market,
            dispatcher=dispatcher,
            bus=self.bus,
            recorder=self._recorder,
            clock=self.clock,
            opening=self._opening,
            offload=self._offload,
            costs=self._new_costs(),
            block_symbols=self.settings.engine.unit_symbols,
            piecemeal=self._source.connections > 0,
            workers=self._pool.slots,
        )

    def _new_costs(self) -> StageCosts:
        costs = StageCosts()
        if self._source.arrival_seconds > 0:
            costs.expect_arrivals(self._source.arrival_seconds)
        return costs

    # --- commands

    async def submit(self, request: ScanRequest) -> Snapshot:
        """Start a scan; its first snapshot, pending.

        The scan exists once this returns, and has an owner from then on, also when the caller is
        cancelled on the way.

        Raises:
            InvalidRequest: A sector or an industry that nobody knows.
            QueueFull: As many scans wait as may.
            Stopping: The engine is closing.
        """
        self._supervisor.check_room()
        if request.sectors or request.industries:
            universe = (await self.view()).universe
            await self._opening(universe.select, (), request.sectors or None, request.industries or None)
        return await self._supervisor.admit(lambda: self._start(request))

    async def _start(self, request: ScanRequest) -> Snapshot:
        assert self._shop is not None, "the engine is open"  # noqa: S101
        created = moment(self.clock)
        machine = ScanMachine(
            Identity(uuid4().hex, request.priority, request.tags, created),
            retry=self._retry,
            random=self._random,
            conflate_seconds=self.settings.streams.conflate_seconds,
        )
        actor = ScanActor(request, machine, self._shop)
        await actor.open()
        first = machine.snapshot(created)
        await self._supervisor.adopt(actor)
        return first

    async def cancel(self, scan_id: str, *, reason: str) -> tuple[str, str]:
        """Ask a scan to stop; idempotent.

        Returns:
            `cancelling`, `cancelled` (it had not begun), or the status of a scan that had ended already;
            and a sentence.

        Raises:
            UnknownScan: No scan has this id.
        """
        status = self._supervisor.cancel(scan_id, reason)
        if status == "cancelled":
            return status, "The scan was waiting and will not run."
        if status is not None:
            return status, "The scan stops; what was found so far is kept."
        ended = (await self._known(scan_id)).snapshot.status
        return str(ended), f"The scan is already {ended} and cannot be cancelled."

    # --- reads

    @property
    def epoch(self) -> str:
        """Names the numbering of the events."""
        return self._store.epoch

    async def snapshot(self, scan_id: str) -> Snapshot:
        """A scan's newest snapshot. Raises UnknownScan."""
        return (await self._known(scan_id)).snapshot

    async def active(self) -> list[Snapshot]:
        """The scans that have not ended, oldest first."""
        return await self._store.active()

    async def result(self, scan_id: str, *, partial: bool = False) -> ScanOutcome:
        """What a scan came to.

        Args:
            scan_id: Which scan.
            partial: Also of a scan that has not ended: what was found so far.

        Raises:
            UnknownScan: No scan has this id.
            ScanUnfinished: It has not ended, and `partial` was not asked for.
        """
        known = await self._known(scan_id)
        if known.result is not None:
            return ScanOutcome(known.snapshot, known.result)
        if known.snapshot.status.ended:
            return ScanOutcome(known.snapshot, nothing(known))
        if not partial:
            raise ScanUnfinished(f"scan {scan_id} is {known.snapshot.status}", retry_after=1.0)
        return ScanOutcome(known.snapshot, await self._offload(provisional, known, self._pool.slots))

    async def wait(self, scan_id: str) -> Snapshot:
        """A scan's terminal snapshot, once there is one. Raises UnknownScan."""
        await self._supervisor.wait(scan_id)
        return await self.snapshot(scan_id)

    async def subscribe(
        self, scan_id: str, *, since: int | None = None, matches: bool = False
    ) -> Subscription:
        """A reader of one scan, see `Topic.subscribe`. Raises UnknownScan."""
        known = await self._known(scan_id)
        live = self.bus.subscribe(scan_id, since=since, matches=matches)
        if live is not None:
            return live
        past = Topic(replay_events=1)
        past.dropped_seq = known.snapshot.seq - 1
        past.publish(StateChanged(scan_id, known.snapshot.seq, known.snapshot))
        return past.subscribe(since=since, matches=matches)

    async def view(self) -> MarketView:
        """The market as it is now. Raises DataError, ConfigError."""
        return await self._opening(self._market.view)

    async def inspect(self, symbol: str, *, lookback: int, end: date | None) -> dict[str, Any]:
        """The report of one symbol, see `inspect_symbol`."""
        assert self._dispatcher is not None, "the engine is open"  # noqa: S101
        return await inspect_symbol(
            symbol, self._market, self._dispatcher, self._opening, lookback=lookback, end=end
        )

    def health(self) -> dict[str, Any]:
        """Counts of every part. `ready` says whether a scan would be taken."""
        pool = self._pool.stats()
        return {
            "ready": self._closing is not None and not self._supervisor.stopping and not pool["broken"],
            "source": self.settings.source,
            "store": self.settings.store.kind,
            "scans": self._supervisor.stats(),
            "workers": pool,
            "units": None if self._dispatcher is None else self._dispatcher.stats(),
            "readers": self.bus.readers(),
        }

    async def _known(self, scan_id: str) -> Remembered:
        known = await self._store.get(scan_id)
        if known is None:
            raise UnknownScan(f"there is no scan {scan_id[:64]!r}", scan_id=scan_id[:64])
        return known

    async def _sweep(self) -> None:
        """Forget what the store no longer keeps, for as long as the engine lives."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            for scan_id in await self._store.sweep(self.clock.now()):
                self.bus.forget(scan_id)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
