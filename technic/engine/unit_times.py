"""How long units take, as far as is known, and how long one may take."""

from __future__ import annotations

from technic.scanner.units import FetchUnit, WorkUnit

_FIRST_GUESS = {"fetch": 1e-3, "rate": 5e-5}  # seconds of a worker a symbol, until it is known better
_MEMORY = 0.8  # how much of the old estimate a new measurement leaves
_FLOOR_SHARE = 1 / 16
_FLOOR_SECONDS = 1.0  # a busy machine may look away from a worker for so long


class UnitTimes:
    """Learns what units take, and says what they may.

    Args:
        unit_seconds: How long a unit may run that was never cut.
    """

    def __init__(self, unit_seconds: float) -> None:
        self._unit_seconds = unit_seconds
        self._floor_seconds = min(unit_seconds, max(unit_seconds * _FLOOR_SHARE, _FLOOR_SECONDS))
        self._symbol_seconds = dict(_FIRST_GUESS)

    def expected(self, unit: WorkUnit) -> float:
        """Seconds of a worker that a unit will take, about."""
        return self._symbol_seconds[_kind(unit)] * len(unit.symbols)

    def allowed(self, unit: WorkUnit) -> float:
        """Seconds that a unit may run: half of it is allowed half the time, down to a floor.

        So whoever cuts a unit that hangs again and again, until one symbol of 512 stands alone, waits two
        and a half times `unit_seconds` in all and not ten times.
        """
        return max(self._floor_seconds, self._unit_seconds / 2.0**unit.cuts)

    def learn(self, unit: WorkUnit, seconds: float) -> None:
        """A unit has ended well after so many seconds."""
        if unit.symbols:
            kind, measured = _kind(unit), seconds / len(unit.symbols)
            self._symbol_seconds[kind] = _MEMORY * self._symbol_seconds[kind] + (1 - _MEMORY) * measured


def _kind(unit: WorkUnit) -> str:
    return "fetch" if isinstance(unit, FetchUnit) else "rate"
