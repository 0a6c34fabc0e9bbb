"""What is held of ended scans in memory is counted for no less than it takes."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from technic.engine.stores import recent
from technic.scanner.request import ScanRequest
from tests.support.scans import RESERVED, ended, pending, result

SCANS = 200
KINDS = {"small": (1, 0, 0), "rows": (40, 0, 0), "failures": (0, 10, 0), "names": (1, 0, 200)}


@pytest.fixture
async def store(opened, request):
    """A store with ended scans of one kind, none of which is in memory."""
    rows, failed, named = KINDS[request.param]
    store = await opened()
    for n in range(SCANS):
        symbols = tuple(f"SYMBOL{n}-{k}" for k in range(named)) or None
        await store.create(ScanRequest(symbols=symbols), pending(f"{n:032x}"), RESERVED)
        lost = tuple(f"SYMBOL{n}-{k}" for k in range(failed))
        await store.commit(ended(f"{n:032x}"), result(rows, lost))
    store._archive._recent = recent.Recent()
    return store


@pytest.mark.parametrize("store", KINDS, indirect=True)
async def test_what_is_read_from_the_disk_is_counted_in_full(store):
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for n in range(SCANS):
            await store.get(f"{n:032x}")
        gc.collect()
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    counted = store._archive._recent.nbytes
    assert held <= counted <= 2 * held


@pytest.mark.parametrize("store", ["small"], indirect=True)
async def test_no_more_is_held_than_the_bound(store, monkeypatch):
    monkeypatch.setattr(recent, "_BYTES", 100_000)
    for n in range(SCANS):
        await store.get(f"{n:032x}")
    held = store._archive._recent
    assert 50_000 < held.nbytes <= 100_000
    assert held.get(f"{SCANS - 1:032x}") is not None
    assert held.get(f"{0:032x}") is None
