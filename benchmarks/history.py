"""Ten thousand ended scans in the history, and what a commit costs.

The scans are made through the store, as a server makes them: created, begun, ended with a result. Then the
store is opened again in a process of its own, which tells how long that took, how much memory it needs, how
long pages of the history and the figures over it take. A commit is timed alone (one after the other) and
with a hundred at once; each is a change of state that waits until it is kept. At last a server is started
over the ten thousand and asked over HTTP, by one client and by ten at once.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import numpy as np
import psutil
import uvloop

from benchmarks.support.figures import parser, show, spread
from benchmarks.support.server import running
from technic.config.settings import StoreSettings
from technic.engine.scan.events import Snapshot, StageView, Status
from technic.engine.stores.base import Reservation
from technic.engine.stores.history import HistoryQuery, StatisticsQuery
from technic.engine.stores.sqlite import SqliteStore
from technic.errors import UnknownSymbol
from technic.scanner.fields import FIELDS
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from technic.scanner.rows import Rows

ROWS = 50  # of each result
FAILED = 3  # symbols of each scan
PAGES = 300  # of each kind
START = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = StoreSettings(kind="sqlite", max_scans=1_000_000, max_bytes=2**40, retention_days=36_500)


def stages(status: str, ended: int) -> tuple[StageView, ...]:
    names = ("universe_loading", "data_fetching", "symbol_scanning", "finalization")
    return tuple(StageView(name, 0.25, ended, 500, status, 0.7 * ended / 500) for name in names)


def snapshot(number: int, status: Status, seq: int) -> Snapshot:
    begun, ended = status is not Status.PENDING, status.ended
    at = START + timedelta(minutes=number)
    return Snapshot(
        scan_id=f"{number * 2_654_435_761 % 2**32:08x}-{number}", seq=seq, status=status,
        stage="finalization" if ended else "queued", current=1, total=1, stage_percentage=100.0,
        percentage=100.0 * ended, message="500 of 500 symbols.", eta_seconds=0.0, stage_eta_seconds=0.0,
        symbols_per_second=180.0, elapsed_seconds=2.8, last_symbol="SIM0500",
        stages=stages("completed", 500) if ended else stages("pending", 0), matches=ROWS, failures=FAILED,
        created_at=at, started_at=at if begun else None,
        completed_at=at + timedelta(seconds=3) if ended else None, error=None, priority=5,
        queue_position=None, cancel_requested=False, tags=("nightly", f"group-{number % 20}"),
    )  # fmt: skip


def result(number: int) -> ScanResult:
    columns = {field.name: np.full(ROWS, float(number)) for field in FIELDS}
    for field in FIELDS:
        if not field.numeric:
            value = () if field.kind == "list" else "SIM0001"
            columns[field.name] = np.fromiter([value] * ROWS, np.object_, ROWS)
    failures = tuple(
        UnknownSymbol("no source knows it", affected_symbols=(f"X{(number + n) % 300}",)).failure()
        for n in range(FAILED)
    )
    return ScanResult(Rows(columns), failures, (), {"total_seconds": 2.8, "units": 4})


async def life(store: SqliteStore, number: int) -> None:
    request = ScanRequest(max_symbols=500, tags=("nightly", f"group-{number % 20}"))
    await store.create(request, snapshot(number, Status.PENDING, 0), Reservation(1000, 5.0))
    await store.commit(snapshot(number, Status.RUNNING, 1))
    status = Status.CANCELLED if number % 10 == 0 else Status.COMPLETED
    await store.commit(snapshot(number, status, 9), result(number))


async def make(folder: Path, scans: int) -> dict:
    store = SqliteStore(folder, SETTINGS)
    await store.open()
    began = time.perf_counter()
    for first in range(0, scans, 100):
        await asyncio.gather(*(life(store, number) for number in range(first, min(scans, first + 100))))
    seconds = time.perf_counter() - began
    assert store.health().trouble is None
    await store.close()
    return {"scans": scans, "seconds": round(seconds, 2), "scans_per_second": round(scans / seconds)}


async def commits(folder: Path) -> dict:
    """Milliseconds of one change of state until it is kept."""
    store = SqliteStore(folder, SETTINGS)
    await store.open()
    for number in range(100):
        await store.create(ScanRequest(), snapshot(number, Status.PENDING, 0), Reservation())
    seq = 1

    async def commit(number: int) -> float:
        began = time.perf_counter()
        await store.commit(snapshot(number, Status.RUNNING, seq))
        return 1000 * (time.perf_counter() - began)

    alone: list[float] = []
    grouped: list[float] = []
    while seq <= 1_000:
        alone.append(await commit(seq % 100))
        seq += 1
    while seq <= 1_050:
        grouped += await asyncio.gather(*(commit(number) for number in range(100)))
        seq += 1
    await store.close()
    return {"alone_ms": spread(alone), "with_100_at_once_ms": spread(grouped)}


async def look(folder: Path) -> dict:
    """What a process that has only just begun sees."""
    rss = psutil.Process().memory_info().rss
    began = time.perf_counter()
    store = SqliteStore(folder, SETTINGS)
    await store.open()
    opened = time.perf_counter() - began
    scans = store.health().scans
    queries = {
        "first_page": HistoryQuery(),
        "late_page": HistoryQuery(offset=max(0, scans - 100)),
        "by_status": HistoryQuery(statuses=(Status.CANCELLED,)),
        "by_tag": HistoryQuery(tag="group-7"),
        "by_id": HistoryQuery(scan_id="a"),
        "by_time": HistoryQuery(since=START + timedelta(minutes=scans // 2), offset=100),
    }
    pages = {name: spread(await timed(PAGES, lambda q=q: store.history(q))) for name, q in queries.items()}
    newest = [entry.snapshot.scan_id for entry in (await store.history(HistoryQuery())).entries]
    one = iter(newest * 10)
    figures = {
        "open_ms": round(1000 * opened, 1),
        "pages_ms": pages,
        "statistics_ms": spread(await timed(10, lambda: store.statistics(StatisticsQuery()))),
        "one_scan_ms": spread(await timed(len(newest) * 10, lambda: store.get(next(one)))),
        "megabytes_more": round((psutil.Process().memory_info().rss - rss) / 2**20, 1),
        "bytes_a_scan_told": store.health().bytes // max(1, scans),
    }
    await store.close()
    return figures


async def served(folder: Path) -> dict:
    """What a server's clients see."""
    kept = {"retention_days": 36_500, "max_scans": 1_000_000, "max_bytes": 2**40}
    pages = ("/scan/history", "/scan/history?offset=9900&limit=50", "/scan/history?status=cancelled")
    began = time.perf_counter()
    async with running(folder, {f"store.{name}": value for name, value in kept.items()}) as server:
        started = time.perf_counter() - began
        async with aiohttp.ClientSession(server.url) as client:

            async def ask(path: str) -> None:
                async with client.get(path) as answer:
                    assert answer.status == 200, await answer.text()
                    await answer.read()

            alone = {path: spread(await timed(PAGES, lambda p=path: ask(p))) for path in pages}
            ten = await asyncio.gather(*(timed(PAGES // 3, lambda: ask(pages[0])) for _ in range(10)))
            figures = {
                "start_seconds": round(started, 2),
                "page_ms": alone,
                "page_ms_ten_clients": spread([taken for one in ten for taken in one]),
                "stats_ms": spread(await timed(10, lambda: ask("/scan/stats"))),
            }
    grown = server.account["rss_max"] - server.account["rss_start"]
    return figures | {"megabytes_more": round(grown / 2**20, 1)}


async def timed(times: int, call) -> list[float]:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await call()
        taken.append(1000 * (time.perf_counter() - began))
    return taken


async def main(scans: int) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        made = await make(home / "history", scans)
        size = sum(path.stat().st_size for path in (home / "history").iterdir())
        seen = await asyncio.to_thread(
            subprocess.check_output,
            [sys.executable, "-m", "benchmarks.history", "--look", str(home / "history")],
        )
        return {
            "made": made,
            "bytes_a_scan_on_disk": size // scans,
            "seen": json.loads(seen),
            "served": await served(home / "history"),
            "commit": await commits(home / "commits"),
        }


if __name__ == "__main__":
    command = parser(__doc__ or "")
    command.add_argument("--scans", type=int, default=10_000)
    command.add_argument("--look", type=Path, help="tell of a folder that is there, and make none")
    asked = command.parse_args()
    if asked.look:
        show(uvloop.run(look(asked.look)), as_json=True)
    else:
        show(uvloop.run(main(asked.scans)), as_json=asked.json)
