"""A scan's actor: takes a message, asks the machine, carries its instructions out. Decides nothing.

The actor owns the mailbox, the timers and the plan of one scan. What takes time happens in the workers
or in the engine's few threads, the plan's steps one at a time, and comes back as a message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import structlog

from technic.clock import Clock, moment
from technic.engine.bus import Bus
from technic.engine.dispatcher import Asker, Dispatcher, Report
from technic.engine.mailbox import Mailbox
from technic.engine.offload import Offload
from technic.engine.recorder import Recorder
from technic.engine.scan import instructions as i
from technic.engine.scan import messages as m
from technic.engine.scan.events import Fact, StateChanged
from technic.engine.scan.lifecycle import Phase
from technic.engine.scan.machine import ScanMachine
from technic.engine.timers import Timers
from technic.errors import Failure, TimeoutExceeded, failure_of
from technic.scanner.market import Market
from technic.scanner.plan import PlanStep, ScanPlan, open_plan
from technic.scanner.request import ScanRequest
from technic.scanner.result import RunFigures, ScanResult
from technic.scanner.stages import StageCosts
from technic.scanner.units import FetchResult, FetchUnit, RateUnit, UnitResult, WorkUnit

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all actors of an engine share."""

    market: Market
    dispatcher: Dispatcher
    bus: Bus
    recorder: Recorder
    clock: Clock
    opening: Offload
    offload: Offload
    costs: StageCosts
    block_symbols: int
    piecemeal: bool
    workers: int


