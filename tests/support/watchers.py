"""Watchers that follow a scan through everything: a server that dies, comes back, or closes the stream.

Each goes on from the last event that it has seen until the terminal one, and notes whatever it should never
have seen. A `Watch` is the note book, the functions below are the three ways of watching.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from aiohttp import ClientError, ClientResponse, ClientSession

from technic.scanner.stages import SCANNING
from tests.support.watching import ENDED, Frame, strict

POLL_SECONDS = 0.25
"""How often a client that polls asks."""

MOST_CONNECTIONS = 200
"""A watcher that connects so often is being turned away for ever."""

_BROKEN = (ClientError, ConnectionError, TimeoutError)


class Watch:
    """What one watcher of one scan has seen.

    Args:
        scan: The answer to the scan's start.
        kind: How it watches: `ws`, `sse` or `poll`.
        noticed: Called after each frame.

    Attributes:
        complaints: What it should never have seen, in sentences.
        symbols: The symbols of the matches that it was told, in order.
        gaps: How often the server said that it could not replay all that happened in between.
        connections: How often it connected.
        news_at: When it was told of progress or matches that it did not know (monotonic clock).
        scanned: The most symbols whose scanning it saw ended.
        last: The terminal snapshot.
    """

    def __init__(self, scan: Frame, kind: str, noticed: Callable[[], None] = lambda: None) -> None:
        self.scan = scan
        self.kind = kind
        self.complaints: list[str] = []
        self.symbols: list[str] = []
        self.gaps = 0
        self.connections = 0
        self.news_at: list[float] = []
        self.scanned = 0
        self.last: Frame | None = None
        self._given_up = False
        self._noticed = noticed
        self._told: set[str] = set()
        self._epoch: str | None = None
        self._seq = -1
        self._percentage = 0.0
        self._greeted = True

    @property
    def follows(self) -> bool:
        """Whether there is something to wait for."""
        return self.last is None and not self._given_up

    @property
    def place(self) -> str:
        """Where it stands in the stream, as a client names it when it comes back."""
        return "-1" if self._epoch is None else f"{self._epoch}-{self._seq}"

    def take(self, frame: Frame) -> None:
        """One typed frame of a stream."""
        if self.last is not None:
            self._complain(f"{frame['type']} after the terminal frame")
        kind = frame["type"]
        if kind == "hello":
            self._hello(frame)
        elif kind == "match":
            self._match(frame)
        elif kind in {"progress", "state"}:
            self._snapshot(frame)
        else:
            self._complain(f"a frame of type {kind}: {frame}")
        self._noticed()

    def poll(self, snapshot: Frame) -> None:
        """One snapshot that polling gave: it may be the same as before."""
        if snapshot["seq"] < self._seq:
            self._complain(f"seq went back from {self._seq} to {snapshot['seq']}")
        self._look(snapshot, new=snapshot["seq"] > self._seq)
        self._noticed()

    def connect(self) -> None:
        """It connects."""
        self.connections += 1
        self._greeted = False
        if self.connections > MOST_CONNECTIONS:
            self.give_up(f"turned away {MOST_CONNECTIONS} times")

    def give_up(self, why: str) -> None:
        """The server says something that it should not: nothing will come any more."""
        self._complain(why)
        self._given_up = True
        self._noticed()

    def __str__(self) -> str:
        return f"{self.kind} watcher of {self.scan['scan_id']} at {self._seq}"

    def _hello(self, frame: Frame) -> None:
        if self._epoch not in {None, frame["epoch"]}:
            self._complain(f"the epoch changed from {self._epoch} to {frame['epoch']}")
        if frame["recovered"] and frame["seq"] != self._seq:
            self._complain(f"came back at {self._seq} and was taken for {frame['seq']}")
        self._epoch = frame["epoch"]
        self.gaps += not frame["recovered"]

    def _match(self, frame: Frame) -> None:
        self._greeted = True
        self._advance(frame)
        for row in frame["rows"]:
            if row["symbol"] in self._told:
                self._complain(f"{row['symbol']} was told twice")
            self._told.add(row["symbol"])
            self.symbols.append(row["symbol"])
        self.news_at.append(time.monotonic())

    def _snapshot(self, frame: Frame) -> None:
        greeting, self._greeted = not self._greeted, True
        if greeting and frame["seq"] <= self._seq and frame["status"] not in ENDED:
            return  # how it stood, for one who has seen all of it
        self._advance(frame)
        self._look(frame, new=frame["type"] == "progress")

    def _advance(self, frame: Frame) -> None:
        if frame["seq"] <= self._seq:
            self._complain(f"seq {frame['seq']} ({frame['type']}) after {self._seq}")
        self._seq = max(self._seq, frame["seq"])

    def _look(self, snapshot: Frame, *, new: bool) -> None:
        if snapshot["percentage"] < self._percentage:
            self._complain(f"{snapshot['percentage']} % after {self._percentage} %")
        if self.last is not None and snapshot["status"] != self.last["status"]:
            self._complain(f"{snapshot['status']} after {self.last['status']}")
        self._seq = max(self._seq, snapshot["seq"])
        self._percentage = max(self._percentage, snapshot["percentage"])
        if snapshot["stages"]:
            self.scanned = max(self.scanned, snapshot["stages"][SCANNING]["current"])
        if new:
            self.news_at.append(time.monotonic())
        if snapshot["status"] in ENDED:
            self.last = snapshot

    def _complain(self, what: str) -> None:
        self.complaints.append(f"{self}: {what}")


async def over_socket(client: ClientSession, watch: Watch, up: asyncio.Event) -> None:
    """Watch over WebSockets until the terminal frame; connects only while `up` is set."""
    path = watch.scan["websocket_url"]
    while watch.follows:
        await up.wait()
        watch.connect()
        try:
            async with client.ws_connect(f"{path}?events=all&since={watch.place}", max_msg_size=0) as socket:
                async for message in socket:
                    watch.take(strict(message.data))
            if socket.close_code == 4404:
                watch.give_up("the scan is not known any more")
        except _BROKEN:
            await asyncio.sleep(0)


async def over_events(client: ClientSession, watch: Watch, up: asyncio.Event) -> None:
    """The same over Server-Sent Events, as an EventSource comes back: with the last id."""
    path, last_id = watch.scan["sse_url"] + "?events=all", ""
    while watch.follows:
        await up.wait()
        watch.connect()
        try:
            headers = {"Last-Event-ID": last_id} if last_id else {}
            first = "" if last_id else "&since=-1"
            async with client.get(path + first, headers=headers) as response:
                if response.status != 200:
                    watch.give_up(f"a stream that has not ended answers {response.status}")
                    break
                async for name, text in _fields(response):
                    if name == "id":
                        last_id = text
                    elif name == "data":
                        watch.take(strict(text))
        except _BROKEN:
            await asyncio.sleep(0)


async def _fields(response: ClientResponse) -> Any:
    """The fields of a stream of events; comments are skipped."""
    async for line in response.content:
        name, _, text = line.decode().rstrip("\n").partition(": ")
        if name:
            yield name, text


async def by_asking(client: ClientSession, watch: Watch, up: asyncio.Event) -> None:
    """Ask for the snapshot again and again, and once more when it is a terminal one."""
    while True:
        await up.wait()
        ended = watch.last is not None
        try:
            async with client.get(watch.scan["progress_url"]) as response:
                if response.status != 200:
                    watch.give_up(f"progress answers {response.status}")
                    return
                watch.poll(strict(await response.read()))
        except _BROKEN:
            await asyncio.sleep(0)
        else:
            if ended:
                return
            await asyncio.sleep(POLL_SECONDS)


WAYS = {"ws": over_socket, "sse": over_events, "poll": by_asking}
"""The ways of watching, by kind."""
