"""Stores of each kind, for what all of them promise."""

from __future__ import annotations

import pytest

from technic.config.settings import StoreSettings
from technic.engine.stores.memory import MemoryStore
from technic.engine.stores.sqlite import SqliteStore


def _memory(folder, settings):
    return MemoryStore(settings)


STORES = {"memory": _memory, "sqlite": SqliteStore}


@pytest.fixture(params=STORES)
async def opened(request, tmp_path):
    """A function that opens a store of these settings, in a folder of its own or in the one that is named."""
    stores = []

    async def open_store(folder=None, **settings):
        place = tmp_path / (folder or str(len(stores)))
        store = STORES[request.param](place, StoreSettings(kind=request.param, **settings))
        await store.open()
        stores.append(store)
        return store

    yield open_store
    for store in stores:
        await store.close()