class ScanActor:
    """One scan, alive from its submission to its end.

    Args:
        request: What is asked for.
        machine: Decides.
        workshop: What the decisions are carried out with.
    """

    def __init__(self, request: ScanRequest, machine: ScanMachine, workshop: Workshop) -> None:
        self.request = request
        self.machine = machine
        self.mailbox = Mailbox()
        self._shop = workshop
        self._timers = Timers()
        self._plan: ScanPlan | None = None
        self._result: ScanResult | None = None
        self._errands: set[asyncio.Task[None]] = set()
        self._retrying: dict[str, WorkUnit] = {}
        self._asker = Asker(
            self.scan_id,
            weight=2.0 ** ((request.priority - 5) / 2),  # two steps of priority double a scan's share
            deliver=self._deliver,
            fresh=request.fresh,
        )

    @property
    def scan_id(self) -> str:
        """Which scan it is."""
        return self.machine.identity.scan_id

    async def open(self) -> None:
        """Make the scan exist: kept in the store, announced, its deadline set."""
        now = moment(self._shop.clock)
        for instruction in self.machine.submit(now):
            if isinstance(instruction, i.Announce) and isinstance(instruction.event, StateChanged):
                await self._shop.recorder.create(self.request, instruction.event.snapshot)
                self._shop.bus.publish(instruction.event)
        if self.request.deadline_seconds is not None:
            self._timers.set("deadline", self.request.deadline_seconds, self._deadline_passed)

    async def run(self) -> None:
        """Live until the scan has ended."""
        with structlog.contextvars.bound_contextvars(scan_id=self.scan_id):
            try:
                while not self.machine.phase.ended:
                    await self._handle(await self.mailbox.take())
            finally:
                await self._close()

    async def abort(self, failure: Failure) -> None:
        """End the scan as failed whatever its state: its actor has died of a fault of ours."""
        for instruction in self.machine.abort(failure, moment(self._shop.clock)):
            await self._carry_out(instruction)

    async def _close(self) -> None:
        self.mailbox.close()
        self._timers.close()
        self._shop.dispatcher.withdraw(self.scan_id)
        self._shop.dispatcher.leave(self.scan_id)
        for errand in self._errands:
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        self._plan = self._result = None

    async def _handle(self, message: m.Message) -> None:
        for instruction in self.machine.handle(message, moment(self._shop.clock)):
            await self._carry_out(instruction)

    async def _carry_out(self, instruction: i.Instruction) -> None:
        match instruction:
            case i.Announce(event):
                await self._announce(event)
            case i.Dispatch(units):
                self._dispatch(units)
            case i.Absorb(unit, result, failure):
                await self._handle(m.ResultAbsorbed(unit, await self._absorb(unit, result, failure)))
            case i.Retry(unit, delay_seconds):
                self._retrying[unit.key] = unit
                self._timers.set(unit.key, delay_seconds, lambda: self._retry(unit))
            case i.WakeAfter(seconds):
                self._timers.set("wake", seconds, lambda: self.mailbox.post(m.Wake()))
            case i.WithdrawUnits():
                self._withdraw()
            case i.OpenPlan():
                self._send(self._open_plan())
            case i.Finalize():
                self._send(self._finalize())

    async def _announce(self, event: Fact) -> None:
        """A change of state is kept before anybody hears of it."""
        if isinstance(event, StateChanged):
            await self._shop.recorder.commit(event.snapshot, self._result)
            _log.info("scan", status=str(event.snapshot.status), message=event.snapshot.message)
        self._shop.bus.publish(event)

    # --- units

    def _dispatch(self, units: tuple[WorkUnit, ...]) -> None:
        """Ask for units; a group that another scan has fetched meanwhile is not fetched again."""
        asked = []
        for unit in units:
            found = self._plan.at_hand(unit) if self._plan and isinstance(unit, FetchUnit) else None
            if found is None:
                asked.append(unit)
            else:
                self.mailbox.post(m.UnitDone(unit, found, "cache"))
        self._shop.dispatcher.submit(self._asker, asked)

    def _retry(self, unit: WorkUnit) -> None:
        del self._retrying[unit.key]
        self._shop.dispatcher.submit(self._asker, (unit,))

    def _withdraw(self) -> None:
        waiting = tuple(self._retrying.values())
        for unit in waiting:
            self._timers.cancel(unit.key)
        self._retrying.clear()
        taken_back = self._shop.dispatcher.withdraw(self.scan_id)
        self.mailbox.post(m.UnitsWithdrawn(waiting + taken_back))

    def _deliver(self, report: Report) -> None:
        """Called by the dispatcher; of a group's symbols only those count that the scan wants.

        Bars are there for every scan from this moment on: one that looks for them before this scan's turn
        has come would fetch them again.
        """
        match report:
            case m.UnitAdvanced(unit, count) if self._plan is not None:
                report = m.UnitAdvanced(unit, self._plan.wanted_among(unit, count))
            case m.UnitDone(FetchUnit() as unit, FetchResult() as result) if self._plan is not None:
                self._plan.keep(unit, result)
        self.mailbox.post(report)

    async def _absorb(self, unit: WorkUnit, result: UnitResult | None, failure: Failure | None) -> PlanStep:
        plan = self._opened
        if failure is not None:
            return plan.failed(unit, failure)
        if isinstance(unit, RateUnit):
            return await self._shop.offload(plan.rated, unit, result)  # type: ignore[arg-type]
        return plan.fetched(unit, result)  # type: ignore[arg-type]

    # --- errands: what takes time beside the mailbox, and reports to it

    def _send(self, errand: Coroutine[Any, Any, m.Message]) -> None:
        task = asyncio.get_running_loop().create_task(self._report(errand))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _report(self, errand: Coroutine[Any, Any, m.Message]) -> None:
        self.mailbox.post(await errand)

    async def _open_plan(self) -> m.Message:
        try:
            plan, step = await self._shop.opening(self._find_plan)
        except Exception as error:  # noqa: BLE001 - whatever keeps a plan from opening is the scan's failure
            return m.OpeningFailed(self._told(error))
        self._plan = plan
        return m.PlanOpened(plan.total, self._shop.costs.weights(plan.total, plan.missing), step)

    def _find_plan(self) -> tuple[ScanPlan, PlanStep]:
        plan = open_plan(
            self.request,
            self._shop.market.view(),
            block_symbols=self._shop.block_symbols,
            piecemeal=self._shop.piecemeal,
        )
        return plan, plan.start()

    async def _finalize(self) -> m.Message:
        try:
            self._result = await self._shop.offload(self._opened.result, self._figures())
        except Exception as error:  # noqa: BLE001 - whatever keeps a result from being made is the scan's failure
            return m.FinalizingFailed(self._told(error))
        if self.machine.phase is Phase.FINALIZING:  # what was cut short teaches nothing
            self._teach()
        return m.Finalized()

    def _teach(self) -> None:
        """What this scan took is what the next ones are expected to take."""
        symbols = (1, self._opened.missing, self.machine.tally.rated, 1)
        now = moment(self._shop.clock).seconds
        for stage, (entry, count) in enumerate(zip(self.machine.progress.stages, symbols, strict=True)):
            self._shop.costs.observe(stage, entry.seconds(now), count)

    @property
    def _opened(self) -> ScanPlan:
        assert self._plan is not None, "the machine absorbs and finalizes after PlanOpened only"  # noqa: S101
        return self._plan

    def _figures(self) -> RunFigures:
        """What the engine knows of the run; by now every unit has ended."""
        now = moment(self._shop.clock).seconds
        machine = self.machine
        created, started = machine.identity.created, machine.tally.started
        begun = now if started is None else started.seconds
        return RunFigures(
            total_seconds=round(now - created.seconds, 6),
            queue_seconds=round(begun - created.seconds, 6),
            stage_seconds={stage.name: round(stage.seconds(now), 6) for stage in machine.progress.stages},
            cache_hits=machine.tally.origins["cache"],
            cache_misses=machine.tally.origins["computed"],
            cache_shared=machine.tally.origins["shared"],
            units=machine.tally.origins.total(),
            retries=machine.tally.retries,
            workers=self._shop.workers,
        )

    def _told(self, error: Exception) -> Failure:
        """An error as a failure; one that is not ours is logged with its story."""
        failure = failure_of(error)
        if failure.code == "internal_error":
            _log.error("scan met an unexpected error", exc_info=error)
        return failure

    def _deadline_passed(self) -> None:
        allowed = self.request.deadline_seconds
        self.mailbox.post(m.Fail(TimeoutExceeded(f"the scan was allowed {allowed:g} seconds").failure()))
