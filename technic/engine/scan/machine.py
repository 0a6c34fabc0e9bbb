"""One scan's decisions: `handle(message, now)` -> instructions. No loop, no clock, no I/O.

It knows the phase (its table stands in `lifecycle`), the counts, and which units are out.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import ClassVar

from technic.clock import Moment
from technic.engine.scan import messages as m
from technic.engine.scan.events import Snapshot
from technic.engine.scan.harvest import Harvest
from technic.engine.scan.herald import Herald
from technic.engine.scan.instructions import (
    Absorb,
    Dispatch,
    Finalize,
    Instruction,
    OpenPlan,
    Retry,
    WithdrawUnits,
)
from technic.engine.scan.lifecycle import LIFECYCLE, Phase
from technic.engine.scan.pace import Pace
from technic.engine.scan.portrait import Identity
from technic.engine.scan.progress import Progress
from technic.engine.scan.resumption import Resumption
from technic.engine.scan.retry import RetryPolicy, tried
from technic.engine.scan.tally import Tally
from technic.errors import Failure, InvalidTransition
from technic.scanner.plan import PlanStep
from technic.scanner.stages import FETCHING, FINALIZATION, SCANNING, UNIVERSE

FINALIZATION_STEPS = 2
"""The rows are ranked; the result is kept."""


class ScanMachine:
    """The state machine of one scan.

    Args:
        identity: What never changes of the scan: its id, priority, tags, and when it was created.
        retry: When a unit that failed is tried again.
        random: The source of the retries' jitter.
        conflate_seconds: Time between two events that announce nothing but counts.
        keep_seconds: How long what has ended may wait to be kept.
        resumption: Where an earlier process left it; None for a new scan.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        retry: RetryPolicy,
        random: Random,
        conflate_seconds: float,
        keep_seconds: float = 0.0,
        resumption: Resumption | None = None,
    ) -> None:
        self.identity = identity
        self.phase = Phase.QUEUED
        self.progress = Progress()
        self.tally = Tally()
        self.late = 0
        self._retry = retry
        self._random = random
        self._herald = Herald(
            identity,
            self.progress,
            self.tally,
            pace=Pace(conflate_seconds, phase_seconds=random.uniform(0.0, conflate_seconds)),
            harvest=Harvest(keep_seconds),
            seq=-1 if resumption is None else resumption.seq - 1,
        )
        self._fate = Phase.COMPLETED
        self._tries: dict[str, int] = {}  # units out, by key: tries that failed so far
        self._arrived: dict[str, int] = {}  # of fetch units out: symbols already counted
        self._absorbing = 0
        self._finalizing = False
        self._story: list[str] = []
        if resumption is not None:
            self.tally.restore(resumption.snapshot, resumption.began)
            self.progress.restore(resumption.snapshot, resumption.percentage)

    def submit(self, now: Moment) -> list[Instruction]:
        """The scan exists: its first event."""
        return [self._herald.state(self.phase, now)]

    def handle(self, message: m.Message, now: Moment) -> list[Instruction]:
        """What follows from a message.

        Raises:
            InvalidTransition: The phase does not allow it; the error tells the story so far.
        """
        if self.phase.over:
            self.late += 1
            return []
        before = self.phase
        allowed = LIFECYCLE[before].get(type(message), ())
        instructions = self._HANDLERS[type(message)](self, message, now) if allowed else []
        if self.phase not in allowed:
            step = f"{type(message).__name__} led from {before} to {self.phase}"
            raise InvalidTransition(f"{step}, after: {'; '.join(self._story) or 'nothing'}")
        if self.phase is not before:
            self._story.append(f"{before} -{type(message).__name__}-> {self.phase}")
        return instructions

    def abort(self, failure: Failure, now: Moment) -> list[Instruction]:
        """End as failed from whatever phase, for a fault of the engine itself; nothing once over."""
        if self.phase.over:
            return []
        self._fate, self.tally.error = Phase.FAILED, failure
        return [*self._herald.keep(), *self._end(now)]

    def snapshot(self, now: Moment) -> Snapshot:
        """The scan as it is now, under the seq of its last event."""
        return self._herald.snapshot(self.phase, now)

    # --- handlers, named in _HANDLERS; that the phase allows the message was checked above

    def _begin(self, _: m.Begin, now: Moment) -> list[Instruction]:
        self.phase = Phase.OPENING
        self.tally.started, self.tally.queue_position = now, None
        self.progress.begin(now.seconds)
        return [self._herald.state(self.phase, now), OpenPlan()]

    def _resume(self, _: m.Resume, now: Moment) -> list[Instruction]:
        self.phase = Phase.OPENING
        self.progress.resume(now.seconds)
        return [self._herald.state(self.phase, now), OpenPlan()]

    def _park(self, _: m.Park, __: Moment) -> list[Instruction]:
        self.phase = Phase.PARKED
        return self._herald.keep()

    def _move(self, message: m.MoveInQueue, now: Moment) -> list[Instruction]:
        if message.position == self.tally.queue_position:
            return []
        self.tally.queue_position = message.position
        return [self._herald.progress(self.phase, now)]

    def _plan_opened(self, message: m.PlanOpened, now: Moment) -> list[Instruction]:
        self.progress.weigh(message.weights)
        for stage, total in ((FETCHING, message.total), (SCANNING, message.total)):
            self.progress.expect(stage, total, now.seconds)
        self.progress.expect(FINALIZATION, FINALIZATION_STEPS, now.seconds)
        self.progress.advance(UNIVERSE, 1, now.seconds)
        self.phase = Phase.WORKING
        self.tally.recount(message.restored)
        self._count(message.restored, now)
        self.progress.resumed(now.seconds)
        return self._take_in(message.step, now)

    def _opening_failed(self, message: m.OpeningFailed, now: Moment) -> list[Instruction]:
        self._fate, self.tally.error = Phase.FAILED, message.failure
        return self._end(now)

    def _unit_advanced(self, message: m.UnitAdvanced, now: Moment) -> list[Instruction]:
        counted = self._arrived.get(message.unit.key, 0)
        if message.unit.key not in self._tries or message.count <= counted:
            return []
        self._arrived[message.unit.key] = message.count
        self.progress.advance(FETCHING, message.count - counted, now.seconds)
        return self._herald.news(self.phase, now)

    def _unit_done(self, message: m.UnitDone, _: Moment) -> list[Instruction]:
        self._tries.pop(message.unit.key, None)
        self.tally.origins[message.origin] += 1
        self._absorbing += 1
        return [Absorb(message.unit, message.result, None)]

    def _unit_failed(self, message: m.UnitFailed, now: Moment) -> list[Instruction]:
        if self.phase is Phase.STOPPING:
            self._tries.pop(message.unit.key, None)
            return self._finalize_when_idle()
        tries = self._tries.get(message.unit.key, 0) + 1
        wait = self._retry.delay(message.unit, message.failure, tries, self._random)
        self.tally.note_attempt(message, tries, wait, now)
        if wait is not None:
            self._tries[message.unit.key] = tries
            return [Retry(message.unit, wait)]
        self._tries.pop(message.unit.key, None)
        self._absorbing += 1
        return [Absorb(message.unit, None, tried(message.failure, tries))]

    def _withdrawn(self, message: m.UnitsWithdrawn, _: Moment) -> list[Instruction]:
        for unit in message.units:
            self._tries.pop(unit.key, None)
        return self._finalize_when_idle()

    def _absorbed(self, message: m.ResultAbsorbed, now: Moment) -> list[Instruction]:
        self._absorbing -= 1
        return self._take_in(message.step, now, arrived=self._arrived.pop(message.unit.key, 0))

    def _wake(self, _: m.Wake, now: Moment) -> list[Instruction]:
        return self._herald.woken(self.phase, now)

    def _keep_due(self, _: m.KeepDue, now: Moment) -> list[Instruction]:
        return self._herald.keep_due(now)

    def _cancel(self, message: m.Cancel, now: Moment) -> list[Instruction]:
        if self.phase is Phase.STOPPING:
            return []
        self.tally.cancel_reason = message.reason
        return self._stop(Phase.CANCELLED, now)

    def _fail(self, message: m.Fail, now: Moment) -> list[Instruction]:
        if self.phase is Phase.STOPPING:
            return []
        self.tally.error = message.failure
        return self._stop(Phase.FAILED, now)

    def _finalized(self, _: m.Finalized, now: Moment) -> list[Instruction]:
        if self._fate is Phase.COMPLETED:
            self.progress.advance(FINALIZATION, FINALIZATION_STEPS, now.seconds)
        return self._end(now)

    def _finalizing_failed(self, message: m.FinalizingFailed, now: Moment) -> list[Instruction]:
        if self._fate is Phase.COMPLETED:
            self._fate, self.tally.error = Phase.FAILED, message.failure
        return [*self._herald.keep(), *self._end(now)]

    # --- what several handlers need

    def _take_in(self, step: PlanStep, now: Moment, *, arrived: int = 0) -> list[Instruction]:
        """Count a step of the plan, announce what it found, and hand on what can be done now."""
        self.tally.take(step)
        self._count(step, now, arrived)
        instructions = self._herald.gather(step.checkpoint, now)
        if self.phase is Phase.STOPPING:
            return instructions + self._finalize_when_idle()
        if step.units:
            self._tries.update((unit.key, 0) for unit in step.units)
            instructions.append(Dispatch(step.units))
        instructions += self._herald.news(self.phase, now)
        return instructions if self._busy else instructions + self._conclude(now)

    def _count(self, step: PlanStep, now: Moment, arrived: int = 0) -> None:
        """What failed without having been scanned never will be."""
        self.progress.advance(FETCHING, step.fetched - arrived, now.seconds)
        unscanned = len(step.failures) - (step.scanned - len(step.rated))
        if unscanned:
            self.progress.expect(SCANNING, -unscanned, now.seconds, relative=True)
        self.progress.advance(SCANNING, step.scanned, now.seconds)

    @property
    def _busy(self) -> bool:
        return bool(self._tries) or self._absorbing > 0

    def _conclude(self, now: Moment) -> list[Instruction]:
        """All work has ended: finalize; where not one symbol could be rated, as failed."""
        self._finalizing = True
        if self.tally.rated:
            self.phase = Phase.FINALIZING
            return [Finalize()]
        self.phase, self._fate = Phase.STOPPING, Phase.FAILED
        self.tally.error = self.tally.nothing_rated()
        return [self._herald.state(self.phase, now), Finalize()]

    def _stop(self, fate: Phase, now: Moment) -> list[Instruction]:
        """Begin to end as `fate`; a scan that has no plan yet has nothing to stop or to keep."""
        self._fate = fate
        if self.phase in {Phase.QUEUED, Phase.OPENING}:
            return self._end(now)
        self.phase = Phase.STOPPING
        stopping: list[Instruction] = [self._herald.state(self.phase, now)]
        return [*stopping, WithdrawUnits()] if self._tries else stopping + self._finalize_when_idle()

    def _finalize_when_idle(self) -> list[Instruction]:
        if self._busy or self._finalizing:
            return []
        self._finalizing = True
        return [Finalize()]

    def _end(self, now: Moment) -> list[Instruction]:
        self.phase, self.tally.ended = self._fate, now
        return [self._herald.end(self.phase, now)]

    _HANDLERS: ClassVar[dict[type[m.Message], Callable[..., list[Instruction]]]] = {
        m.Begin: _begin,
        m.Resume: _resume,
        m.Park: _park,
        m.MoveInQueue: _move,
        m.Cancel: _cancel,
        m.Fail: _fail,
        m.Wake: _wake,
        m.KeepDue: _keep_due,
        m.PlanOpened: _plan_opened,
        m.OpeningFailed: _opening_failed,
        m.UnitAdvanced: _unit_advanced,
        m.UnitDone: _unit_done,
        m.UnitFailed: _unit_failed,
        m.UnitsWithdrawn: _withdrawn,
        m.ResultAbsorbed: _absorbed,
        m.Finalized: _finalized,
        m.FinalizingFailed: _finalizing_failed,
    }
