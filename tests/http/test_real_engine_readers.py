"""Readers that break off again and again, on the real engine: every row once, whatever the stream."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgpack
import pytest

from technic.config.settings import EngineSettings, Settings, SimulatedSettings, SourcesSettings
from technic.engine.engine import Engine
from technic.http.codings import MSGPACK_PROTOCOL
from tests.http.conftest import Serve, Served

SYMBOLS = 320
SCANS = 4


@pytest.fixture
async def real(serve: Serve, tmp_path: Path) -> AsyncIterator[Served]:
    """A whole server, whose scans are computed in five units each."""
    settings = Settings(
        data_dir=tmp_path,
        engine=EngineSettings(workers=1, unit_symbols=64, drain_grace_seconds=0.1),
        sources=SourcesSettings(simulated=SimulatedSettings(symbols=SYMBOLS, years=2)),
    )
    async with Engine(settings) as engine:
        served = await serve(engine)
        yield served
        await served.runner.cleanup()


class Account:
    """What one reader was told."""

    def __init__(self) -> None:
        self.place: str | None = None
        self.rows: Counter[tuple[str, str]] = Counter()
        self.ended: set[str] = set()
        self.seqs: dict[str, int] = {}
        self.connections = 0

    def take(self, frame: dict[str, Any], epoch: str) -> None:
        number = frame["offset"] if "offset" in frame else frame["seq"]
        self.place = f"{epoch}-{number}"
        if frame["type"] == "match":
            self.rows.update((frame["scan_id"], row["symbol"]) for row in frame["rows"])
            return
        if frame["status"] == "completed":
            self.ended.add(frame["scan_id"])
        assert frame["seq"] >= self.seqs.get(frame["scan_id"], -1)  # of snapshots: a greeting's may be
        self.seqs[frame["scan_id"]] = frame["seq"]  # from before a match that was told already


async def follow(served: Served, path: str, scans: int, first: str | None, *, packed: bool) -> Account:
    """Read a few frames a connection until the scans have ended."""
    account = Account()
    account.place = first
    protocols = [MSGPACK_PROTOCOL] if packed else []
    while len(account.ended) < scans:
        account.connections += 1
        params = {"events": "all"} | ({"since": account.place} if account.place else {})
        async with served.client.ws_connect(
            path, params=params, protocols=protocols, max_msg_size=0
        ) as socket:
            hello, taken = None, 0
            async for message in socket:
                frame = msgpack.unpackb(message.data) if packed else json.loads(message.data)
                if frame["type"] == "hello":
                    assert frame["recovered"] is (account.place is not None)
                    hello = frame
                    continue
                account.take(frame, hello["epoch"])
                taken += 1
                if taken >= 2 * SCANS or len(account.ended) == scans:  # greeted with SCANS at most
                    break
    return account


@pytest.mark.parametrize("packed", [False, True])
async def test_a_reader_of_all_scans_that_breaks_off_gets_every_row_once(
    real: Served, *, packed: bool
) -> None:
    following = [
        asyncio.ensure_future(follow(real, "/scan/ws", SCANS, None, packed=packed)) for _ in range(3)
    ]
    while (await real.json("GET", "/health"))[1]["readers"] < 3:
        pass
    scans = [(await real.json("POST", "/scan/start", json={}))[1]["scan_id"] for _ in range(SCANS)]
    for account in await asyncio.gather(*following):
        assert account.ended == set(scans)
        assert set(account.rows.values()) == {1}
        assert Counter(scan_id for scan_id, _ in account.rows) == dict.fromkeys(scans, SYMBOLS)


@pytest.mark.parametrize("packed", [False, True])
async def test_a_reader_of_one_scan_that_breaks_off_gets_every_row_once(
    real: Served, *, packed: bool
) -> None:
    _, scan = await real.json("POST", "/scan/start", json={})
    account = await follow(real, scan["websocket_url"], 1, "-1", packed=packed)
    assert set(account.rows.values()) == {1}
    assert len(account.rows) == SYMBOLS
