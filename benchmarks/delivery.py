"""One progress event to many WebSockets: ours, beside `send_str` in a loop, beside bare transports.

All three serve from one process and one loop, to readers in another process that only count bytes; they
take turns within one run. One event at a time goes out, the next when all have the last byte of it:

- ours: a snapshot published on a real Bus, to the readers of the real application; it is encoded within;
- send_str: a bare aiohttp handler, `await socket.send_str(text)` for one socket after the other;
- floor: the finished frame, `transport.write(frame)` for one transport after the other.

`wall_us` is the time from publication to the last reader's receipt, `cpu_us` the processor time of the
serving process, both for each frame and the median of all rounds. At few sockets both hold the round trip
to the readers' process, which is the same for all three.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import struct
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import uvloop
from aiohttp import web

from benchmarks.support.figures import parser, show
from benchmarks.support.reader import Reader
from benchmarks.support.room import make_room
from technic.clock import SystemClock
from technic.config.settings import ServerSettings, StreamSettings
from technic.engine.bus import Bus
from technic.engine.scan.events import ProgressAdvanced, Snapshot, StageView, Status
from technic.engine.topic import Subscription
from technic.http.app import create_app
from technic.http.encoding import json_bytes
from technic.http.payloads import snapshot_body
from technic.http.runner import Runner
from technic.scanner.stages import STAGES

SIZES = (1, 10, 100, 1000, 5000)
FRAMES_A_SIZE = 40_000
LEAST_ROUNDS, MOST_ROUNDS = 30, 300
FIRST_SEQ = 1_000_000  # so that all frames have one length
SCAN = "0123456789abcdef0123456789abcdef"
BEGUN = datetime(2026, 1, 5, 12, tzinfo=UTC)


def snapshot(seq: int) -> Snapshot:
    """A scan half done."""
    return Snapshot(
        scan_id=SCAN, seq=seq, status=Status.RUNNING, stage="symbol_scanning", current=2500, total=5000,
        stage_percentage=50.0, percentage=60.25, message="Scanning symbols", eta_seconds=3.25,
        stage_eta_seconds=3.0, symbols_per_second=880.5, elapsed_seconds=1.5, last_symbol="SIM2500",
        stages=tuple(StageView(str(name), 0.25, 2500, 5000, "running", 1.25) for name in STAGES),
        matches=17, failures=0, created_at=BEGUN, started_at=BEGUN, completed_at=None, error=None,
        priority=5, queue_position=None, cancel_requested=False,
    )  # fmt: skip


def text_of(seq: int) -> bytes:
    return json_bytes(snapshot_body(snapshot(seq)))


def frame_of(payload: bytes) -> bytes:
    """A text frame of a server (RFC 6455): of 126 to 65,535 bytes."""
    assert 126 <= len(payload) < 65_536
    return struct.pack("!BBH", 0x81, 126, len(payload)) + payload


class Desk:
    """As much of an engine as a stream asks for, on a real bus."""

    def __init__(self) -> None:
        self.bus = Bus(replay_events=16)
        self.epoch = "e1"
        self.clock = SystemClock()

    async def subscribe(
        self, scan_id: str, *, since: int | None = None, matches: bool = False
    ) -> Subscription:
        found = self.bus.subscribe(scan_id, since=since, matches=matches)
        assert found is not None
        return found


async def listening(runner: web.AppRunner) -> int:
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
    return int(runner.addresses[0][1])


class Ours:
    """The real application."""

    async def start(self) -> int:
        self.desk = Desk()
        self.publish(FIRST_SEQ)
        streams = StreamSettings(heartbeat_seconds=3600)  # the readers do not answer pings
        self.runner = Runner(
            create_app(self.desk, ServerSettings(access_log=False), streams), access_log=None
        )
        return await listening(self.runner)

    def publish(self, seq: int) -> None:
        self.desk.bus.publish(ProgressAdvanced(SCAN, seq, snapshot(seq)))

    async def send(self, seq: int) -> None:
        self.publish(seq)

    async def stop(self) -> None:
        await self.runner.cleanup()


class SendStr:
    """A bare aiohttp handler."""

    async def start(self) -> int:
        self.sockets: list[web.WebSocketResponse] = []
        app = web.Application()
        app.router.add_get("/{path:.*}", self.serve)
        self.runner = web.AppRunner(app, access_log=None)
        return await listening(self.runner)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        async for _ in socket:
            pass
        return socket

    async def send(self, seq: int) -> None:
        text = TEXTS[seq]
        for socket in self.sockets:
            await socket.send_str(text)

    async def stop(self) -> None:
        await self.runner.cleanup()


class Floor(asyncio.Protocol):
    """Bare transports; what a client asks is answered as a WebSocket's opening without being read."""

    transports: list[asyncio.Transport]

    async def start(self) -> int:
        self.transports = []
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(lambda: FloorConnection(self), "127.0.0.1", 0, backlog=2048)
        return int(self.server.sockets[0].getsockname()[1])

    async def send(self, seq: int) -> None:
        frame = FRAMES[seq]
        for transport in self.transports:
            transport.write(frame)

    async def stop(self) -> None:
        for transport in self.transports:
            transport.abort()
        self.server.close()
        await self.server.wait_closed()


