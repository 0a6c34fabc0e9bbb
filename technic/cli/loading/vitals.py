"""How the server is while it is under load, as its own health tells."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from technic.cli.loading.account import Account
from technic.cli.loading.target import BROKEN, RefusedError, Target, code_of

LAG = "process.loop_lag_ms"
"""Where the server tells how late its event loop is."""
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
                self.take(await target.call("GET", "/health"))
                account.health.add(time.monotonic() - asked)
            except (RefusedError, *BROKEN) as error:
                account.err(code_of(error))
            await asyncio.sleep(_EVERY_SECONDS)


def _numbers(health: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name in _COUNTS:
        if _is_number(health.get(name)):
            yield name, health[name]
    for section in _SECTIONS:
        held = health.get(section)
        if isinstance(held, Mapping):
            yield from ((f"{section}.{name}", value) for name, value in held.items() if _is_number(value))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


async def watch_own_loop(account: Account) -> None:
    """See how late this program's own loop is, which all its durations hold; runs until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _OWN_LAG_SECONDS
        await asyncio.sleep(_OWN_LAG_SECONDS)
        account.own_lag.add(max(0.0, loop.time() - due))
