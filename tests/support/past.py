"""A history to look at, written into a data folder before its server starts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from technic.config.settings import StoreSettings
from technic.engine.scan.events import StageView, Status
from technic.engine.stores.sqlite import SqliteStore
from technic.errors import TechnicError, TimeoutExceeded, UnknownSymbol
from technic.scanner.request import ScanRequest
from tests.support.scans import PENDING, scanned

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


async def fill_like_life(folder: Path, *, days: int = 21) -> None:
    """Ended scans as people leave them behind: more on some days, of some presets; some slow, some failed."""
    dice = Random(7)
    store = SqliteStore(
        folder, StoreSettings(kind="sqlite", retention_days=36_500, max_scans=100_000, max_bytes=2**40)
    )
    await store.open()
    try:
        for day in range(days, 0, -1):
            begins = NEWEST - timedelta(days=day)
            minutes = sorted(dice.uniform(0, 1_300) for _ in range(dice.randint(6, 30) // (1 + day % 7 // 5)))
            for number, minute in enumerate(minutes):
                await _lived(
                    store, f"{dice.getrandbits(128):032x}", begins + timedelta(minutes=minute), dice, number
                )
    finally:
        await store.close()


async def _lived(store: SqliteStore, scan_id: str, ended_at: datetime, dice: Random, number: int) -> None:
    status = dice.choices((Status.COMPLETED, Status.FAILED, Status.CANCELLED), (20, 1, 2))[0]
    preset = dice.choices(("oversold", "breakout_20d", "momentum", "golden_cross", None), (9, 6, 4, 2, 7))[0]
    asked = (
        {"sectors": ("Energy",)} if number % 4 == 0 else {"min_tech_rating": 20.0} if preset is None else {}
    )
    seconds, tags = (
        dice.lognormvariate(0.3, 1.1),
        dice.choice((("morning",), ("desk 4",), ("overnight", "us"), ())),
    )
    failed = tuple(f"SIM{dice.randint(1, 40):04}" for _ in range(dice.choice((0, 0, 0, 1, 2))))
    error: TechnicError = TimeoutExceeded("the deadline of 30 s has passed")
    hits = dice.randint(0, 12)
    reasons = {
        "rsi < 30": dice.randint(300, 480),
        "close > sma200": dice.randint(20, 200),
        "min_tech_rating": 90,
    }
    await scanned(
        store, scan_id, rows=dice.randint(1, 40), failed=failed,
        request=ScanRequest(preset=preset, tags=tags, **asked),
        metrics={"cache": {"hits": hits, "misses": 14 - hits, "shared": dice.randint(0, 4)},
                 "scan_stats": {"rejected": dict(dice.sample(list(reasons.items()), dice.randint(1, 3)))}},
        status=status, tags=tags, matches=dice.randint(1, 60), failures=len(failed),
        elapsed_seconds=seconds, started_at=ended_at - timedelta(seconds=seconds), completed_at=ended_at,
        stages=_stages(seconds, dice),
        error=error.failure() if status is Status.FAILED else None,
    )  # fmt: skip


def _stages(seconds: float, dice: Random) -> tuple[StageView, ...]:
    shares = [0.02, dice.uniform(0.1, 0.4), 0.5, 0.03]
    return tuple(
        replace(stage, current=500, total=500, seconds=seconds * share)
        for stage, share in zip(PENDING.stages, shares, strict=True)
    )


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
