"""From a rated block to the rows that pass: the request's part of the work, on whole columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from technic.scanner.fields import FIELDS
from technic.scanner.filter_masks import Mask, Table, mask
from technic.scanner.filters import Condition
from technic.scanner.request import ScanRequest
from technic.scanner.rows import Column, Rows
from technic.scanner.tally import SIGNALS
from technic.scanner.trade_plan import Stakes, trade_plan
from technic.scanner.units import Places, RatedBlock
from technic.scanner.universe import Listing

_SIGNAL_TEXTS = np.array(SIGNALS, dtype=np.object_)
_REASON_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Sifted:
    """What has become of some rows.

    Attributes:
        rows: Those that passed, in the block's order.
        rejected: By reason, how many did not pass; a row counts once, under its first reason.
    """

    rows: Rows
    rejected: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Sieve:
    """Lets through what a request asks for, and counts by reason what it holds back; keeps nothing.

    Attributes:
        request: What is asked for.
    """

    request: ScanRequest

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why a row may be held back, in the order in which it is looked at."""
        return "min_tech_rating", *(reason(condition) for condition in self.request.conditions)

    @property
    def key(self) -> str:
        """Equal for sieves that let the same rows through, tell of them alike, and count alike."""
        return repr((self.request.min_tech_rating, self.request.conditions, self.stakes))

    def sift(self, block: RatedBlock, places: Places, listings: Sequence[Listing]) -> Sifted:
        """The rows of some symbols of a block that pass.

        Args:
            block: What was rated.
            places: Which of its symbols the request wants.
            listings: What is known of these besides their bars, in the same order.
        """
        return self.pick(self.table(block, places, listings))

    def pick(self, table: Table) -> Sifted:
        """The rows of a table, see `table`, that pass."""
        keep, rejected = self._keep(table)
        if keep.all():
            return Sifted(Rows(table.columns), rejected)
        return Sifted(Rows({name: column[keep] for name, column in table.columns.items()}), rejected)

    def table(self, block: RatedBlock, places: Places, listings: Sequence[Listing]) -> Table:
        """Every column of a row for the symbols that `sift` is given too; the same for equal stakes."""
        taken = block.columns.finite(places)
        columns: dict[str, Column] = {**taken, **trade_plan(taken, self.stakes), **_texts(listings)}
        columns["signal"] = _labels(taken["signal"])
        columns["warnings"] = _warnings(block.warnings, listings)
        history = None if block.history is None else block.history[:, :, places]
        return Table(len(places), {field.name: columns[field.name] for field in FIELDS}, history)

    @property
    def stakes(self) -> Stakes:
        """What the trade plan of each row goes by."""
        asked = self.request
        return Stakes(asked.account_size, asked.risk_pct, asked.target_rr, asked.allow_shorts)

    def _keep(self, table: Table) -> tuple[Mask, dict[str, int]]:
        """Which rows meet everything, and the others by the first thing that they do not meet."""
        keep = np.ones(table.size, dtype=np.bool_)
        rejected: dict[str, int] = {}
        for why, met in self._looked_at(table):
            lost = int(np.count_nonzero(keep & ~met))
            if lost:
                rejected[why] = rejected.get(why, 0) + lost
            keep &= met
            if not keep.any():
                break
        return keep, rejected

    def _looked_at(self, table: Table) -> Iterator[tuple[str, Mask]]:
        """What a row has to meet, in the order of the request: the rating, then its conditions."""
        least = self.request.min_tech_rating
        if least is not None:
            yield "min_tech_rating", table.columns["tech_rating"] >= least
        for condition in self.request.conditions:
            yield reason(condition), mask(condition, table)


def reason(condition: Condition) -> str:
    """A condition as the reason why a row was held back."""
    text = str(condition)
    return text if len(text) <= _REASON_LENGTH else text[: _REASON_LENGTH - 1] + "…"


def _texts(listings: Sequence[Listing]) -> dict[str, Column]:
    return {
        "symbol": _objects([listing.symbol for listing in listings]),
        "name": _objects([listing.name for listing in listings]),
        "sector": _objects([listing.sector for listing in listings]),
        "industry": _objects([listing.industry for listing in listings]),
    }


def _warnings(warnings: Mapping[str, tuple[str, ...]], listings: Sequence[Listing]) -> Column:
    said = [warnings.get(listing.symbol, ()) for listing in listings] if warnings else [()] * len(listings)
    return _objects(said)


def _labels(codes: npt.NDArray[np.float64]) -> Column:
    labels = _SIGNAL_TEXTS[np.nan_to_num(codes, nan=0.0).astype(np.intp)]
    labels[np.isnan(codes)] = None
    return labels


def _objects(values: Sequence[Any]) -> Column:
    """One object a value; numpy would make a table of tuples."""
    return np.fromiter(values, np.object_, len(values))
