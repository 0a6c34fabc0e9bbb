"""The parts of an engine that can be exchanged, each made from the settings where nobody hands one in."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from technic.clock import Clock, SystemClock
from technic.config.settings import Settings
from technic.engine.pool.base import WorkerPool
from technic.engine.pool.processes import ProcessPool
from technic.engine.stores.base import ScanStore
from technic.engine.stores.memory import MemoryStore
from technic.engine.stores.sqlite import SqliteStore
from technic.engine.suspects import SUSPECTS, Suspects
from technic.scanner.sources.base import BarSource
from technic.scanner.sources.registry import open_source


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Parts of an engine that a test may hand in; each has a default made from the settings."""

    clock: Clock | None = None
    pool: WorkerPool | None = None
    source: BarSource | None = None
    store: ScanStore | None = None
    random: Random | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllParts:
    """The same, each there."""

    clock: Clock
    pool: WorkerPool
    source: BarSource
    store: ScanStore
    random: Random
    suspects: Suspects


def whole(settings: Settings, parts: Parts) -> AllParts:
    """All parts: those that were handed in, and the settings' own."""
    clock = parts.clock or SystemClock()
    suspects = Suspects(settings.data_dir / SUSPECTS if settings.store.kind != "memory" else None)
    store = parts.store or _store(settings, suspects)
    return AllParts(
        clock=clock,
        pool=parts.pool or ProcessPool(settings=settings.engine),
        source=parts.source or open_source(settings, clock),
        store=store,
        random=parts.random or Random(),  # noqa: S311 - jitter, not a secret
        suspects=suspects,
    )


def _store(settings: Settings, suspects: Suspects) -> ScanStore:
    if settings.store.kind == "memory":
        return MemoryStore(settings.store)
    return SqliteStore(settings.data_dir, settings.store, suspects)
