"""What a server needs for an export does not grow with its rows."""

from __future__ import annotations

import asyncio

import psutil
import pytest
from aiohttp import ClientSession

from technic.config.settings import StoreSettings
from technic.engine.stores.sqlite import SqliteStore
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from tests.support.rows import make_rows
from tests.support.scans import RESERVED, ended, pending
from tests.support.server import serving

FEW, MANY = 2_000, 50_000
CHUNK_BYTES = 1 << 16
KEPT = {"store__retention_days": 36_500}


async def keep(folder):
    """Two scans that have ended, one with few rows and one with many."""
    store = SqliteStore(folder, StoreSettings(retention_days=36_500))
    await store.open()
    for scan_id, count in (("few", FEW), ("many", MANY)):
        numbers = list(range(count))
        names = [f"Company {n} of many" for n in numbers]
        rows = make_rows(count, close=numbers, rsi=numbers[::-1], name=names)
        await store.create(ScanRequest(), pending(scan_id), RESERVED)
        await store.commit(ended(scan_id), ScanResult(rows, (), (), {}))
    await store.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder in which they are kept."""
    folder = tmp_path_factory.mktemp("exports")
    (folder / "kept").mkdir()
    asyncio.run(keep(folder / "kept"))
    return folder


async def most_memory(server, path):
    """The most that the server had while it sent this, and how many bytes came."""
    process, most, size = psutil.Process(server.process.pid), 0, 0
    async with ClientSession(server.url) as client, client.get(path) as response:
        assert response.status == 200
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            size += len(chunk)
            most = max(most, process.memory_info().rss)
    return most, size


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "msgpack", "parquet", "jsonl&sort_by=rsi"])
async def test_the_server_needs_about_as_much_for_25_times_as_many_rows(kept, form):
    with serving(kept, **KEPT) as server:
        few, less = await most_memory(server, f"/scan/results/few?format={form}")
        many, more = await most_memory(server, f"/scan/results/many?format={form}")
    assert more > 15 * less
    assert many < 1.3 * few, f"{many / 2**20:.0f} MB instead of {few / 2**20:.0f}"
