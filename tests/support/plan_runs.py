"""Plans driven by hand over a market in memory: in any order, with poisoned symbols and killed workers."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

from technic.errors import InsufficientHistory, UnreadableBars, WorkerDied
from technic.scanner.plan import PlanStep, ScanPlan
from technic.scanner.result import ScanResult
from technic.scanner.trials import ROUNDS
from technic.scanner.units import FetchUnit, RatedBlock, RateUnit, WorkUnit
from tests.support.blocks import FakeView, make_block


@dataclass
class Perils:
    """What happens to whom.

    Attributes:
        unreadable: Symbols without good bars.
        short: Symbols with too few of them for a rating.
        deadly_to_read: Symbols that kill whoever fetches them.
        deadly_to_rate: Symbols that kill whoever rates them.
        kills: How often in a hundred a unit's worker is killed from outside; never one symbol's, since that
            is tried again by others, and a unit as often as it can be borne.
    """

    unreadable: frozenset[str] = frozenset()
    short: frozenset[str] = frozenset()
    deadly_to_read: frozenset[str] = frozenset()
    deadly_to_rate: frozenset[str] = frozenset()
    kills: int = 0
    killed: Counter[str] = field(default_factory=Counter)

    def strike(self, unit: WorkUnit, random: Random) -> bool:
        """Whether a unit ends its worker."""
        deadly = self.deadly_to_read if isinstance(unit, FetchUnit) else self.deadly_to_rate
        if deadly.intersection(unit.symbols):
            return True
        struck = (
            len(unit.symbols) > 1 and self.killed[unit.key] < ROUNDS and random.randrange(100) < self.kills
        )
        self.killed[unit.key] += struck
        return struck


def drive(plan: ScanPlan, view: FakeView, random: Random, perils: Perils) -> list[PlanStep]:
    """Do all there is to do, in an order that the random source chooses; the steps."""
    steps = [plan.start()]
    out = list(steps[0].units)
    keys = {unit.key for unit in out}
    while out:
        unit = out.pop(random.randrange(len(out)))
        steps.append(_step(plan, view, unit, random, perils))
        keys.discard(unit.key)
        assert keys.isdisjoint(following.key for following in steps[-1].units), "a unit is out twice"
        keys.update(following.key for following in steps[-1].units)
        out += steps[-1].units
    return steps


def _step(plan: ScanPlan, view: FakeView, unit: WorkUnit, random: Random, perils: Perils) -> PlanStep:
    if perils.strike(unit, random):
        return plan.failed(
            unit, WorkerDied(f"worker {random.randrange(9999)} ended under its unit").failure()
        )
    if isinstance(unit, FetchUnit):
        lost = [symbol for symbol in unit.symbols if symbol in perils.unreadable]
        failures = tuple(UnreadableBars(f"{s} is broken", affected_symbols=(s,)).failure() for s in lost)
        return plan.fetched(unit, view.fetched(unit, failures))
    return plan.rated(unit, rated(unit, perils.short))


def rated(unit: RateUnit, short: Iterable[str] = ()) -> RatedBlock:
    """A block with figures that depend on the symbol alone."""
    lost = [symbol for symbol in unit.symbols if symbol in short]
    failures = tuple(InsufficientHistory(f"{s} is young", affected_symbols=(s,)).failure() for s in lost)
    symbols = [symbol for symbol in unit.symbols if symbol not in lost]
    numbers = [zlib.crc32(symbol.encode()) for symbol in symbols]
    columns = {
        "tech_rating": [number % 7 - 3.0 for number in numbers],
        "rsi": [number % 101 + 0.1 for number in numbers],
        "close": [number % 1009 / 7 for number in numbers],
    }
    return make_block(symbols, columns, failures=failures)


def canonical(result: ScanResult) -> str:
    """The rows as they are compared byte for byte."""
    return json.dumps(result.page(), sort_keys=True, separators=(",", ":"))


def failed(result: ScanResult) -> dict[str, str]:
    """Each failed symbol's code; nobody fails twice."""
    codes = [(symbol, failure.code) for failure in result.failures for symbol in failure.affected_symbols]
    assert len(codes) == len(dict(codes))
    return dict(codes)


def counted(steps: Iterable[PlanStep]) -> tuple[int, int]:
    """Fetched symbols, and scanned ones with those that never will be, as an engine counts them."""
    fetched = sum(step.fetched for step in steps)
    unscanned = sum(len(step.failures) - (step.scanned - len(step.rated)) for step in steps)
    return fetched, sum(step.scanned for step in steps) + unscanned
