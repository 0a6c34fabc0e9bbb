"""A scan's actor: takes a message, asks the machine, carries its instructions out. Decides nothing.

The actor owns the mailbox, the timers and the plan of one scan. What takes time happens in the workers
or in the engine's few threads, the plan's steps one at a time, and comes back as a message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

import structlog

from technic.clock import moment
from technic.engine.dispatcher import Asker, Report
from technic.engine.figures import run_figures, teach
from technic.engine.mailbox import Mailbox
from technic.engine.scan import instructions as i
from technic.engine.scan import messages as m
from technic.engine.scan.events import MatchesFound, ProgressAdvanced, ScanEvent, StateChanged
from technic.engine.scan.lifecycle import Phase
from technic.engine.scan.machine import ScanMachine
from technic.engine.stores.base import Claim, Kept, Reservation
from technic.engine.suspects import LOOP, OPENING, ROWS
from technic.engine.timers import Timers
from technic.engine.workshop import Done, Workshop, find_plan, rank
from technic.errors import Failure, TimeoutExceeded, failure_of
from technic.scanner.plan import PlanStep, ScanPlan
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from technic.scanner.units import (
    FetchResult,
    FetchUnit,
    RatedBlock,
    RateUnit,
    SourceSpec,
    UnitResult,
    WorkUnit,
)

_log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
Errand = Callable[[], Awaitable[m.Message]]
"""What takes time beside the mailbox, and ends in a message for it."""


class ScanActor:
    """One scan, alive from its submission to its end.

    Args:
        request: What is asked for.
        machine: Decides.
        workshop: What the decisions are carried out with.
        done: What need not be done again.
    """

    def __init__(
        self, request: ScanRequest, machine: ScanMachine, workshop: Workshop, done: Done | None = None
    ) -> None:
        self.request = request
        self.machine = machine
        self.mailbox = Mailbox()
        self._shop = workshop
        self._timers = Timers()
        self._done = done
        self._reserved = Reservation()
        self._plan: ScanPlan | None = None
        self._source: SourceSpec | None = None
        self._result: ScanResult | None = None
        self._errands: set[asyncio.Task[None]] = set()
        self._retrying: dict[str, WorkUnit] = {}

    @property
    def scan_id(self) -> str:
        """Which scan it is."""
        return self.machine.identity.scan_id

    async def open(self, claim: Claim | None = None) -> None:
        """Make the scan exist: kept in the store, announced, its deadline set."""
        now = moment(self._shop.clock)
        for instruction in self.machine.submit(now):
            if isinstance(instruction, i.Announce) and isinstance(instruction.event, StateChanged):
                snapshot = instruction.event.snapshot
                self._reserved = await self._shop.recorder.create(self.request, snapshot, claim)
                self._shop.bus.publish(instruction.event)
        self._watch_deadline(0.0)

    async def reopen(self, told: Reservation, strikes: int, age_seconds: float) -> None:
        """Own a scan that an earlier process left so long ago, and may have told so much of."""
        self._reserved = await self._shop.recorder.readmit(self.scan_id, told, strikes)
        self._watch_deadline(age_seconds)

    def _watch_deadline(self, age_seconds: float) -> None:
        """It runs from the scan's creation, also while no process is there."""
        allowed = self.request.deadline_seconds
        if allowed is not None:
            self._timers.set("deadline", max(0.0, allowed - age_seconds), self._deadline_passed)

    async def run(self) -> None:
        """Live until the scan has ended, or is parked."""
        with structlog.contextvars.bound_contextvars(scan_id=self.scan_id):
            try:
                while not self.machine.phase.over:
                    message = await self.mailbox.take()
                    await self._shop.turnstile()
                    await self._handle(message)
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
            case i.Announce(event, matches):
                await self._announce(event, matches)
            case i.Keep(seq, checkpoint):
                await self._keep(Kept(seq, checkpoint))
            case i.Absorb(unit, result, failure):
                await self._handle(m.ResultAbsorbed(unit, await self._absorb(unit, result, failure)))
            case i.OpenPlan():
                self._send(self._open_plan)
            case i.Finalize():
                self._send(self._finalize)
            case _:
                self._arrange(instruction)

    def _arrange(self, instruction: i.Instruction) -> None:
        """What is set going and not waited for."""
        match instruction:
            case i.Dispatch(units):
                self._dispatch(units)
            case i.Retry(unit, delay_seconds):
                self._retrying[unit.key] = unit
                self._timers.set(unit.key, delay_seconds, lambda: self._retry(unit))
            case i.WithdrawUnits():
                self._withdraw()
            case i.WakeAfter(seconds):
                self._timers.set("wake", seconds, lambda: self.mailbox.post(m.Wake()))
            case i.KeepAfter(seconds):
                self._timers.set("keep", seconds, lambda: self.mailbox.post(m.KeepDue()))

    async def _keep(self, kept: Kept) -> None:
        assert self._source is not None, "what has ended was of a plan"  # noqa: S101
        await self._shop.recorder.keep(self.scan_id, kept, self._source)
        await self._shop.turnstile()

    async def _announce(self, event: ScanEvent, matches: MatchesFound | None) -> None:
        """A change of state is kept before anybody hears of it, with the result that it came to."""
        if isinstance(event, StateChanged):
            await self._shop.recorder.commit(event.snapshot, self._result)
            await self._shop.turnstile()  # one commit holds the changes of many
            _log.info("scan", status=str(event.snapshot.status), message=event.snapshot.message)
        elif isinstance(event, ProgressAdvanced):
            self._reserved = await self._shop.recorder.cover(event, self._reserved)
        if matches is not None:
            self._shop.bus.publish(matches)
        self._shop.bus.publish(event)

    # --- units

    @property
    def _asker(self) -> Asker:
        """As whom it asks for units. Not kept: the two would refer to each other for ever."""
        return Asker(
            self.scan_id,
            weight=2.0 ** ((self.request.priority - 5) / 2),  # two steps of priority double a scan's share
            deliver=self._deliver,
            fresh=self.request.fresh,
        )

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
            return self._noted(LOOP, plan.failed)(unit, failure)
        if isinstance(unit, RateUnit):
            return await self._rated(unit, result)  # type: ignore[arg-type]
        return self._noted(LOOP, plan.fetched)(unit, result)  # type: ignore[arg-type]

    async def _rated(self, unit: RateUnit, block: RatedBlock) -> PlanStep:
        """Rows that another scan has sifted, or sifts just now, are not sifted again."""
        plan = self._opened
        wanted = plan.wanted_in(unit, block)
        return await self._shop.sifting(
            wanted.key,
            lambda: plan.rated_before(unit, block, wanted),
            lambda: self._noted(ROWS, plan.rated)(unit, block),
        )

    # --- errands: what takes time beside the mailbox, and reports to it

    def _send(self, errand: Errand) -> None:
        task = asyncio.get_running_loop().create_task(self._report(errand))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _report(self, errand: Errand) -> None:
        self.mailbox.post(await errand())

    async def _open_plan(self) -> m.Message:
        try:
            plan, step, anew = await self._shop.opening(
                self._noted(OPENING, find_plan), self.request, self._shop, self._done
            )
        except Exception as error:  # noqa: BLE001 - whatever keeps a plan from opening is the scan's failure
            return m.OpeningFailed(self._told(error))
        if anew:
            await self._shop.recorder.discard(self.scan_id)
            self._shop.bus.begin_anew(self.scan_id)
        self._plan, self._source = plan, plan.source
        weights = self._shop.costs.weights(plan.total, plan.missing)
        return m.PlanOpened(plan.total, weights, step, plan.restored)

    async def _finalize(self) -> m.Message:
        try:
            figures = run_figures(self.machine, self._shop.workers, moment(self._shop.clock).seconds)
            self._result = await rank(self._opened, figures, self._shop, self.scan_id)
        except Exception as error:  # noqa: BLE001 - whatever keeps a result from being made is the scan's failure
            return m.FinalizingFailed(self._told(error))
        if self.machine.phase is Phase.FINALIZING:  # what was cut short teaches nothing
            teach(self._shop.costs, self.machine, self._opened, moment(self._shop.clock).seconds)
        return m.Finalized()

    def _noted(self, place: int, function: Callable[P, T]) -> Callable[P, T]:
        """A function that notes for whom it computes: it may be the end of this process."""
        return self._shop.suspects.noted(place, self.scan_id, function)

    @property
    def _opened(self) -> ScanPlan:
        assert self._plan is not None, "the machine absorbs and finalizes after PlanOpened only"  # noqa: S101
        return self._plan

    def _told(self, error: Exception) -> Failure:
        """An error as a failure; one that is not ours is logged with its story."""
        failure = failure_of(error)
        if failure.code == "internal_error":
            _log.error("scan met an unexpected error", exc_info=error)
        return failure

    def _deadline_passed(self) -> None:
        allowed = self.request.deadline_seconds
        self.mailbox.post(m.Fail(TimeoutExceeded(f"the scan was allowed {allowed:g} seconds").failure()))
