"""The built-in market, whose symbols arrive when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from technic.clock import Clock
from technic.config.settings import SimulatedSettings
from technic.scanner.sources.simulated import SimulatedSource


class HandFedSource(SimulatedSource):
    """A source of which the test feeds each group of symbols.

    Attributes:
        arrivals: The groups that are waited for, by their size.
    """

    def __init__(self, settings: SimulatedSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self.arrivals: dict[int, tuple[Callable[[int], None], asyncio.Event]] = {}

    @property
    def connections(self) -> int:
        return 4

    async def arrive(self, symbols: Sequence[str], advanced: Callable[[int], None]) -> None:
        whole = asyncio.Event()
        self.arrivals[len(symbols)] = advanced, whole
        await whole.wait()

    def feed(self, group: int, arrived: int) -> None:
        """So many symbols of the group of that size have arrived by now."""
        advanced, whole = self.arrivals[group]
        advanced(arrived)
        if arrived == group:
            whole.set()
