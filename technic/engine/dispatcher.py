"""Fair sharing of the workers between scans; identical units in flight are computed once.

A unit becomes a job. A job of a source that has to arrive first takes a slot of the arrival lane and
waits on the event loop; then, like every other, it takes a slot of the worker lane. A unit that another
scan has asked for already joins that job, and a finished block comes from the cache. Whoever asked is
answered exactly once for each unit: by UnitDone, by UnitFailed, or by being named in what `withdraw`
returns. A unit that has lately ended its worker is answered by that failure again and not run, see `scars`.
All of it belongs to the event loop's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from technic.clock import Clock
from technic.engine.blocks import BlockCache
from technic.engine.lanes import Lane
from technic.engine.pool.base import Outcome, UnitHandle, WorkerPool
from technic.engine.pool.endings import UNIT_OVERRAN
from technic.engine.scan.messages import Origin, UnitAdvanced, UnitDone, UnitFailed
from technic.engine.scars import Scars
from technic.engine.unit_times import UnitTimes
from technic.errors import Failure, WorkerDied, failure_of
from technic.scanner.sources.base import GROUPS_AT_ONCE, BarSource
from technic.scanner.units import FetchUnit, RatedBlock, WorkUnit

Report = UnitAdvanced | UnitDone | UnitFailed
Deliver = Callable[[Report], None]

_SCARRING = frozenset({WorkerDied.code, UNIT_OVERRAN})  # failures of a unit that cost its worker


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for units.

    Attributes:
        flow: Its name; one flow gets one share.
        weight: Its share, relative to the others'.
        deliver: Told of each unit's progress and end, on the event loop, never inside `submit`.
        fresh: Go round finished blocks and blocks in flight.
    """

    flow: str
    weight: float
    deliver: Deliver
    fresh: bool = False


class _State(Enum):
    WAITING = auto()
    RUNNING = auto()
    STOPPING = auto()


@dataclass(eq=False, slots=True)
class _Job:
    """One unit under way, and everybody who waits for it."""

    unit: WorkUnit
    cost: float
    flow: Hashable = None  # of those who wait for it the one whose turn it was: it pays
    insists: bool = False  # whether somebody wants it run though it has ended its worker before
    askers: dict[str, tuple[Asker, Origin]] = field(default_factory=dict)
    state: _State = _State.WAITING
    arrived: bool = True
    arrival: asyncio.Task[Failure | None] | None = None
    handle: UnitHandle | None = None

    @property
    def waits_to_arrive(self) -> bool:
        """Whether it waits for a slot of the arrival lane."""
        return self.state is _State.WAITING and not self.arrived and bool(self.askers)

    @property
    def waits_to_run(self) -> bool:
        """Whether it waits for a worker."""
        return self.state is _State.WAITING and self.arrived and bool(self.askers)


