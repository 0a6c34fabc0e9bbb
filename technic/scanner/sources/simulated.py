"""The built-in market: seeded, realistic, and nobody's; the same bars on every run."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from technic.clock import Clock, SystemClock
from technic.errors import Failure, SettingsError, UnknownSymbol
from technic.scanner.sources.base import SymbolBars
from technic.scanner.sources.simulated_companies import GENERATOR_VERSION, traits
from technic.scanner.sources.simulated_listings import listings, number_of
from technic.scanner.sources.simulated_prices import FIRST_YEAR, LAST_YEAR, year_of_bars
from technic.scanner.sources.trading_days import day_number, last_trading_day, trading_days
from technic.scanner.units import SourceSpec, content_key
from technic.scanner.universe import Universe

if TYPE_CHECKING:  # a worker opens the source from its spec and has no use for pydantic
    import asyncio

    from technic.config.settings import SimulatedSettings

NAME = "simulated"


@dataclass(frozen=True, slots=True)
class SimulatedMarket:
    """Which of the simulated markets, and how much of it.

    Attributes:
        seed: Another seed is another market.
        symbols: How many there are; the bars of one do not depend on it.
        years: Of daily bars, at most.
        last_day: The newest bar's day, where the market is open on it.
    """

    seed: int
    symbols: int
    years: int
    last_day: date

    def __post_init__(self) -> None:
        """Refuse days that cannot be made."""
        if not FIRST_YEAR + self.years < self.last_day.year <= LAST_YEAR:
            raise SettingsError(
                f"sources.simulated.end: {self.last_day} lies outside {FIRST_YEAR}..{LAST_YEAR}",
                suggestion=f"Choose a year from {FIRST_YEAR + self.years + 1} to {LAST_YEAR}, or none.",
            )

    @property
    def spec(self) -> SourceSpec:
        """What a worker needs to make it again; the version leaves out what changes no bar."""
        last_day = self.last_day.isoformat()
        options = {"seed": self.seed, "symbols": self.symbols, "years": self.years, "last_day": last_day}
        version = content_key(NAME, GENERATOR_VERSION, self.seed, self.years, last_day)
        return SourceSpec(NAME, options, version)


def market_of(spec: SourceSpec) -> SimulatedMarket:
    """The market that a spec describes."""
    options = spec.options
    last_day = date.fromisoformat(options["last_day"])
    return SimulatedMarket(options["seed"], options["symbols"], options["years"], last_day)


def simulated_universe(spec: SourceSpec) -> Universe | None:
    """Every symbol of a market; None where this program makes other bars than the spec's version has."""
    market = market_of(spec)
    return Universe(listings(market.seed, market.symbols)) if market.spec.version == spec.version else None


def read_simulated(
    market: SimulatedMarket, symbols: Sequence[str], cancelled: Callable[[], bool]
) -> list[SymbolBars | Failure]:
    """Bars or a failure for each symbol, in the order asked; between years it polls `cancelled`.

    Once cancelled it ends early with what it has, which its caller will not use.
    """
    numbers = {symbol: number_of(symbol) for symbol in symbols}
    known = {symbol: n for symbol, n in numbers.items() if n is not None and n <= market.symbols}
    made = _bars(market, list(known), list(known.values()), cancelled) if known else []
    bars = dict(zip(known, made, strict=True))
    return [bars[symbol] if symbol in bars else _unknown(symbol) for symbol in symbols]


def _bars(
    market: SimulatedMarket, symbols: list[str], numbers: list[int], cancelled: Callable[[], bool]
) -> list[SymbolBars]:
    """The bars of some numbers, made year by year for all of them at once."""
    last = day_number(market.last_day)
    first = day_number(_years_before(market.last_day, market.years))
    companies = traits(market.seed, np.array(numbers, dtype=np.int64))
    days, values, there = [], [], []
    for year in range(market.last_day.year - market.years, market.last_day.year + 1):
        inside = (trading_days(year) > first) & (trading_days(year) <= last)
        if cancelled() or not inside.any():
            continue
        year_values, year_there = year_of_bars(market.seed, companies, year)
        days.append(trading_days(year)[inside])
        values.append(year_values[:, :, inside])
        there.append(year_there[:, inside])
    if not days:
        return [
            SymbolBars(symbol, np.empty(0, dtype="datetime64[D]"), np.empty((5, 0))) for symbol in symbols
        ]
    dates = np.concatenate(days).astype("datetime64[D]")
    all_values, all_there = np.concatenate(values, axis=2), np.concatenate(there, axis=1)
    return [
        SymbolBars(symbol, dates[has], each[:, has])
        for symbol, each, has in zip(symbols, all_values, all_there, strict=True)
    ]


def _years_before(day: date, years: int) -> date:
    """The same day so many years earlier; the 29th of February becomes the 28th."""
    day_of_month = 28 if (day.month, day.day) == (2, 29) else day.day
    return day.replace(year=day.year - years, day=day_of_month)


def _unknown(symbol: str) -> Failure:
    return UnknownSymbol(
        f"the simulated market has no symbol {symbol!r}", affected_symbols=(symbol,)
    ).failure()


def _slowness(symbol: str) -> float:
    """From 0.5 to 1.5, always the same for a symbol: no remote source answers like clockwork."""
    return 0.5 + zlib.crc32(symbol.encode()) / 2**32


class SimulatedSource:
    """The simulated market as a source; see the port.

    Args:
        settings: Its settings.
        clock: Tells today, where the settings name no end.
    """

    def __init__(self, settings: SimulatedSettings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._gates: WeakKeyDictionary[object, asyncio.Semaphore] = WeakKeyDictionary()  # one an event loop
        self._market()  # a bad end is found here, not at the first scan

    @property
    def spec(self) -> SourceSpec:
        """What a worker needs to open it again; changes when the day does."""
        return self._market().spec

    @property
    def connections(self) -> int:
        """How many symbols may arrive at once; 0 where nothing has to arrive."""
        return self._settings.connections if self._settings.latency_seconds > 0 else 0

    @property
    def arrival_seconds(self) -> float:
        """What the settings say, over all connections."""
        return self._settings.latency_seconds / self._settings.connections

    def universe(self) -> Universe:
        """Every symbol there is."""
        return Universe(listings(self._settings.seed, self._settings.symbols))

    def read(self, symbols: Sequence[str], cancelled: Callable[[], bool]) -> list[SymbolBars | Failure]:
        """Bars or a failure for each symbol, in the order asked."""
        return read_simulated(self._market(), symbols, cancelled)

    async def arrive(self, symbols: Sequence[str], advanced: Callable[[int], None]) -> None:
        """Wait as for a remote source: a symbol takes `latency_seconds` on average, some come at once."""
        import asyncio  # noqa: PLC0415 - workers load this module and never wait

        loop = asyncio.get_running_loop()
        if loop not in self._gates:
            self._gates[loop] = asyncio.Semaphore(max(1, self._settings.connections))
        gate = self._gates[loop]
        arrived = [False] * len(symbols)

        async def bring(place: int) -> None:
            async with gate:
                await asyncio.sleep(self._settings.latency_seconds * _slowness(symbols[place]))
            arrived[place] = True
            if all(arrived[:place]):
                advanced(arrived.index(False, place) if not all(arrived) else len(arrived))

        async with asyncio.TaskGroup() as group:
            for place in range(len(symbols)):
                group.create_task(bring(place))

    def _market(self) -> SimulatedMarket:
        wanted = self._settings
        last_day = wanted.end or last_trading_day(self._clock.now().date())
        return SimulatedMarket(wanted.seed, wanted.symbols, wanted.years, last_day)
