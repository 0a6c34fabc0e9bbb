"""A machine with hand-made units, and the little that its tests say again and again."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from technic.engine.scan import instructions as i
from technic.engine.scan import messages as m
from technic.engine.scan.events import ProgressAdvanced, StateChanged
from technic.engine.scan.machine import ScanMachine
from technic.engine.scan.portrait import Identity
from technic.engine.scan.resumption import Resumption
from technic.engine.scan.retry import RetryPolicy
from technic.errors import WorkerDied
from technic.scanner.fields import FIELDS
from technic.scanner.plan import PlanStep
from technic.scanner.rows import Rows
from technic.scanner.units import FetchUnit, RateUnit, SegmentRef, SourceSpec
from tests.support.clock import FakeClock

SPEC = SourceSpec("fake", {}, "1")
FETCH = FetchUnit(SPEC, ("A", "B"), "/panel")
RATE = RateUnit((SegmentRef("/panel/1", "v1", ("A", "B")),), None, 600)
ALONE = RateUnit((SegmentRef("/panel/2", "v2", ("A",)),), None, 600)
DIED = WorkerDied("its worker was killed").failure()
WEIGHTS = (0.05, 0.20, 0.70, 0.05)


def make_rows(count: int) -> Rows:
    columns = {
        f.name: np.zeros(count) if f.numeric else np.array(["x"] * count, dtype=object) for f in FIELDS
    }
    return Rows(columns)


class Driver:
    """Hands messages to a machine and keeps what it wants done."""

    def __init__(
        self,
        conflate_seconds: float = 0.1,
        keep_seconds: float = 0.0,
        resumption: Resumption | None = None,
    ) -> None:
        self.clock = FakeClock()
        identity = Identity("scan-1", 5, (), self.clock.advance(0))
        self.machine = ScanMachine(
            identity,
            retry=RetryPolicy(3, 0.2, 10.0),
            random=Random(7),
            conflate_seconds=conflate_seconds,
            keep_seconds=keep_seconds,
            resumption=resumption,
        )
        self.said: list[i.Instruction] = []
        if resumption is None:
            self.said += self.machine.submit(self.clock.advance(0))

    def tell(self, *messages: m.Message, seconds: float = 0.0) -> list[i.Instruction]:
        """The instructions that follow from these messages."""
        followed: list[i.Instruction] = []
        for message in messages:
            followed += self.machine.handle(message, self.clock.advance(seconds))
        self.said += followed
        return followed

    def begin(self) -> None:
        self.tell(m.Begin())

    def open(self, *units, total: int = 2, fetched: int = 0) -> None:
        self.tell(m.Begin(), m.PlanOpened(total, WEIGHTS, PlanStep(tuple(units), fetched=fetched)))

    def rate_everything(self) -> None:
        """Up to the moment when the result is being made."""
        self.open(RATE, fetched=2)
        self.tell(m.UnitDone(RATE, None, "computed"))  # type: ignore[arg-type]
        self.tell(m.ResultAbsorbed(RATE, PlanStep(scanned=2, rated=("A", "B"))))

    @property
    def snapshots(self):
        return [
            s.event.snapshot
            for s in self.said
            if isinstance(s, i.Announce) and isinstance(s.event, StateChanged | ProgressAdvanced)
        ]


def left_behind(**how) -> Driver:
    """A machine that goes on with a scan of which an earlier process told up to seq 41 and 30 %."""
    before = Driver(0.0)
    before.open(FETCH)
    before.tell(m.UnitAdvanced(FETCH, 1), seconds=2)
    snapshot = replace(before.snapshots[-1], seq=41, elapsed_seconds=2.0)
    clock = FakeClock()
    return Driver(**how, resumption=Resumption(snapshot, 1_000, 30.0, clock.advance(0)))


@pytest.fixture
def driver() -> Driver:
    return Driver()


def kinds(instructions: list[i.Instruction]) -> list[str]:
    return [type(instruction).__name__ for instruction in instructions]
