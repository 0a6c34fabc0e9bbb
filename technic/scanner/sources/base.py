"""The port of sources: whoever brings bars looks like this.

A source lives twice: once in the process of the engine, where it knows its universe and, for a slow or
remote one, waits for symbols to arrive (`arrive`, on the event loop); and once in each worker, where
`read` turns what has arrived into bars. Every symbol asked for comes back as bars or as a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from technic.errors import Failure
from technic.scanner.units import Floats, SourceSpec
from technic.scanner.universe import Universe

GROUPS_AT_ONCE = 2
"""Groups that arrive side by side: while the last symbols of one come, the next has the free connections."""


@dataclass(frozen=True, slots=True)
class SymbolBars:
    """The daily bars of one symbol as a source gives them, before validation.

    Attributes:
        symbol: Whose.
        dates: n days, datetime64[D], in any order.
        values: float64, 5 x n: open, high, low, close, volume; NaN where empty.
    """

    symbol: str
    dates: npt.NDArray[np.datetime64]
    values: Floats


class BarSource(Protocol):
    """Where bars come from."""

    @property
    def spec(self) -> SourceSpec:
        """What a worker needs to open it again. May look at the disk: not for the event loop."""

    @property
    def connections(self) -> int:
        """How many symbols may arrive at once, of all groups; 0 where `read` is all there is."""

    @property
    def arrival_seconds(self) -> float:
        """Seconds that one more symbol is expected to take to arrive, all connections busy; 0 if unknown."""

    def universe(self) -> Universe:
        """Every symbol there is. May take long: not for the event loop. Raises DataError, ConfigError."""

    def read(self, symbols: Sequence[str], cancelled: Callable[[], bool]) -> list[SymbolBars | Failure]:
        """Bars or a failure for each symbol, in the order asked. Blocking, for a worker; polls `cancelled`.

        Once cancelled it may end early with what it has, which its caller does not use.
        """

    async def arrive(self, symbols: Sequence[str], advanced: Callable[[int], None]) -> None:
        """Wait on the event loop until these can be read.

        Tells `advanced` how many can be, in total, counted from the first one on without a gap.
        """
