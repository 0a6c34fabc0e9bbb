"""What the workers of the fault suite run: the real work, in a market where a few symbols are poisoned.

Whoever touches a poisoned symbol dies of it, hangs, allocates without end or raises what nobody foresaw; of
one symbol the bars are NaN everywhere, which is no fault of the machinery at all. Which symbols, what they do
and at which kind of unit stands in the environment, so that every worker of a server knows it.
"""

from __future__ import annotations

import ctypes
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from technic.errors import Failure
from technic.scanner import work
from technic.scanner.sources.base import SymbolBars
from technic.scanner.sources.registry import read_from
from technic.scanner.units import FetchUnit, RateUnit, SourceSpec, UnitResult, WorkUnit

FUNCTION = "tests.support.poisoned_work:perform"
VARIABLE = "POISONED_WORK"
"""The environment variable that tells, as JSON; without it nothing is poisoned."""

_POLL_SECONDS = 0.005
_PIECE_BYTES = 2**24

Deed = Literal["segfault", "hang", "allocate", "raise", "nan"]

FATES: Mapping[Deed, tuple[str, frozenset[str]]] = {
    "segfault": ("system_error", frozenset({"worker_died"})),
    "hang": ("timeout_error", frozenset({"unit_overran"})),
    "allocate": ("system_error", frozenset({"internal_error", "worker_died"})),
    "raise": ("system_error", frozenset({"internal_error"})),
    "nan": ("data_error", frozenset({"insufficient_history"})),
}
"""How a scan has to tell of each: the error_type, and the codes that it may have."""


class UnforeseenError(Exception):
    """An error that no part of technic knows."""


@dataclass(frozen=True, slots=True)
class Poison:
    """What one symbol does to whoever touches it.

    Attributes:
        deed: What it does.
        at: At which kind of unit; one of NaN is read so at `fetching`.
    """

    deed: Deed
    at: Literal["fetching", "rating"]


def variables(
    poisons: Mapping[str, Poison], *, unit_seconds: float = 0.0, journal: Path | None = None
) -> dict[str, str]:
    """The environment of a server whose market is poisoned so.

    Args:
        poisons: By symbol.
        unit_seconds: How much longer each unit takes, so that a worker is found in the middle of one.
        journal: Where workers write down each rating unit that they begin, see `begun`.
    """
    told: dict[str, Any] = {"poisons": {symbol: asdict(poison) for symbol, poison in poisons.items()}}
    told |= {"unit_seconds": unit_seconds, "journal": str(journal or "")}
    return {VARIABLE: json.dumps(told)}


def begun(journal: Path) -> list[tuple[int, tuple[str, ...]]]:
    """The rating units that workers have begun: how many bars they were to look at, and whose."""
    lines = map(json.loads, journal.read_text().splitlines()) if journal.exists() else ()
    return [(lookback, tuple(symbols)) for lookback, symbols in lines]


_told: dict[str, Any] = json.loads(os.environ.get(VARIABLE, "{}"))
_POISONS = {symbol: Poison(**poison) for symbol, poison in _told.get("poisons", {}).items()}
_UNIT_SECONDS: float = _told.get("unit_seconds", 0.0)
_JOURNAL: str = _told.get("journal", "")


def perform(unit: WorkUnit, cancelled: Callable[[], bool]) -> UnitResult:
    """Do one unit as technic does, unless it touches a poisoned symbol."""
    stage = "fetching" if isinstance(unit, FetchUnit) else "rating"
    if _JOURNAL and isinstance(unit, RateUnit):
        _write_down(unit)
    for symbol in _touched(unit):
        poison = _POISONS.get(symbol)
        if poison is not None and poison.at == stage and poison.deed in _DEEDS:
            _DEEDS[poison.deed]()
    _linger(cancelled)
    return work.perform(unit, cancelled)


def _touched(unit: WorkUnit) -> list[str]:
    """The symbols whose bars the unit looks at: those that were given up it does not read."""
    given_up = {symbol for failure in getattr(unit, "given_up", ()) for symbol in failure.affected_symbols}
    return [symbol for symbol in unit.symbols if symbol not in given_up]


def _write_down(unit: RateUnit) -> None:
    """One line, in one write, so that the workers' lines do not mix."""
    line = json.dumps([unit.lookback, unit.symbols]) + "\n"
    journal = os.open(_JOURNAL, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(journal, line.encode())
    os.close(journal)


def _linger(cancelled: Callable[[], bool]) -> None:
    """Take as long as we were told to, or until the unit is to stop."""
    until = time.monotonic() + _UNIT_SECONDS
    while time.monotonic() < until and not cancelled():
        time.sleep(_POLL_SECONDS)


def _segfault() -> None:
    ctypes.string_at(0)


def _hang() -> None:
    while True:
        time.sleep(60)


def _allocate() -> None:
    hoard = []
    while True:
        hoard.append(np.empty(_PIECE_BYTES, dtype=np.uint8))  # never touched: no other process is to suffer


def _raise() -> None:
    raise UnforeseenError("a poisoned symbol")


_DEEDS: Mapping[str, Callable[[], None]] = {
    "segfault": _segfault,
    "hang": _hang,
    "allocate": _allocate,
    "raise": _raise,
}


def _read(
    spec: SourceSpec, symbols: Sequence[str], cancelled: Callable[[], bool]
) -> list[SymbolBars | Failure]:
    """What the source gives, with NaN for the bars of the symbols that are to have it."""
    return [_without_figures(bars) for bars in read_from(spec, symbols, cancelled)]


def _without_figures(bars: SymbolBars | Failure) -> SymbolBars | Failure:
    if isinstance(bars, Failure) or _POISONS.get(bars.symbol) != Poison("nan", "fetching"):
        return bars
    return SymbolBars(bars.symbol, bars.dates, np.full_like(bars.values, np.nan))


work.read_from = _read  # type: ignore[attr-defined] # the one place where units read bars
