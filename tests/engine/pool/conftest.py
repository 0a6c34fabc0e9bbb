from __future__ import annotations

import asyncio
import os
from pathlib import Path

import psutil
import pytest
import uvloop

from tests.support.pools import Doorbell, process_pool

ROOT = Path(__file__).parents[3]


def pytest_asyncio_loop_factories(config, item):
    """Whatever waits for a descriptor runs on both loops; what a worker is like does not depend on ours."""
    loops = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
    if item.path.stem in {"test_workers", "test_starting", "test_memory"}:
        del loops["uvloop"]
    return loops


@pytest.fixture(autouse=True)
def importable_tests(monkeypatch):
    """Workers find the poisoned function however pytest was started."""
    monkeypatch.syspath_prepend(str(ROOT))


@pytest.fixture
async def pool():
    """An open pool of two workers; afterwards nothing of it is left."""
    tasks, descriptors = len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - to count
    async with process_pool() as opened:
        yield opened
    assert psutil.Process().children() == []
    assert len(os.listdir("/proc/self/fd")) == descriptors  # noqa: PTH208 - to count
    assert len(asyncio.all_tasks()) == tasks


@pytest.fixture
def doorbell(tmp_path):
    bell = Doorbell(tmp_path / "bell")
    yield bell
    bell.close()
