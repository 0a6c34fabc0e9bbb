"""Which units have lately ended their worker, so that the next scan that wants one need not lose another.

A unit that killed its worker or overran its time leaves a scar. One of many symbols is answered by the same
failure from then on, without being run: whoever asked cuts it, and its parts have scars of their own where
they did the same. One of a single symbol is run until it has ended as many workers as three scans would try:
an innocent one whose workers were killed from outside has ended well before that. A scar
heals when its unit ends well, and fades after a while: bars change, and a worker may have been killed from
outside.

Whoever has been told of a scar and asks for the same unit again insists: it has looked at the parts and
found them sound. Its unit is run.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace

from technic.clock import Clock
from technic.errors import Failure
from technic.scanner.units import WorkUnit

FADES_SECONDS = 600.0
MOST = 4096
"""Scars that are remembered; the one that was asked for longest ago goes first."""


SCANS = 3
"""A single symbol is not run any more after the tries of so many scans, with no good end between."""


@dataclass(slots=True)
class _Scar:
    failure: Failure
    deaths: int
    at: float


class Scars:
    """Units that ended their worker, by their content key.

    Args:
        attempts: How often one scan tries a unit of a single symbol.
        clock: Tells when a scar has faded.
        most: How many are remembered.
    """

    def __init__(self, attempts: int, clock: Clock, *, most: int = MOST) -> None:
        self._attempts = attempts
        self._clock = clock
        self._most = most
        self._scars: OrderedDict[str, _Scar] = OrderedDict()
        self._told: dict[str, set[str]] = {}  # by flow: keys of the units whose failure it has seen

    def add(self, unit: WorkUnit, failure: Failure) -> None:
        """A unit has ended its worker."""
        known = self._fresh(unit.key)
        deaths = 1 if known is None else known.deaths + 1
        self._scars[unit.key] = _Scar(failure, deaths, self._clock.monotonic())
        self._scars.move_to_end(unit.key)
        while len(self._scars) > self._most:
            self._scars.popitem(last=False)

    def heal(self, unit: WorkUnit) -> None:
        """A unit has ended well."""
        self._scars.pop(unit.key, None)

    def tell(self, flow: str, unit: WorkUnit) -> None:
        """A flow is told of a unit's failure; should it ask again, it insists."""
        self._told.setdefault(flow, set()).add(unit.key)

    def insists(self, flow: str, unit: WorkUnit) -> bool:
        """Whether a flow that asks for a unit knows already how it ended."""
        return unit.key in self._told.get(flow, ())

    def answer(self, unit: WorkUnit, *, insisting: bool) -> Failure | None:
        """The failure to answer a unit with at once; None where it is to be run."""
        scar = self._fresh(unit.key)
        if scar is None:
            return None
        self._scars.move_to_end(unit.key)
        if len(unit.symbols) > 1:
            return None if insisting else scar.failure
        return replace(scar.failure, recoverable=False) if scar.deaths >= SCANS * self._attempts else None

    def forget(self, flow: str) -> None:
        """A flow has ended."""
        self._told.pop(flow, None)

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._scars)

    def _fresh(self, key: str) -> _Scar | None:
        scar = self._scars.get(key)
        if scar is not None and self._clock.monotonic() - scar.at >= FADES_SECONDS:
            del self._scars[key]
            return None
        return scar
