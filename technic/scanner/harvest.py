"""What has ended in a scan, part by part, and the result that is made of it.

It does not matter who computed a part, in which order parts came in, or how the work was cut: rows come in
the order of the universe, and only then in the one that was asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from technic.errors import Failure
from technic.scanner.checkpoint import Checkpoint
from technic.scanner.ranking import ranked
from technic.scanner.request import ScanRequest
from technic.scanner.result import Counts, RunFigures, ScanResult, performance_metrics, sentences
from technic.scanner.rows import Rows
from technic.scanner.sifting import Sifting
from technic.scanner.universe import Universe


class Harvest:
    """All that has ended in a scan so far.

    Args:
        request: What is asked for.
        universe: Whose order decides ties.
        sifting: Where the rows come from; it knows whether others have ranked the very same ones.
    """

    def __init__(self, request: ScanRequest, universe: Universe, sifting: Sifting) -> None:
        self._request = request
        self._universe = universe
        self._sifting = sifting
        self._rated = 0
        self._rows: list[Rows] = []
        self._rejected: Counter[str] = Counter()
        self._failures: list[Failure] = []

    def take(self, part: Checkpoint) -> None:
        """A part has ended; its rows are kept as they are."""
        self._rated += len(part.rated)
        if part.rows is not None:
            self._rows += part.rows.parts
        self._rejected.update(part.rejected)
        self._failures += part.failures

    @property
    def found(self) -> int:
        """How many rows passed so far."""
        return sum(map(len, self._rows))

    def result(
        self, requested: int, figures: RunFigures, *, warnings: Sequence[str], failed_share: float
    ) -> ScanResult:
        """What there is by now, ranked and limited.

        Args:
            requested: How many symbols the scan wants.
            figures: What the one who ran it can tell.
            warnings: What is to be said first.
            failed_share: The share of failed symbols above which the result says that it is short.
        """
        parts = self._parts()
        rows = self._sifting.ranked(parts, lambda: self._ranked(parts))
        counts = Counts(
            requested=requested,
            scanned=self._rated,
            kept=sum(map(len, parts)),
            returned=len(rows),
            failed=len(self._failures),
            rejected=self._in_the_order_of_the_request(),
        )
        failures = tuple(sorted(self._failures, key=self._place_of))
        said = (*warnings, *sentences(counts, failures, failed_share=failed_share))
        return ScanResult(rows, failures, said, performance_metrics(counts, figures))

    def _place_of(self, failure: Failure) -> tuple[int, str]:
        """Failures come in the universe's order too; of symbols that it does not know, first."""
        symbol = failure.affected_symbols[0]
        position = self._universe.position(symbol)
        return (-1, symbol) if position is None else (position, symbol)

    def _parts(self) -> tuple[Rows, ...]:
        """The tables that hold rows, by the place of their first in the universe."""
        filled = [part for part in self._rows if len(part)]
        position = self._universe.position
        return tuple(sorted(filled, key=lambda part: position(part.columns["symbol"][0]) or 0))

    def _ranked(self, parts: Sequence[Rows]) -> Rows:
        """All rows that passed; they are mostly in runs of the universe's order, which decides ties."""
        rows = Rows.concat(parts)
        places = np.fromiter(map(self._universe.position, rows.symbols), np.intp, len(rows))
        if (places[1:] < places[:-1]).any():
            rows = rows.take(np.argsort(places))
        sort_by, descending = self._request.order
        return ranked(rows, sort_by, descending=descending, limit=self._request.row_limit)

    def _in_the_order_of_the_request(self) -> Mapping[str, int]:
        return {
            why: self._rejected[why]
            for why in (*self._sifting.reasons, *self._rejected)
            if self._rejected[why]
        }
