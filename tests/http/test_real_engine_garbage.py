"""What ended scans and their readers held is free at once: nothing is left to the garbage collector."""

from __future__ import annotations

import gc
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from technic.config.settings import EngineSettings, Settings, SimulatedSettings, SourcesSettings
from technic.engine.engine import Engine
from technic.http.keys import GUESTS
from tests.http.conftest import Serve, Served
from tests.support.waiting import until


@pytest.fixture
async def real(serve: Serve, tmp_path: Path) -> AsyncIterator[Served]:
    """A whole server, whose scans are computed in two units each."""
    settings = Settings(
        data_dir=tmp_path,
        engine=EngineSettings(workers=1, unit_symbols=64, drain_grace_seconds=0.1),
        sources=SourcesSettings(simulated=SimulatedSettings(symbols=100, years=2)),
    )
    async with Engine(settings) as engine:
        served = await serve(engine)
        yield served
        await served.runner.cleanup()


AIOHTTPS = {"_Connection"}
"""aiohttp's WebSocket of a client that left first refers to itself, and of what is ours to that alone."""


@contextmanager
def collected() -> Iterator[list[Any]]:
    """What the collector alone could free of what was made within the block; filled at its end."""
    found: list[Any] = []
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield found
        gc.collect()
        found += gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def watched(served: Served, **request: Any) -> None:
    """A scan with readers of every kind, to its end."""
    async with served.client.ws_connect("/scan/ws?events=all", max_msg_size=0) as everything:
        _, scan = await served.json("POST", "/scan/start", json={"fresh": True, **request})
        path = scan["websocket_url"]
        async with (
            served.client.ws_connect(path) as one,
            served.client.ws_connect(f"{path}?events=all", max_msg_size=0) as two,
            served.client.ws_connect(f"{path}?events=all", max_msg_size=0) as three,
            served.client.get(scan["sse_url"]) as events,
        ):
            for socket in (one, two, three):
                assert [message async for message in socket]
            await events.read()
        async for message in everything:
            if json.loads(message.data).get("status") in {"completed", "cancelled"}:
                break
    status, _ = await served.json("GET", scan["results_url"])
    assert status == 200


async def test_ended_scans_and_their_readers_leave_nothing_to_the_collector(real: Served) -> None:
    await watched(real)  # what is made once is made by this
    with collected() as found:
        for _ in range(3):
            await watched(real)
        await until(lambda: len(real.app[GUESTS]) == 0)
    ours = Counter(type(one).__qualname__ for one in found if type(one).__module__.startswith("technic."))
    assert ours.keys() <= AIOHTTPS, ours
