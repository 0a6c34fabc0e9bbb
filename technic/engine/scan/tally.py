"""What a scan has counted and noted besides its stages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from technic.clock import Moment
from technic.errors import Failure, NothingToScan
from technic.scanner.plan import PlanStep


@dataclass(slots=True)
class Tally:
    """Counts and notes of one scan.

    Attributes:
        matches: Rows that passed the filters.
        failures: Symbols that failed.
        rated: Symbols that got a rating.
        retries: Units that were tried again, once for each time.
        origins: Units that ended well, by where their result came from.
    """

    matches: int = 0
    failures: int = 0
    rated: int = 0
    retries: int = 0
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
        self.matches += 0 if step.rows is None else len(step.rows)
        self.last_symbol = step.last_symbol or self.last_symbol
        self.failures += len(step.failures)
        if step.scanned:
            self.rated += step.scanned - len(step.failures)
        for failure in step.failures:
            self._causes[failure.code] += 1
            self._examples.setdefault(failure.code, failure)

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
