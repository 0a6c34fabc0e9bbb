"""A store in a file, and a copy of it as a process that is killed leaves it."""

from __future__ import annotations

import shutil

import pytest

from technic.config.settings import StoreSettings
from technic.engine.stores.sqlite import SqliteStore


@pytest.fixture
async def opened(tmp_path):
    """A function that opens a store in a folder; a second one may be opened beside the first."""
    stores = []

    async def open_store(folder="home", **settings):
        store = SqliteStore(tmp_path / folder, StoreSettings(kind="sqlite", **settings))
        stores.append(store)
        await store.open()
        return store

    yield open_store
    for store in stores:
        await store.close()


@pytest.fixture
async def after_crash(tmp_path, opened):
    """A function that opens what a store's folder would be had its process been killed now."""
    crashes = []

    async def open_copy(folder="home"):
        crashes.append(f"crash-{len(crashes)}")
        shutil.copytree(tmp_path / folder, tmp_path / crashes[-1])
        return await opened(crashes[-1]), crashes[-1]

    return open_copy
