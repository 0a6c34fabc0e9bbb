"""An engine on a manual pool, and the real work in place of workers where a test wants results."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from technic.config.settings import (
    EngineSettings,
    Settings,
    SimulatedSettings,
    SourcesSettings,
    StoreSettings,
)
from technic.engine.engine import Engine
from technic.engine.parts import Parts
from technic.engine.scan.events import Snapshot
from technic.scanner.work import perform
from tests.support.manual_pool import ManualPool


def make_settings(
    folder, *, symbols: int = 70, engine: dict | None = None, store: dict | None = None, **simulated
):
    return Settings(
        data_dir=folder,
        engine=EngineSettings(workers=2, cancel_grace_seconds=0.2, **(engine or {})),
        store=StoreSettings(**({"kind": "memory"} | (store or {}))),
        sources=SourcesSettings(simulated=SimulatedSettings(symbols=symbols, years=1, **simulated)),
    )


@pytest.fixture
def start(tmp_path):
    """`async with start(...) as (engine, pool)`: an engine whose units the test ends, or `inline` does."""

    @asynccontextmanager
    async def opened(*, inline=perform, slots: int = 2, parts: dict | None = None, **how):
        pool = ManualPool(slots, inline=inline)
        async with Engine(make_settings(tmp_path, **how), Parts(pool=pool, **(parts or {}))) as engine:
            yield engine, pool

    return opened


async def watch(engine: Engine, scan_id: str) -> list[Snapshot]:
    """Every snapshot up to the terminal one."""
    snapshots: list[Snapshot] = []
    async with asyncio.timeout(30):
        with await engine.subscribe(scan_id) as reader:
            while events := await reader.take():
                snapshots += [event.snapshot for event in events]
    return snapshots
