"""A small market on a server that can be killed and started again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.support.faults import Ordeal
from tests.support.poisoned_market import MARKET
from tests.support.poisoned_work import Poison, variables

SMALL = {**MARKET, "sources__simulated__symbols": 256, "sources__simulated__years": 1}
"""Four groups of 64; without latency a scan of them takes a blink."""

SUFFERING = SMALL | {
    "sources__simulated__latency_seconds": 0.05,
    "store__kind": "sqlite",
    "store__checkpoint_seconds": 0.01,
    "engine__drain_grace_seconds": 0.1,
}
"""Arriving takes a fifth of a second a group, and whatever has ended is kept at once."""

Begin = Callable[..., Awaitable[Ordeal]]


@pytest.fixture
async def begin(tmp_path) -> AsyncIterator[Begin]:
    """Starts a server to be hurt: `await begin(poisons, unit_seconds=..., journal=..., **settings)`."""
    begun: list[Ordeal] = []

    async def start(
        poisons: dict[str, Poison] | None = None,
        *,
        unit_seconds: float = 0.0,
        journal: Any = None,
        **settings: Any,
    ) -> Ordeal:
        told = variables(poisons or {}, unit_seconds=unit_seconds, journal=journal)
        begun.append(Ordeal(tmp_path / "ordeal", told, SUFFERING | settings))
        return begun[0]

    yield start
    for ordeal in begun:
        await ordeal.close()