class FloorConnection(asyncio.Protocol):
    """One of them."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        self.floor.transports.append(transport)


KINDS: dict[str, Callable[[], Any]] = {"ours": Ours, "send_str": SendStr, "floor": Floor}
TEXTS: dict[int, str] = {}
FRAMES: dict[int, bytes] = {}


def prepare(rounds: int) -> int:
    """Make what the others send before it is measured; the length of a frame."""
    for seq in range(FIRST_SEQ, FIRST_SEQ + rounds + 1):
        payload = text_of(seq)
        TEXTS[seq], FRAMES[seq] = payload.decode(), frame_of(payload)
    (length,) = {len(frame) for frame in FRAMES.values()}
    return length


async def fan_out(
    reader: Reader, group: int, send: Callable[[int], Awaitable[None]], seq: int, size: int
) -> tuple[float, float]:
    """Seconds, and seconds of this process's processor, until all readers have one event."""
    reader.tell("take", group, size)
    await asyncio.sleep(0.002)  # the reader waits by now: its waking is not ours
    cpu, begun = time.process_time(), time.monotonic_ns()
    await send(seq)
    arrived = await reader.answer()
    return (arrived - begun) / 1e9, time.process_time() - cpu


async def measured(sockets: int) -> dict[str, Any]:
    rounds = max(LEAST_ROUNDS, min(MOST_ROUNDS, FRAMES_A_SIZE // sockets))
    length = prepare(rounds)
    reader = await Reader.started()
    kinds = {name: kind() for name, kind in KINDS.items()}
    groups: dict[str, int] = {}
    for name, kind in kinds.items():
        reader.tell("open", await kind.start(), f"/scan/ws/{SCAN}", sockets)
        groups[name] = await reader.answer()
    reader.tell("take", groups["ours"], sockets * length)  # every stream begins with the present snapshot
    await reader.answer()
    gc.collect()
    gc.freeze()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in kinds}
    for seq in range(FIRST_SEQ + 1, FIRST_SEQ + rounds + 1):
        for name, kind in kinds.items():
            found[name].append(await fan_out(reader, groups[name], kind.send, seq, sockets * length))
    await reader.end()
    for kind in kinds.values():
        await kind.stop()
    return {"rounds": rounds, "frame_bytes": length} | figures(found, sockets)


def figures(found: dict[str, list[tuple[float, float]]], sockets: int) -> dict[str, Any]:
    def each(name: str, which: int) -> float:
        return statistics.median(round_[which] for round_ in found[name]) / sockets * 1e6

    told: dict[str, Any] = {
        name: {"wall_us": round(each(name, 0), 2), "cpu_us": round(each(name, 1), 2)} for name in found
    }
    for other in ("send_str", "floor"):
        told[f"ours_as_fast_as_{other}"] = {
            "wall": round(each(other, 0) / each("ours", 0), 2),
            "cpu": round(each(other, 1) / each("ours", 1), 2),
        }
    return told


async def main(sizes: tuple[int, ...]) -> dict[str, Any]:
    return {
        f"{size}_sockets": await measured(size)
        if make_room(3 * size + 100)  # of each kind, and what else there is
        else "more than the open files allowed"
        for size in sizes
    }


if __name__ == "__main__":
    command = parser(__doc__ or "")
    command.add_argument("--sockets", type=int, nargs="+", default=SIZES)
    asked = command.parse_args()
    show(uvloop.run(main(tuple(asked.sockets))), as_json=asked.json)
