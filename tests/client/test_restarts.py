"""A watch lives longer than its server: nothing is missed, and nothing is told twice."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from technic.client import Habits, Hello, Match, Progress, TechnicClient, Way
from tests.support.server import ServerProcess
from tests.support.waiting import until

KILLS = 20
GROUP, GROUPS = 64, 72
SETTINGS: dict[str, Any] = {
    "sources__simulated__symbols": GROUPS * GROUP,
    "sources__simulated__years": 1,
    "sources__simulated__latency_seconds": 0.05,
    "engine__workers": 1,
    "engine__unit_symbols": GROUP,
    "engine__drain_grace_seconds": 0.1,
    "store__checkpoint_seconds": 0.01,
    "log__level": "error",
}
"""A group of symbols takes a fifth of a second to arrive, and is kept once it is rated."""
QUICK = {"first_pause_seconds": 0.05, "longest_pause_seconds": 0.2, "poll_seconds": 0.1}

pytestmark = pytest.mark.timeout(600)  # a guard: on a busy machine a server takes long to start


def steady_port() -> str:
    """A free port that the system gives nobody who connects: else a client could meet itself there."""
    for port in range(21_000, 32_000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return str(port)
    raise AssertionError("no port is free")


class Mortal:
    """A server that dies and is started again, always on its folder and its port."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, steady_port()
        self.server = ServerProcess(folder, port=self._port, **SETTINGS)
        self.deaths = 0
        self._starting: asyncio.Task[None] | None = None

    async def die(self, *, gently: bool = False) -> None:
        """End it; it comes back by itself."""
        await self.back()
        self.deaths += 1
        await asyncio.to_thread(self.server.end if gently else self.server.kill_group)
        self._starting = asyncio.create_task(self._start())

    async def back(self) -> None:
        if self._starting is not None:
            await self._starting

    async def close(self) -> None:
        """Leave nothing behind."""
        await self.back()
        self.server.kill()

    async def _start(self) -> None:
        self.server = await asyncio.to_thread(ServerProcess, self._folder, port=self._port, **SETTINGS)


class Told:
    """What a watch told."""

    def __init__(self) -> None:
        self.symbols: Counter[str] = Counter()
        self.rows: dict[str, Any] = {}
        self.seqs: list[int] = []
        self.hellos: list[Hello] = []
        self.percentages: list[float] = []
        self.status = ""

    def take(self, frame: Any) -> None:
        if isinstance(frame, Hello):
            self.hellos.append(frame)
            return
        self.seqs.append(frame.seq)
        if isinstance(frame, Match):
            self.symbols.update(row["symbol"] for row in frame.rows)
            self.rows |= {row["symbol"]: row for row in frame.rows}
        if isinstance(frame, Progress):
            self.percentages.append(frame.snapshot.percentage)
            self.status = frame.snapshot.status


async def follow(client: TechnicClient, scan_id: str, told: Told) -> None:
    async for frame in client.watch(scan_id):
        told.take(frame)


async def test_a_watch_survives_twenty_kills_of_its_server_without_a_row_missed_or_doubled(tmp_path):
    async with AsyncExitStack() as closing:
        mortal = await asyncio.to_thread(Mortal, tmp_path)
        closing.push_async_callback(mortal.close)
        clients = {
            way: await closing.enter_async_context(
                TechnicClient(mortal.server.url, habits=Habits(ways=(way,), **QUICK))
            )
            for way in Way
        }
        first = clients[Way.SOCKET]
        scan_id = (await first.start()).scan_id
        told = {way: Told() for way in Way}
        beside = [
            asyncio.create_task(follow(clients[way], scan_id, told[way])) for way in (Way.EVENTS, Way.POLLING)
        ]
        async for frame in first.watch(scan_id):
            told[Way.SOCKET].take(frame)
            met = len(told[Way.SOCKET].hellos) > mortal.deaths  # else it is what the one before had sent
            if met and isinstance(frame, Match) and mortal.deaths <= KILLS:
                await until(lambda: len(told[Way.EVENTS].hellos) > mortal.deaths)  # it meets each server
                await mortal.die(gently=mortal.deaths == KILLS)
        await asyncio.gather(*beside)
        results = await first.results(scan_id)
    assert mortal.deaths == KILLS + 1
    assert (results.status, results.total, results.failures) == ("completed", GROUPS * GROUP, ())
    rows = {row["symbol"]: row for row in results.rows}
    for way in Way:
        assert told[way].rows == rows, way
        assert set(told[way].symbols.values()) == {1}, way
        assert told[way].status == "completed", way
        assert told[way].seqs == sorted(told[way].seqs), way
        assert told[way].percentages == sorted(told[way].percentages), way
    streamed = [told[Way.SOCKET], told[Way.EVENTS]]
    assert [len(told.hellos) > KILLS for told in streamed] == [True, True]
    assert all(hello.recovered for told in streamed for hello in told.hellos)
    assert all(len(set(told.seqs)) == len(told.seqs) for told in streamed)
