"""What stays the same of each company of the simulated market, and where its own path stands each year.

Randomness comes from Philox (Salmon et al., SC11), whose counter says which stream: one for each seed,
number and year. So whatever is made depends on the seed, the number and the year alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from technic.scanner.sources.simulated_listings import Numbers, sectors_of
from technic.scanner.sources.trading_days import day_number
from technic.scanner.units import Floats

GENERATOR_VERSION = 1
"""Part of the source's version: another generator makes another market."""

EPOCH = 1950
"""The year of the first yearly shock."""

YEARS = 160
"""How many yearly shocks a path has."""

MEMORY = 13
"""How many of them a path's level remembers."""

YEARLY = 16.0
"""Yearly volatility in daily ones: about the root of the trading days in a year."""

_OWN_VOLATILITY = 0.013
_YOUNG_SHARE, _PATCHY_SHARE = 0.1, 0.12
_LISTED_FROM, _LISTED_TO = day_number(date(2011, 1, 3)), day_number(date(2025, 9, 12))
_ALWAYS = day_number(date(1900, 1, 1))


class Streams:
    """Random access to the streams of one seed; not for two threads at once."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.Philox(key=np.array([seed, GENERATOR_VERSION], dtype=np.uint64))
        self._state = self._bits.state
        self._generator = np.random.Generator(self._bits)

    def at(self, number: int, year: int) -> np.random.Generator:
        """The stream of one number and one year (0: what stays for all years), from its start."""
        self._state["state"]["counter"][:] = (0, 0, number, year)
        self._bits.state = self._state
        return self._generator


@dataclass(frozen=True, slots=True)
class Traits:
    """What stays the same of n companies over all years; each array has n rows.

    Attributes:
        numbers: Who they are.
        sectors: Where in GICS_SECTORS their sectors stand.
        level: Log price around which they move.
        beta: How much of the market's path each takes.
        volatility: Daily, of the path of its own.
        turnover: Log of the usual volume.
        listed: First day with a bar, days since 1970-01-01.
        lacks: How rare a day without a bar is: the day's normal draw must exceed this.
        news: Where in a quarter, 0..1, its news come out.
        path: n x years: level of its own path at each year's end, from `EPOCH + MEMORY` on.
        mood: n x years: log volatility at each year's end.
    """

    numbers: Numbers
    sectors: npt.NDArray[np.int64]
    level: Floats
    beta: Floats
    volatility: Floats
    turnover: Floats
    listed: npt.NDArray[np.int64]
    lacks: Floats
    news: Floats
    path: Floats
    mood: Floats


def traits(seed: int, numbers: Numbers) -> Traits:
    """What n companies are like."""
    streams = Streams(seed)
    normal, uniform = np.empty((len(numbers), 4 + 2 * YEARS)), np.empty((len(numbers), 4))
    for row, number in enumerate(numbers.tolist()):
        stream = streams.at(number, 0)
        stream.standard_normal(out=normal[row])
        stream.random(out=uniform[row])
    volatility = _OWN_VOLATILITY * np.exp(0.4 * normal[:, 2])
    is_young, is_patchy = uniform[:, 0] < _YOUNG_SHARE, uniform[:, 1] < _PATCHY_SHARE
    day = (_LISTED_FROM + (_LISTED_TO - _LISTED_FROM) * uniform[:, 2]).astype(np.int64)
    return Traits(
        numbers=numbers,
        sectors=sectors_of(seed, numbers),
        level=3.8 + 0.8 * normal[:, 0],
        beta=np.clip(1.0 + 0.35 * normal[:, 1], 0.2, 2.2),
        volatility=volatility,
        turnover=14.2 + 1.1 * normal[:, 3],
        listed=np.where(is_young, day, _ALWAYS),
        lacks=np.where(is_patchy, 2.6, np.inf),
        news=0.1 + 0.6 * uniform[:, 3],
        path=walk(normal[:, 4 : 4 + YEARS], persistence=0.85) * (YEARLY * volatility)[:, None],
        mood=0.3 * normal[:, 4 + YEARS + MEMORY - 1 :],
    )


def walk(shocks: Floats, *, persistence: float) -> Floats:
    """A walk, n x (years - MEMORY + 1), that remembers `MEMORY` yearly shocks, each less than the next."""
    width = shocks.shape[1] - MEMORY + 1
    level = np.zeros((shocks.shape[0], width))
    for age in range(MEMORY):
        level += persistence**age * shocks[:, MEMORY - 1 - age : MEMORY - 1 - age + width]
    return level


def year_index(year: int) -> int:
    """Where a year's end stands in `Traits.path` and `Traits.mood`."""
    return year - EPOCH - MEMORY + 1
