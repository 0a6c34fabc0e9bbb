"""A history to look at, written into a data folder before its server starts."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from technic.config.settings import StoreSettings
from technic.engine.scan.events import Status
from technic.engine.stores.sqlite import SqliteStore
from technic.errors import TechnicError, UnknownSymbol
from technic.scanner.request import ScanRequest
from tests.support.scans import scanned

KEPT = {"store__kind": "sqlite", "store__retention_days": 36_500, "store__max_scans": 100_000}
"""What the server needs to be told, so that it keeps them."""
NEWEST = datetime(2026, 3, 2, 12, tzinfo=UTC)

_PRESETS = ("oversold", "breakout_20d", None)
_ENDS = (Status.COMPLETED, Status.COMPLETED, Status.COMPLETED, Status.FAILED, Status.CANCELLED)
_METRICS = {
    "cache": {"hits": 3, "misses": 2, "shared": 1},
    "scan_stats": {"rejected": {"rsi < 30": 400, "close > sma200": 50}},
}


async def fill(folder: Path, scans: int, *, apart: timedelta = timedelta(hours=1)) -> None:
    """Ended scans of all kinds, number 0 the newest; each ended so long before the next.

    Number n has the id `{n:032x}`. Of five one failed and one was cancelled; of three one was asked for by
    `oversold`, one by `breakout_20d`, one by no preset.
    """
    store = SqliteStore(
        folder, StoreSettings(kind="sqlite", retention_days=36_500, max_scans=100_000, max_bytes=2**40)
    )
    await store.open()
    try:
        numbers = range(scans - 1, -1, -1)
        for first in range(0, scans, 100):
            await asyncio.gather(
                *(_scan(store, number, NEWEST - number * apart) for number in numbers[first : first + 100])
            )
    finally:
        await store.close()


async def _scan(store: SqliteStore, number: int, ended_at: datetime) -> None:
    status = _ENDS[number % len(_ENDS)]
    tags = ("nightly", f"number-{number}") if number % 2 == 0 else (f"number-{number}",)
    error: TechnicError = UnknownSymbol("no source knows it", affected_symbols=("NOPE",))
    await scanned(
        store,
        f"{number:032x}",
        rows=number % 7,
        failed=("NOPE",) if status is Status.FAILED else (),
        request=ScanRequest(preset=_PRESETS[number % len(_PRESETS)], tags=tags, limit=10 + number % 50),
        metrics=_METRICS,
        status=status,
        tags=tags,
        matches=number % 7,
        failures=int(status is Status.FAILED),
        started_at=ended_at - timedelta(seconds=1 + number % 5),
        elapsed_seconds=1.0 + number % 5,
        completed_at=ended_at,
        error=error.failure() if status is Status.FAILED else None,
    )
