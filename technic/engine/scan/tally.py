"""What a scan has counted and noted besides its stages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from technic.clock import Moment
from technic.engine.scan.events import Snapshot
from technic.engine.scan.messages import UnitFailed
from technic.errors import Failure, NothingToScan
from technic.scanner.plan import PlanStep
from technic.scanner.units import FetchUnit

ATTEMPTS = 200
"""Failed tries that are remembered one by one; of more only the number is."""

_DETAIL_CHARACTERS = 300


@dataclass(slots=True)
class Tally:
    """Counts and notes of one scan.

    Attributes:
        matches: Rows that passed the filters, and that readers were told of.
        failures: Symbols that failed.
        rated: Symbols that got a rating.
        retries: Units that were tried again, once for each time.
        attempts: The first tries that failed: what, why, and what was done about it.
        origins: Units that ended well, by where their result came from.
    """

    matches: int = 0
    failures: int = 0
    rated: int = 0
    retries: int = 0
    attempts: list[Mapping[str, Any]] = field(default_factory=list)
    origins: Counter[str] = field(default_factory=Counter)
    last_symbol: str | None = None
    queue_position: int | None = None
    started: Moment | None = None
    ended: Moment | None = None
    error: Failure | None = None
    cancel_reason: str | None = None
    _causes: Counter[str] = field(default_factory=Counter)  # failures by code
    _examples: dict[str, Failure] = field(default_factory=dict)  # the first failure of each code

    def take(self, step: PlanStep) -> None:
        """A step of the plan: what was found, what failed, what was rated."""
        self.last_symbol = step.last_symbol or self.last_symbol
        self.failures += len(step.failures)
        self.rated += len(step.rated)
        for failure in step.failures:
            self._causes[failure.code] += 1
            self._examples.setdefault(failure.code, failure)

    def restore(self, snapshot: Snapshot, began: Moment | None) -> None:
        """Stand as another process left the scan."""
        self.matches, self.failures = snapshot.matches, snapshot.failures
        self.last_symbol, self.started = snapshot.last_symbol, began

    def recount(self, restored: PlanStep) -> None:
        """Count what an earlier process has done, now that it is known exactly."""
        self.matches, self.failures = restored.checkpoint.matches, 0
        self.take(restored)

    def note_attempt(self, failed: UnitFailed, tries: int, wait: float | None, now: Moment) -> None:
        """A try of a unit has failed; it is tried again after `wait` seconds, or not as it is."""
        unit, failure = failed.unit, failed.failure
        self.retries += wait is not None
        if len(self.attempts) < ATTEMPTS:
            self.attempts.append({
                "at_seconds": 0.0 if self.started is None else round(now.seconds - self.started.seconds, 3),
                "unit": "fetch" if isinstance(unit, FetchUnit) else "rate",
                "symbols": len(unit.symbols),
                "first_symbol": unit.symbols[0],
                "attempt": tries,
                "seconds": round(failed.seconds, 3),
                "worker": failed.worker,
                "error_type": failure.error_type,
                "code": failure.code,
                "detail": failure.detail[:_DETAIL_CHARACTERS],
                "retry_after_seconds": None if wait is None else round(wait, 3),
            })  # fmt: skip

    def nothing_rated(self) -> Failure:
        """Why there is not one row: what most of the symbols failed of."""
        if not self._causes:
            return NothingToScan("the scan came to its end without one symbol").failure()
        ((code, count),) = self._causes.most_common(1)
        example = self._examples[code]
        of_them = f"{count} of {self.failures} symbols failed like {example.affected_symbols[0]}"
        return replace(
            example,
            detail=f"none of the symbols could be rated; {of_them}: {example.detail}",
            suggestion=f"{example.suggestion} Each symbol's reason stands in failures[].",
            affected_symbols=(),
        )
