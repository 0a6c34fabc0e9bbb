"""Results of 500, 20,000 and 200,000 rows in every form, and what the server needs for them.

The results are put into the store as a server does it; then a server is started over them, and each form is
fetched by one client that reads as fast as it can and keeps nothing. Of each: rows and megabytes a second,
the time to the first byte, and the server's peak memory while it was fetched; of all together, how late its
event loop was. Beside them pandas writes the same rows to CSV and Parquet at once.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import psutil
import uvloop

from benchmarks.history import SETTINGS, snapshot
from benchmarks.support.figures import parser, percentile, show
from benchmarks.support.server import running
from technic.engine.scan.events import Status
from technic.engine.stores.base import Reservation
from technic.engine.stores.sqlite import SqliteStore
from technic.scanner.fields import FIELDS
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from technic.scanner.rows import Rows

FORMS = ("json", "jsonl", "csv", "parquet", "msgpack")
COUNTS = (500, 20_000, 200_000)
QUICK_COUNTS = (500, 20_000)
STEP_SECONDS = 0.01


def rows(count: int) -> Rows:
    """Rows in which every value is another."""
    chance = np.random.default_rng(count)
    columns: dict[str, Any] = {}
    for field in FIELDS:
        if field.kind == "list":
            columns[field.name] = np.fromiter([()] * count, np.object_, count)
        elif field.kind == "text":
            named = (f"{field.label} {number:06d}" for number in range(count))
            known = (field.values[number % len(field.values)] for number in range(count) if field.values)
            columns[field.name] = np.fromiter(known if field.values else named, np.object_, count)
        else:
            columns[field.name] = chance.normal(100, 30, count)
    return Rows(columns | {"as_of": np.full(count, 20_000.0)})


async def keep(folder: Path, counts: tuple[int, ...]) -> dict[int, str]:
    """The ids of scans with so many rows each, in a store of that folder."""
    store = SqliteStore(folder, SETTINGS)
    await store.open()
    ids = {}
    for number, count in enumerate(counts):
        waiting = snapshot(number, Status.PENDING, 0)
        ids[count] = waiting.scan_id
        await store.create(ScanRequest(), waiting, Reservation(1000, 5.0))
        await store.commit(snapshot(number, Status.COMPLETED, 9), ScanResult(rows(count), (), (), {}))
    await store.close()
    return ids


async def fetch(client: aiohttp.ClientSession, server: psutil.Process, path: str, count: int) -> dict:
    """One export, read as it comes."""
    most = server.memory_info().rss
    done = asyncio.Event()

    async def watch() -> None:
        nonlocal most
        while not done.is_set():
            most = max(most, server.memory_info().rss)
            await asyncio.sleep(STEP_SECONDS)

    watching = asyncio.create_task(watch())
    began, first, size = time.perf_counter(), 0.0, 0
    async with client.get(path) as response:
        assert response.status == 200, await response.text()
        async for chunk in response.content.iter_any():
            first = first or time.perf_counter() - began
            size += len(chunk)
    seconds = time.perf_counter() - began
    done.set()
    await watching
    return {
        "rows_per_second": round(count / seconds),
        "megabytes_per_second": round(size / seconds / 1e6, 1),
        "first_byte_ms": round(first * 1e3, 1),
        "megabytes": round(size / 1e6, 1),
        "server_peak_megabytes": round(most / 2**20, 1),
    }


async def health(client: aiohttp.ClientSession) -> dict:
    async with client.get("/health") as response:
        return await response.json()


async def served(folder: Path, ids: dict[int, str]) -> dict:
    overrides = {"retention_days": 36_500, "max_scans": 1_000_000, "max_bytes": 2**40}
    found: dict[str, Any] = {}
    async with running(folder, {f"store.{name}": value for name, value in overrides.items()}) as server:
        process = psutil.Process(server.process.pid)
        async with aiohttp.ClientSession(server.url) as client:
            await fetch(client, process, f"/scan/results/{ids[min(ids)]}?format=parquet", min(ids))  # warm
            for count, scan_id in ids.items():
                forms = {
                    form: await fetch(client, process, f"/scan/results/{scan_id}?format={form}", count)
                    for form in FORMS
                }
                ordered = f"/scan/results/{scan_id}?format=jsonl&sort_by=rsi"
                found[f"{count}_rows"] = forms | {
                    "jsonl_by_rsi": await fetch(client, process, ordered, count)
                }
    lags = server.account["lags_ms"]
    found["loop_late_ms"] = {"p50": percentile(lags, 50), "p99": percentile(lags, 99), "max": max(lags)}
    return found


def pandas(count: int) -> dict:
    """The same rows, written at once by pandas."""
    frame = ScanResult(rows(count), (), (), {}).frame
    found = {}
    for name, write in (
        ("to_csv", lambda: frame.to_csv(index=False).encode()),
        ("to_parquet", lambda: frame.to_parquet(io.BytesIO())),
    ):
        began = time.perf_counter()
        write()
        found[name] = {"rows_per_second": round(count / (time.perf_counter() - began))}
    return found


async def main(counts: tuple[int, ...]) -> dict:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        ids = await keep(folder, counts)
        figures = await served(folder, ids)
    beside = {f"{count}_rows": pandas(count) for count in counts}
    return {"technic": figures, "pandas": beside}


if __name__ == "__main__":
    command = parser(__doc__ or "")
    command.add_argument("--quick", action="store_true", help="without the 200,000 rows")
    asked = command.parse_args()
    show(uvloop.run(main(QUICK_COUNTS if asked.quick else COUNTS)), as_json=asked.json)
