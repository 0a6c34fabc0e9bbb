"""A dispatcher over a manual pool, and what each flow was told."""

from __future__ import annotations

import asyncio

from technic.engine.blocks import BlockCache
from technic.engine.dispatcher import Asker, Dispatcher
from technic.scanner.units import FetchUnit, RatedBlock, RateUnit, SegmentRef, SourceSpec
from tests.support.blocks import make_block
from tests.support.clock import FakeClock
from tests.support.manual_pool import ManualPool

SPEC = SourceSpec("fake", {}, "1")


class Arrivals:
    """A source whose symbols arrive when the test says so."""

    def __init__(self, connections: int = 0, error: Exception | None = None) -> None:
        self.connections = connections
        self.released = asyncio.Event()
        self.error = error

    async def arrive(self, symbols, advanced) -> None:
        advanced(1)
        await self.released.wait()
        if self.error is not None:
            raise self.error
        advanced(len(symbols))


def rate(name: str, columns: int = 2) -> RateUnit:
    return RateUnit(
        (SegmentRef(f"/panel/{name}", name, tuple(f"{name}{n}" for n in range(columns))),), None, 600
    )


def fetch(name: str) -> FetchUnit:
    return FetchUnit(SPEC, (f"{name}1", f"{name}2"), "/panel")


class Desk:
    """A dispatcher of 60 seconds a unit and three attempts, with what each flow was told."""

    def __init__(self, slots: int = 1, source: Arrivals | None = None, cache_bytes: int = 1 << 20) -> None:
        self.pool = ManualPool(slots)
        self.source = source or Arrivals()
        self.clock = FakeClock()
        self.told: dict[str, list[object]] = {}
        self.dispatcher = Dispatcher(
            self.pool,
            self.source,  # type: ignore[arg-type]
            BlockCache(cache_bytes),
            unit_seconds=60,
            grace_seconds=0.5,
            attempts=3,
            clock=self.clock,
        )

    def ask(self, flow: str, *units, weight: float = 1.0, fresh: bool = False) -> None:
        heard = self.told.setdefault(flow, [])
        self.dispatcher.submit(Asker(flow, weight, heard.append, fresh), units)

    def end(self, unit, result: object = None) -> None:
        """Let a unit that runs return."""
        (running,) = [r for r in self.pool.running if r.unit == unit]
        running.end(result)


async def opened_desk(**how) -> Desk:
    """One whose pool is open."""
    desk = Desk(**how)
    await desk.pool.open()
    return desk


def block(unit: RateUnit) -> RatedBlock:
    return make_block(unit.symbols)
