"""How the server is while it is under load, as its own health tells."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from technic.cli.loading.account import Account
from technic.cli.loading.target import REFUSED, Target, code_of

LAG = "process.loop_lag_ms.p99"
"""Where the server tells how late its event loop is, 99 times of 100."""
_EVERY_SECONDS = 1.0
_SECTIONS = ("process", "scans", "storage", "units", "workers")
_COUNTS = ("readers", "streams")
_MOST = 64
_OWN_LAG_SECONDS = 0.01


@dataclass(slots=True)
class Vital:
    """One figure: what it was at first, at last, and at most."""

    first: float
    last: float
    most: float


@dataclass(slots=True)
class Vitals:
    """The figures that the server's health tells, by name: whatever numbers there are."""

    figures: dict[str, Vital] = field(default_factory=dict)

    def take(self, health: Mapping[str, Any]) -> None:
        """One answer of its health."""
        for name, value in _numbers(health):
            if name in self.figures:
                vital = self.figures[name]
                vital.last, vital.most = value, max(vital.most, value)
            elif len(self.figures) < _MOST:
                self.figures[name] = Vital(value, value, value)

    async def watch(self, target: Target, account: Account) -> None:
        """Ask every second; runs until cancelled."""
        while True:
            asked = time.monotonic()
            try:
                self.take(await target.ask("GET", "/health", holds="features"))
                account.health.add(time.monotonic() - asked)
            except REFUSED as error:
                account.err(code_of(error))
            await asyncio.sleep(_EVERY_SECONDS)


def _numbers(health: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name in _COUNTS:
        if _is_number(health.get(name)):
            yield name, health[name]
    for section in _SECTIONS:
        held = health.get(section)
        if isinstance(held, Mapping):
            yield from _numbers_below(section, held)


def _numbers_below(place: str, held: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """What a section holds, and what those hold that it holds."""
    for name, value in held.items():
        if _is_number(value):
            yield f"{place}.{name}", value
        elif isinstance(value, Mapping):
            below = ((f"{place}.{name}.{inner}", number) for inner, number in value.items())
            yield from ((named, number) for named, number in below if _is_number(number))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


async def watch_own_loop(account: Account) -> None:
    """See how late this program's own loop is, which all its durations hold; runs until cancelled."""
    while True:
        due = time.monotonic() + _OWN_LAG_SECONDS
        await asyncio.sleep(_OWN_LAG_SECONDS)
        account.own_lag.add(max(0.0, time.monotonic() - due))