class Dispatcher:
    """Shares one pool and one source between all scans.

    Args:
        pool: Where units run.
        source: Whose symbols may have to arrive first.
        blocks: Where finished blocks are kept.
        unit_seconds: How long one unit may run; less where it was cut.
        grace_seconds: How long a unit that nobody wants any more may go on before it is killed.
        attempts: How often one scan tries a unit of a single symbol that ends its worker.
        clock: Tells how long ago that was.
    """

    def __init__(
        self,
        pool: WorkerPool,
        source: BarSource,
        blocks: BlockCache,
        *,
        unit_seconds: float,
        grace_seconds: float,
        attempts: int,
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._source = source
        self._blocks = blocks
        self._times = UnitTimes(unit_seconds)
        self._scars = Scars(attempts, clock)
        self._grace_seconds = grace_seconds
        self._jobs: dict[str, _Job] = {}  # those that others may join
        self._wanted: dict[str, set[_Job]] = {}  # by flow
        self._workers = Lane[_Job](pool.slots, lambda job: job.waits_to_run, self._run)
        self._arrivals = Lane[_Job](
            min(GROUPS_AT_ONCE, source.connections), lambda job: job.waits_to_arrive, self._await_arrival
        )

    def submit(self, asker: Asker, units: Iterable[WorkUnit]) -> None:
        """Ask for units; each is answered exactly once."""
        for unit in units:
            self._ask(asker, unit)
        self._arrivals.pump()
        self._workers.pump()

    def _ask(self, asker: Asker, unit: WorkUnit) -> None:
        fetching = isinstance(unit, FetchUnit)
        sharing = fetching or not asker.fresh
        block = self._blocks.get(unit.key) if sharing and not fetching else None
        if block is not None:
            asyncio.get_running_loop().call_soon(asker.deliver, UnitDone(unit, block, "cache"))
            return
        job = self._jobs.get(unit.key) if sharing else None
        insists = self._scars.insists(asker.flow, unit)
        failure = None if job is not None else self._scars.answer(unit, insisting=insists)
        if failure is not None:
            self._scars.tell(asker.flow, unit)
            asyncio.get_running_loop().call_soon(asker.deliver, UnitFailed(unit, failure))
            return
        origin: Origin = "computed" if job is None else "shared"
        job = job or self._new_job(unit, sharing=sharing)
        job.insists |= insists
        job.askers[asker.flow] = (asker, origin)
        self._wanted.setdefault(asker.flow, set()).add(job)
        if job.state is _State.WAITING:
            lane = self._workers if job.arrived else self._arrivals
            lane.push(asker.flow, job, weight=asker.weight, cost=job.cost)

    def _new_job(self, unit: WorkUnit, *, sharing: bool) -> _Job:
        arriving = isinstance(unit, FetchUnit) and self._source.connections > 0
        job = _Job(unit, self._times.expected(unit), arrived=not arriving)
        if sharing:
            self._jobs[unit.key] = job
        return job

    def withdraw(self, flow: str) -> tuple[WorkUnit, ...]:
        """Take back all that a flow asked for and has not got.

        Units that run for this flow alone are asked to stop, and killed after the grace; their end is
        still delivered. All others are returned, and nothing more comes of them.
        """
        taken_back: list[WorkUnit] = []
        for job in tuple(self._wanted.pop(flow, ())):
            if job.state is not _State.WAITING and len(job.askers) == 1 and job.handle is not None:
                self._stop(job)
                continue
            del job.askers[flow]
            taken_back.append(job.unit)
            if not job.askers:
                self._abandon(job)
        self._workers.leave(flow)
        self._arrivals.leave(flow)
        return tuple(taken_back)

    def _stop(self, job: _Job) -> None:
        if self._jobs.get(job.unit.key) is job:
            del self._jobs[job.unit.key]
        if job.state is _State.RUNNING and job.handle is not None:
            job.state = _State.STOPPING
            job.handle.cancel(self._grace_seconds)

    def _abandon(self, job: _Job) -> None:
        """Nobody waits for it any more, and no worker runs it."""
        if self._jobs.get(job.unit.key) is job:
            del self._jobs[job.unit.key]
        if job.arrival is not None:
            job.arrival.cancel()

    def leave(self, flow: str) -> None:
        """A flow has ended: forget what it was charged."""
        self._wanted.pop(flow, None)
        self._scars.forget(flow)
        self._workers.leave(flow)
        self._arrivals.leave(flow)

    # --- arrival

    def _await_arrival(self, job: _Job, flow: Hashable) -> None:
        job.flow, job.state = flow, _State.RUNNING
        job.arrival = asyncio.get_running_loop().create_task(self._arrive(job))
        job.arrival.add_done_callback(lambda task: self._arrival_over(job, task))

    async def _arrive(self, job: _Job) -> Failure | None:
        """Wait for a unit's symbols; why they will not come, if they will not."""

        def advanced(count: int) -> None:
            self._tell(job, lambda _: UnitAdvanced(job.unit, count))

        try:
            await self._source.arrive(job.unit.symbols, advanced)
        except Exception as error:  # noqa: BLE001 - whatever a source raises is that unit's failure
            return failure_of(error)
        return None

    def _arrival_over(self, job: _Job, task: asyncio.Task[Failure | None]) -> None:
        """The waiting has ended, also where it was cancelled before it began."""
        job.arrival, job.arrived, job.state = None, True, _State.WAITING
        self._arrivals.release(job.flow, excess=0.0)
        if task.cancelled():
            return
        failure = task.result()
        if failure is not None:
            self._end(job, Outcome(None, failure, 0.0, 0.0))
            return
        for asker, _ in job.askers.values():
            self._workers.push(asker.flow, job, weight=asker.weight, cost=job.cost)
        self._workers.pump()

    # --- work

    def _run(self, job: _Job, flow: Hashable) -> None:
        """Take the slot, also for a unit whose like has ended a worker while this one waited."""
        job.flow, job.state = flow, _State.RUNNING
        failure = self._scars.answer(job.unit, insisting=job.insists)
        if failure is not None:
            outcome = Outcome(None, failure, 0.0, 0.0)
            asyncio.get_running_loop().call_soon(self._ended, job, outcome)
            return
        job.handle = self._pool.start(
            job.unit,
            lambda outcome: self._ended(job, outcome, ran=True),
            limit_seconds=self._times.allowed(job.unit),
        )

    def _ended(self, job: _Job, outcome: Outcome, *, ran: bool = False) -> None:
        if ran:
            self._heed(job.unit, outcome)
        self._end(job, outcome)
        self._workers.release(job.flow, excess=outcome.seconds - job.cost)

    def _heed(self, unit: WorkUnit, outcome: Outcome) -> None:
        """Learn from how a unit ended in its worker."""
        if outcome.failure is None:
            self._scars.heal(unit)
            self._times.learn(unit, outcome.seconds)
            if isinstance(outcome.result, RatedBlock):
                self._blocks.put(unit.key, outcome.result)
        elif outcome.failure.code in _SCARRING:
            self._scars.add(unit, outcome.failure)

    def _end(self, job: _Job, outcome: Outcome) -> None:
        job.handle = None  # it refers to the job
        if self._jobs.get(job.unit.key) is job:
            del self._jobs[job.unit.key]
        for flow in job.askers:
            self._wanted.get(flow, set()).discard(job)
        if outcome.failure is None:
            self._tell(job, lambda origin: UnitDone(job.unit, outcome.result, origin))
            return
        failure = outcome.failure
        if failure.code in _SCARRING:
            for flow in job.askers:
                self._scars.tell(flow, job.unit)
        self._tell(job, lambda _: UnitFailed(job.unit, failure, outcome.seconds, outcome.worker))

    @staticmethod
    def _tell(job: _Job, report: Callable[[Origin], Report]) -> None:
        for asker, origin in tuple(job.askers.values()):
            asker.deliver(report(origin))

    def stats(self) -> dict[str, Any]:
        """Counts for /health."""
        return {
            "waiting": len(self._workers) + len(self._arrivals),
            "running": self._workers.under_way,
            "arriving": self._arrivals.under_way,
            "scars": len(self._scars),
            "blocks": self._blocks.stats(),
        }

    async def close(self) -> None:
        """Cancel what is arriving; idempotent. The pool is closed by whoever opened it."""
        arrivals = [job.arrival for job in self._jobs.values() if job.arrival is not None]
        for arrival in arrivals:
            arrival.cancel()
        await asyncio.gather(*arrivals, return_exceptions=True)
