"""What goes through a worker's door and what comes back: small, picklable, each with a content key.

Two kinds of unit: a `FetchUnit` brings the bars of a group of symbols into the panel, a `RateUnit`
rates one block of the panel. Both are independent of any request, so that scans can share them: two
units with the same key have the same result, to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import blake2b
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from technic.errors import Failure
from technic.scanner.columns import Columns

RULES_VERSION = "2024-11.1"
"""Version of the rating's rules and of the columns that come with it; part of every rating key."""

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

LARGEST_WHOLE = 2**53
"""Up to here a float64, and so a number in JSON, holds every whole number."""


def content_key(*parts: object) -> str:
    """A short key that differs whenever any part does."""
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(repr(part).encode())
        digest.update(b"\x00")
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """All that a worker needs to open a source again.

    Attributes:
        name: Which source: `simulated`, `files`.
        options: Its settings, JSON values only (paths as strings).
        version: Differs whenever the source's bars may differ: its settings, its last day, its files' stamps.
    """

    name: str
    options: Mapping[str, Any]
    version: str


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """Where the bars of a few symbols lie: one immutable file of the panel, named by its content.

    Attributes:
        path: The file.
        version: Hash of its content.
        symbols: Its columns, in order.
    """

    path: str
    version: str
    symbols: tuple[str, ...]


@dataclass(frozen=True)
class FetchUnit:
    """Bring the bars of one group of symbols from a source into the panel.

    A group is a fixed run of the universe's order, whatever a request selected, so that every scan
    that needs one of its symbols asks for the same unit. Where a group came to harm its symbols are tried
    apart, by probes; then it is fetched without those that are given up.

    Attributes:
        source: Where the bars come from.
        symbols: Which to read, in the universe's order; at least one.
        folder: Where their segment goes; empty for a probe, which only shows that they can be read.
        group: All symbols of the group, in order, where `symbols` are a part of them.
        given_up: Why others of the group are not read: one failure each, the symbol's own.
        cuts: How often a unit was cut in two until this one came of it.
    """

    source: SourceSpec
    symbols: tuple[str, ...]
    folder: str
    group: tuple[str, ...] = ()
    given_up: tuple[Failure, ...] = ()
    cuts: int = field(default=0, compare=False)

    @cached_property
    def key(self) -> str:
        """Equal for units with equal results."""
        parts = self.source.name, self.source.version, self.symbols, self.asked, self.given_up
        return content_key("probe" if self.is_probe else "fetch", *parts)

    @property
    def asked(self) -> tuple[str, ...]:
        """The symbols of its group."""
        return self.group or self.symbols

    @property
    def is_probe(self) -> bool:
        """Whether nothing is kept of what it reads."""
        return not self.folder


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What a FetchUnit brought.

    Attributes:
        segment: Where the bars of the symbols that could be read lie; None where there were none.
        failures: One for each symbol of the unit's group that is not in the segment; of a probe, one for each
            of its own symbols that has no good bars.
    """

    segment: SegmentRef | None
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class RateUnit:
    """Rate one block of the panel: columns of some segments, right-aligned by their own bars.

    Attributes:
        segments: Whose columns to rate, in the universe's order.
        end: Last day to look at (inclusive); None for all there are.
        lookback: How many of each symbol's last bars to use; 0 for all.
        history: Whether the last 21 values of the crossing fields come with the result.
        part: Which of all the segments' columns, half-open; None for every one. No other bars are looked at.
        cuts: How often a unit was cut in two until this one came of it.
    """

    segments: tuple[SegmentRef, ...]
    end: date | None
    lookback: int
    history: bool = False
    part: tuple[int, int] | None = None
    cuts: int = field(default=0, compare=False)

    @cached_property
    def key(self) -> str:
        """Equal for units with equal results."""
        versions = tuple(segment.version for segment in self.segments)
        return content_key("rate", RULES_VERSION, versions, self.end, self.lookback, self.history, self.part)

    @property
    def width(self) -> int:
        """How many columns the result has."""
        if self.part is not None:
            return self.part[1] - self.part[0]
        return sum(len(segment.symbols) for segment in self.segments)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The columns of the result, in order."""
        every = tuple(chain.from_iterable(segment.symbols for segment in self.segments))
        return every if self.part is None else every[slice(*self.part)]


@dataclass(frozen=True, slots=True)
class RatedBlock:
    """What a RateUnit found: n rated symbols, column by column.

    Attributes:
        symbols: n symbols, in the unit's order, without those that failed.
        columns: The features, by column name, each of n float64; NaN is a missing value. Whole numbers,
            flags and the day `as_of` (days since 1970-01-01) are floats too: they are exact up to 2**53.
        votes: int8, 26 x n, in the order of the specification: +1, -1, 0, and ABSENT.
        warnings: What was dropped or mended in the bars of a symbol, one sentence each.
        failures: One for each symbol that could not be rated (`insufficient_history`).
        history: float64, crossing fields x 21 x n, newest first; None unless it was asked for.
    """

    symbols: tuple[str, ...]
    columns: Columns
    votes: npt.NDArray[np.int8]
    warnings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    history: Floats | None = None

    @property
    def nbytes(self) -> int:
        """About how much memory it takes; in a block of few symbols arrays weigh more than their values."""
        arrays: list[npt.NDArray[Any]] = [self.columns.matrix, self.votes]
        arrays += [] if self.history is None else [self.history]
        told = sum(len(sentence) for said in self.warnings.values() for sentence in said)
        named = _SYMBOL_BYTES * (len(self.symbols) + len(self.warnings)) + _FAILURE_BYTES * len(self.failures)
        return _BLOCK_BYTES + sum(array.nbytes + _ARRAY_BYTES for array in arrays) + named + told


_BLOCK_BYTES, _ARRAY_BYTES, _SYMBOL_BYTES, _FAILURE_BYTES = 1_500, 560, 100, 1_000
"""About what a block takes by itself, an array besides its values, a symbol with its warnings, and a failure
(measured)."""

ABSENT = np.int8(-128)
"""In `RatedBlock.votes`: the bars do not reach far enough for this vote."""

CROSSING_FIELDS = (
    "close", "sma20", "sma50", "sma150", "sma200", "ema20", "ema50", "ema200", "rsi", "macd", "macd_signal",
)  # fmt: skip
"""The rows of `RatedBlock.history`, in order."""

CROSSING_DEPTH = 21
"""How many values of each: the newest and 20 before it."""

WorkUnit = FetchUnit | RateUnit
UnitResult = FetchResult | RatedBlock
