"""What has ended for good in a scan: enough for another process to go on from there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from technic.errors import Failure
from technic.scanner.rows import Rows


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A part of a scan that need not be done again; the parts of one scan share no symbol.

    Attributes:
        rated: Symbols that were rated, whether or not their rows passed.
        rows: Rows that passed; None for none.
        rejected: By reason, how many of the rated symbols' rows did not pass.
        failures: One for each symbol that failed for good.
    """

    rated: tuple[str, ...] = ()
    rows: Rows | None = None
    rejected: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything has ended with it."""
        return bool(self.rated or self.failures)

    @property
    def symbols(self) -> frozenset[str]:
        """Whose end it holds."""
        failed = (symbol for failure in self.failures for symbol in failure.affected_symbols)
        return frozenset((*self.rated, *failed))

    @property
    def matches(self) -> int:
        """How many rows passed."""
        return 0 if self.rows is None else len(self.rows)


NOTHING = Checkpoint()
"""Of a scan that begins."""


def merged(parts: Sequence[Checkpoint]) -> Checkpoint:
    """Several parts of one scan as one."""
    if len(parts) <= 1:
        return parts[0] if parts else NOTHING
    rows = [part.rows for part in parts if part.rows is not None]
    rejected: Counter[str] = Counter()
    for part in parts:
        rejected.update(part.rejected)
    return Checkpoint(
        rated=tuple(symbol for part in parts for symbol in part.rated),
        rows=Rows.concat(rows) if rows else None,
        rejected=dict(rejected),
        failures=tuple(failure for part in parts for failure in part.failures),
    )
