"""The engine: opens bus, store, pool, dispatcher and supervisor in order and closes them in reverse.

`async with Engine(settings) as engine:` is all that a user of this wing needs; what the other wings may
know of it is the methods below. They belong to the event loop's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from technic.clock import Clock
from technic.config.settings import Settings
from technic.engine.admission import Admission, Submission
from technic.engine.blocks import BlockCache
from technic.engine.bus import Bus
from technic.engine.dispatcher import Dispatcher
from technic.engine.inspection import Look, inspect_symbol
from technic.engine.offload import Offload
from technic.engine.once import OnceForAll
from technic.engine.parts import Parts, whole
from technic.engine.recorder import Recorder
from technic.engine.records import Records
from technic.engine.scan.events import Snapshot
from technic.engine.supervisor import Drained, Supervisor
from technic.engine.turnstile import Turnstile
from technic.engine.workshop import Workshop
from technic.errors import ScanUnfinished, Stopping
from technic.scanner.market import PANELS, Market, MarketView
from technic.scanner.own_presets import known_presets
from technic.scanner.presets import Preset
from technic.scanner.request import ScanRequest
from technic.scanner.sifting import SharedRows
from technic.scanner.stages import StageCosts
from technic.scanner.terms import Terms

ACTORS_A_TURN = 4
"""Actors that go on in one turn of the loop, half a millisecond; a start takes eight turns."""


class Engine(Records):
    """Runs scans.

    Args:
        settings: All of them; each part takes its own branch.
        parts: Other parts than the settings' own.
    """

    def __init__(self, settings: Settings, parts: Parts | None = None) -> None:
        presets = known_presets(settings)
        self._parts = whole(settings, parts or Parts())
        self._offload = Offload("rows")
        super().__init__(
            self._parts.store,
            Bus(replay_events=settings.streams.replay_events),
            self._offload,
            workers=self._parts.pool.slots,
        )
        self.settings = settings
        self.presets: Mapping[str, Preset] = presets
        self.clock: Clock = self._parts.clock
        self._recorder = Recorder(self._store)
        self._pool = self._parts.pool
        self._market = Market(self._parts.source, settings.data_dir / PANELS, clock=self.clock)
        self._opening = Offload("opening")
        self._supervisor = Supervisor(
            max_running=settings.engine.max_running_scans,
            max_queued=settings.engine.max_queued_scans,
            ended=self.bus.retire,
        )
        self._closing: AsyncExitStack | None = None
        self._dispatcher: Dispatcher | None = None
        self._admission: Admission | None = None

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
            await self._supervisor.open()
            closing.push_async_callback(self._supervisor.close)
            self._admission = self._new_admission(self._dispatcher)
            closing.callback(self._admission.close)
            closing.push_async_callback(self.drain, 0.0)
            await self._admission.resume()
            sweeping = asyncio.get_running_loop().create_task(self.sweep(self.clock))
            closing.push_async_callback(_end, sweeping)
            self._closing = closing.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def drain(self, grace_seconds: float | None = None) -> Drained:
        """Admit nothing more, let scans that run end, and leave the rest to the next process; idempotent.

        With a store that outlives this process they go on there; with another one they are cancelled. The
        grace is how long they may take to end, as the settings have it where it is not given.
        """
        grace = self.settings.engine.drain_grace_seconds if grace_seconds is None else grace_seconds
        return await self._supervisor.drain(grace, park=self._store.durable)

    async def close(self) -> None:
        """Stop what runs, tell the readers, end the workers; idempotent."""
        closing, self._closing = self._closing, None
        if closing is not None:
            await closing.aclose()

    @property
    def _rows_bytes(self) -> int:
        """How much of the cache is for rows; blocks have the rest."""
        return self.settings.engine.cache_bytes // 4

    def _new_dispatcher(self) -> Dispatcher:
        return Dispatcher(
            self._pool,
            self._parts.source,
            BlockCache(self.settings.engine.cache_bytes - self._rows_bytes),
            unit_seconds=self.settings.engine.unit_seconds,
            grace_seconds=self.settings.engine.cancel_grace_seconds,
            attempts=self.settings.engine.retry_attempts,
            clock=self.clock,
        )

    def _new_admission(self, dispatcher: Dispatcher) -> Admission:
        source = self._parts.source
        turnstile = Turnstile(ACTORS_A_TURN)
        shop = Workshop(
            market=self._market,
            dispatcher=dispatcher,
            bus=self.bus,
            recorder=self._recorder,
            clock=self.clock,
            opening=self._opening,
            offload=self._offload,
            costs=StageCosts.expecting(source.arrival_seconds),
            sifting=OnceForAll(self._offload, turnstile),
            terms=Terms(
                block_symbols=self.settings.engine.unit_symbols,
                piecemeal=source.connections > 0,
                failed_share=self.settings.engine.failed_share,
                shared=SharedRows(self._rows_bytes),
            ),
            turnstile=turnstile,
            workers=self._pool.slots,
            suspects=self._parts.suspects,
        )
        return Admission(self.settings, self._store, self._supervisor, shop, self._parts.random)

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
        return (await self._submit(request, None)).snapshot

    async def submit_once(self, request: ScanRequest, key: str) -> Submission:
        """Start a scan, or find the one that was started with this key, for as long as that is kept.

        Raises:
            KeyReused: The key was given with another request.
            InvalidRequest, QueueFull, Stopping: As `submit`.
        """
        return await self._submit(request, key)

    async def _submit(self, request: ScanRequest, key: str | None) -> Submission:
        if key is None:
            self._supervisor.check_room()
        if request.sectors or request.industries:
            universe = (await self.view()).universe
            await self._opening(universe.select, (), request.sectors or None, request.industries or None)
        assert self._admission is not None, "the engine is open"  # noqa: S101
        return await self._admission.submit(request, key)

    async def cancel(self, scan_id: str, *, reason: str) -> tuple[str, str]:
        """Ask a scan to stop; idempotent. Raises UnknownScan.

        Returns:
            `cancelling`, `cancelled` (it had not begun), or the status of a scan that had ended already;
            and a sentence.
        """
        status = self._supervisor.cancel(scan_id, reason)
        if status == "cancelled":
            return status, "The scan was waiting and will not run."
        if status is not None:
            return status, "The scan stops; what was found so far is kept."
        ended = (await self.snapshot(scan_id)).status
        return str(ended), f"The scan is already {ended} and cannot be cancelled."

    async def forget(self, scan_id: str) -> None:
        """Forget an ended scan.

        Raises:
            UnknownScan: No scan has this id.
            ScanUnfinished: It has not ended.
        """
        if not await self._store.forget(scan_id):
            status = (await self.snapshot(scan_id)).status
            raise ScanUnfinished(f"scan {scan_id} is {status}", suggestion="Cancel it first.")
        self.bus.forget(scan_id)

    # --- reads

    async def wait(self, scan_id: str) -> Snapshot:
        """A scan's terminal snapshot, once there is one.

        Raises:
            UnknownScan: No scan has this id.
            Stopping: The engine closes, and the scan goes on in the next process.
        """
        await self._supervisor.wait(scan_id)
        snapshot = await self.snapshot(scan_id)
        if not snapshot.status.ended:
            raise Stopping(
                f"scan {scan_id} goes on when the service is back", retry_after=2.0, scan_id=scan_id
            )
        return snapshot

    async def view(self) -> MarketView:
        """The market as it is now. Raises DataError, ConfigError."""
        return await self._opening(self._market.view)

    async def inspect(self, look: Look) -> dict[str, Any]:
        """The report of one symbol, see `inspect_symbol`."""
        assert self._dispatcher is not None, "the engine is open"  # noqa: S101
        return await inspect_symbol(look, self._market, self._dispatcher, self._opening)

    async def without_owner(self) -> int:
        """How many scans have not ended though nobody sees them to their end: 0, or it is a fault of ours."""
        active = await self._store.active()
        return self._supervisor.without_owner(snapshot.scan_id for snapshot in active)

    def health(self) -> dict[str, Any]:
        """Counts of every part. `ready` says whether a scan would be taken."""
        pool, storage = self._pool.stats(), self._store.health()
        return {
            "ready": self._closing is not None and not self._supervisor.stopping and not pool["broken"],
            "source": self.settings.source,
            "store": storage.kind,
            "storage": asdict(storage),
            "scans": self._supervisor.stats(),
            "workers": pool,
            "units": None if self._dispatcher is None else self._dispatcher.stats(),
            "readers": self.bus.readers(),
            "done": self._recorder.totals.body(),
        }


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
